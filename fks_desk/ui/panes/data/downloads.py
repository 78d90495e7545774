"""Choose what history to fetch and watch it come."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QCheckBox, QFormLayout, QFrame, QScrollArea, QWidget

from fks_desk.core.downloads import Download, DownloadId
from fks_desk.ui.actions.action import Action
from fks_desk.ui.actions.registry import ActionRegistry
from fks_desk.ui.models.data.downloads import DownloadsModel
from fks_desk.ui.models.format import Tone
from fks_desk.ui.models.target import ChartTarget
from fks_desk.ui.panes.adaptive import AdaptiveSplitter
from fks_desk.ui.panes.data.controls import (
    button_row,
    column_of,
    line_edit,
    notice_line,
    push_button,
)
from fks_desk.ui.panes.data.download_tables import download_columns
from fks_desk.ui.tables.model import KeyedTableModel
from fks_desk.ui.tables.view import DeskTable
from fks_desk.ui.text import tr
from fks_desk.ui.widgets.pane import Pane

CONTEXT = "downloads"
_WIDE_FROM = 640


class DownloadsPane(Pane):
    """Lay out the wish beside the list."""

    shown_on_chart = Signal(object)  # ChartTarget

    def __init__(self, *, model: DownloadsModel, parent: QWidget | None = None) -> None:
        super().__init__(
            name="downloads", title=tr("Downloads"), contexts=(CONTEXT,), parent=parent
        )
        self._model = model
        self.symbols = line_edit(
            "downloads.symbols", tr("Symbols"), tr("BTC/USDT ETH/USDT, or * for all")
        )
        self.timeframes = line_edit(
            "downloads.timeframes", tr("Intervals"), tr("1m 5m 1h"), text="1m"
        )
        self.start = line_edit(
            "downloads.start", tr("From"), tr("2024-01-01, 90d or 1y"), text="90d"
        )
        self.end = line_edit("downloads.end", tr("To"), tr("empty: up to now"))
        self.keeps_up = QCheckBox(tr("update hourly"))
        self.keeps_up.setObjectName("downloads.keeps_up")
        self.rows: KeyedTableModel[Download] = KeyedTableModel(
            download_columns(),
            key=lambda one: one.id,
            order=lambda one: (one.queued, one.id),
            newest_first=False,
            parent=self,
        )
        self.table = DeskTable(
            self.rows,
            name="downloads.table",
            hint=tr("Nothing to fetch yet. Type symbols and intervals, then press Ctrl+Enter."),
        )
        self.summary = notice_line("downloads.summary")
        self.notice = notice_line("downloads.notice")
        self.set_content(self._layout())
        self._connect()

    def register_actions(self, registry: ActionRegistry) -> None:
        """Offer to queue, rest, go on and remove."""
        category = tr("Data")
        for name, title, keys, handler in (
            ("queue", tr("Download the chosen history"), ("Ctrl+Return", "Ctrl+Enter"), self.queue),
            ("pause", tr("Pause the chosen downloads"), ("P",), self.pause),
            ("resume", tr("Resume the chosen downloads"), ("R",), self.resume),
            ("pause_all", tr("Pause all downloads"), ("Shift+P",), self._pause_all),
            ("resume_all", tr("Resume all downloads"), ("Shift+R",), self._resume_all),
            ("keep_up", tr("Keep the chosen downloads up to date"), ("U",), self.keep_up),
            ("remove", tr("Take downloads off the list"), ("Del", "Backspace"), self.remove),
            ("new", tr("Choose symbols to download"), ("N",), self.symbols.setFocus),
        ):
            registry.register(
                Action(
                    id=f"downloads.{name}",
                    title=title,
                    category=category,
                    keys=keys,
                    context=CONTEXT,
                ),
                handler,
            )

    def focus_target(self) -> QWidget:
        """Give the keys to the list, or to the first field while there is none."""
        return self.table if self.rows.rowCount() else self.symbols

    def queue(self) -> None:
        """Ask for what was typed."""
        is_queued = self._model.queue(
            self.symbols.text(),
            self.timeframes.text(),
            self.start.text(),
            self.end.text(),
            self.keeps_up.isChecked(),
        )
        if is_queued:
            self.table.setFocus()

    def pause(self) -> None:
        """Let the selected downloads rest."""
        self._model.pause(self.chosen())

    def resume(self) -> None:
        """Go on with the selected downloads."""
        self._model.resume(self.chosen())

    def remove(self) -> None:
        """Take the selected downloads off the list."""
        self._model.remove(self.chosen())

    def keep_up(self) -> None:
        """Keep the selected downloads up to date, or no more."""
        self._model.keep_up(self.chosen())

    def chosen(self) -> list[Download]:
        """Return the selected rows."""
        lines = sorted({index.row() for index in self.table.selectedIndexes()})
        return [row for line in lines if (row := self.rows.row_at(line)) is not None]

    def _pause_all(self) -> None:
        self._model.pause(())

    def _resume_all(self) -> None:
        self._model.resume(())

    def _connect(self) -> None:
        model = self._model
        model.moved.connect(self.rows.upsert)
        model.removed.connect(self._on_removed)
        model.summary_changed.connect(lambda text: self.summary.say(text, Tone.MUTED))
        model.notice_changed.connect(self.notice.say)
        model.carried_out.connect(lambda text: self.notice.say(text, Tone.MUTED))
        model.failed.connect(self.notice.say)
        self.table.row_opened.connect(self._open)
        self.table.current_row_changed.connect(self._on_current)
        for edit in (self.symbols, self.timeframes, self.start, self.end):
            edit.returnPressed.connect(self.queue)

    def _on_removed(self, ids: tuple[DownloadId, ...]) -> None:
        for name in ids:
            self.rows.remove(name)

    def _on_current(self, one: Download | None) -> None:
        if one is not None:
            self.notice.say(one.note, Tone.DOWN if one.note else Tone.PLAIN)

    def show_selection(self) -> bool:
        """Show the chosen row on the chart."""
        one = self.table.current_row()
        if one is not None:
            self._open(one)
        return one is not None

    def _open(self, one: Download) -> None:
        self.shown_on_chart.emit(
            ChartTarget(instrument=one.instrument, moment=one.reached, timeframe=one.timeframe)
        )

    def _layout(self) -> QWidget:
        buttons = button_row(
            [
                push_button("downloads.pause", tr("Pause  P"), self.pause),
                push_button("downloads.resume", tr("Resume  R"), self.resume),
                push_button("downloads.keep_up", tr("Keep up  U"), self.keep_up),
                push_button("downloads.remove", tr("Remove  Del"), self.remove),
            ]
        )
        right = column_of((self.summary, 0), (self.table, 1), (self.notice, 0), (buttons, 0))
        return AdaptiveSplitter(
            self._form(),
            right,
            name="downloads.parts",
            wide_from=_WIDE_FROM,
            shares=(2, 5),
            stacked_shares=(2, 3),
        )

    def _form(self) -> QWidget:
        content = QWidget()
        form = QFormLayout(content)
        form.setContentsMargins(8, 8, 8, 8)
        form.setVerticalSpacing(4)
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        form.addRow(tr("Symbols"), self.symbols)
        form.addRow(tr("Intervals"), self.timeframes)
        form.addRow(tr("From"), self.start)
        form.addRow(tr("To"), self.end)
        form.addRow("", self.keeps_up)
        form.addRow("", push_button("downloads.queue", tr("Download  Ctrl+↵"), self.queue))
        area = QScrollArea()
        area.setObjectName("downloads.form")
        area.setWidgetResizable(True)
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setWidget(content)
        return area
