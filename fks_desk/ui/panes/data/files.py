"""Bring candles in from files, and write them out."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QFileDialog,
    QHBoxLayout,
    QProgressBar,
    QTabWidget,
    QWidget,
)

from fks_desk.core.transfers import FilePreview
from fks_desk.ui.actions.action import Action
from fks_desk.ui.actions.registry import ActionRegistry
from fks_desk.ui.models.data.files import FilesModel, Transfer
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
from fks_desk.ui.panes.data.export_form import ExportForm
from fks_desk.ui.panes.data.file_tables import head_columns, preview_columns, preview_words
from fks_desk.ui.tables.grid import GridModel
from fks_desk.ui.tables.grid_view import GridTable
from fks_desk.ui.tables.model import KeyedTableModel
from fks_desk.ui.tables.view import DeskTable
from fks_desk.ui.text import tr
from fks_desk.ui.widgets.pane import Pane

CONTEXT = "files"
_WIDE_FROM = 760


class FilesPane(Pane):
    """Show the files to import, the one under the cursor in detail, and the export beside."""

    shown_on_chart = Signal(object)  # ChartTarget

    def __init__(self, *, model: FilesModel, parent: QWidget | None = None) -> None:
        super().__init__(
            name="files", title=tr("Import · Export"), contexts=(CONTEXT,), parent=parent
        )
        self._model = model
        self.place = line_edit("files.place", tr("File or folder"), tr("path of a file or folder"))
        self.exchange = line_edit("files.exchange", tr("Exchange"), tr("exchange"))
        self.symbol = line_edit("files.symbol", tr("Symbol"), tr("symbol"))
        self.timeframe = line_edit("files.timeframe", tr("Interval"), tr("interval"))
        self.rows: KeyedTableModel[FilePreview] = KeyedTableModel(
            preview_columns(),
            key=lambda one: one.request.path,
            order=lambda one: one.request.path,
            newest_first=False,
            parent=self,
        )
        self.table = DeskTable(
            self.rows,
            name="files.table",
            hint=tr(
                "No file yet. Type a path above or press Ctrl+O: csv, zip, json, feather and "
                "parquet of freqtrade, Binance, TradingView and MetaTrader are known by content."
            ),
        )
        self.head = GridModel(parent=self)
        # Files of one exchange begin alike and end with what tells them apart.
        self.table.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        self.head_table = GridTable(
            self.head, name="files.head", hint=tr("The first rows of the chosen file show here.")
        )
        self.found = notice_line("files.found")
        self.notice = notice_line("files.notice")
        self.state = notice_line("files.state")
        self.progress = QProgressBar()
        self.export = ExportForm(model)
        self.tabs = QTabWidget()
        self.set_content(self._layout())
        self._connect()
        self._on_transfer(model.transfer)

    def register_actions(self, registry: ActionRegistry) -> None:
        """Offer to choose, import, export and stop."""
        category = tr("Data")
        for name, title, keys, handler in (
            ("open", tr("Choose files to import"), ("Ctrl+O",), self.choose_files),
            ("folder", tr("Choose a folder to import"), ("Ctrl+Shift+O",), self.choose_folder),
            ("run", tr("Import the files, or export"), ("Ctrl+Return", "Ctrl+Enter"), self.run),
            ("stop", tr("Stop the import or export"), ("Esc",), self._model.cancel),
            ("remove", tr("Take files off the import"), ("Del", "Backspace"), self.remove),
            ("turn", tr("Turn between import and export"), ("Ctrl+E",), self.turn),
        ):
            registry.register(
                Action(
                    id=f"files.{name}", title=title, category=category, keys=keys, context=CONTEXT
                ),
                handler,
            )

    def focus_target(self) -> QWidget:
        """Give the keys to what is in front."""
        if self.tabs.currentIndex() == 1:
            return self.export.instrument
        return self.table if self.rows.rowCount() else self.place

    def choose_files(self) -> None:
        """Let a person point at files."""
        self._choose(QFileDialog.FileMode.ExistingFiles)

    def choose_folder(self) -> None:
        """Let a person point at a folder."""
        self._choose(QFileDialog.FileMode.Directory)

    def run(self) -> None:
        """Import or export, whichever is in front."""
        if self.tabs.currentIndex() == 1:
            self.export.run()
        else:
            self._model.import_files(self.chosen() if self._has_choice() else ())

    def remove(self) -> None:
        """Take the selected files off the list."""
        self._model.remove(self.chosen())

    def turn(self) -> None:
        """Bring the other tab to the front."""
        self.tabs.setCurrentIndex(1 - self.tabs.currentIndex())
        self.focus_now()

    def chosen(self) -> list[FilePreview]:
        """Return the selected rows."""
        lines = sorted({index.row() for index in self.table.selectedIndexes()})
        return [row for line in lines if (row := self.rows.row_at(line)) is not None]

    def _has_choice(self) -> bool:
        # The row under the cursor is selected by itself; only several are a choice.
        return len(self.chosen()) > 1

    def _choose(self, mode: QFileDialog.FileMode) -> None:
        dialog = QFileDialog(self, tr("Candle files"))
        dialog.setObjectName("files.dialog")
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setFileMode(mode)
        dialog.filesSelected.connect(self._on_chosen)
        dialog.open()

    def _on_chosen(self, paths: list[str]) -> None:
        for path in paths:
            self._model.add(path)
        self.table.setFocus()

    def _add(self) -> None:
        self._model.add(self.place.text())

    def _take_as(self) -> None:
        self._model.take_as(
            self.chosen(), self.exchange.text(), self.symbol.text(), self.timeframe.text()
        )

    def _connect(self) -> None:
        model = self._model
        model.previews_changed.connect(self._on_previews)
        model.removed.connect(self._on_removed)
        model.transfer_changed.connect(self._on_transfer)
        model.notice_changed.connect(lambda text: self.notice.say(text, Tone.MUTED))
        model.failed.connect(self.notice.say)
        self.table.current_row_changed.connect(self._show)
        self.table.row_opened.connect(self._open)
        self.place.returnPressed.connect(self._add)
        for edit in (self.exchange, self.symbol, self.timeframe):
            edit.returnPressed.connect(self._take_as)

    def _on_previews(self, previews: list[FilePreview]) -> None:
        self.rows.upsert(previews)
        current = self.table.current_row()
        if current is None:
            self.table.select_key(previews[0].request.path)
        elif any(one.request.path == current.request.path for one in previews):
            self._show(current)

    def _on_removed(self, paths: list[str]) -> None:
        for path in paths:
            self.rows.remove(path)
        self._show(self.table.current_row())

    def _on_transfer(self, transfer: Transfer) -> None:
        self.progress.setVisible(transfer.task is not None)
        self.progress.setValue(round(transfer.fraction * 100))
        self.state.say(transfer.text, Tone.DOWN if transfer.has_failed else Tone.PLAIN)

    def _show(self, one: FilePreview | None) -> None:
        if one is None:
            self.found.say("")
            self.head.show([], [])
            return
        self.found.say(preview_words(one), Tone.DOWN if one.problem else Tone.PLAIN)
        self.head.show(head_columns(one.columns, one.head), one.head)

    def show_selection(self) -> bool:
        """Show the chosen row on the chart."""
        one = self.table.current_row()
        if one is not None:
            self._open(one)
        return one is not None

    def _open(self, one: FilePreview) -> None:
        if one.instrument is None or one.span is None:
            return
        self.shown_on_chart.emit(
            ChartTarget(instrument=one.instrument, moment=one.span.end, timeframe=one.timeframe)
        )

    def _layout(self) -> QWidget:
        self.progress.setObjectName("files.progress")
        self.progress.setMaximumHeight(14)
        self.tabs.setObjectName("files.tabs")
        self.tabs.setDocumentMode(True)
        self.tabs.addTab(self._import_page(), tr("Import"))
        self.tabs.addTab(self.export, tr("Export"))
        return column_of((self.tabs, 1), (self.state, 0), (self.progress, 0))

    def _import_page(self) -> QWidget:
        buttons = button_row(
            [
                push_button("files.import", tr("Import  Ctrl+↵"), self.run),
                push_button("files.stop", tr("Stop  Esc"), self._model.cancel),
                push_button("files.remove", tr("Remove  Del"), self.remove),
            ]
        )
        details = column_of((self.found, 0), (self.head_table, 1), (self._as_row(), 0))
        parts = AdaptiveSplitter(
            self.table,
            details,
            name="files.parts",
            wide_from=_WIDE_FROM,
            shares=(3, 2),
            stacked_shares=(1, 1),
        )
        return column_of((self._place_row(), 0), (parts, 1), (self.notice, 0), (buttons, 0))

    def _place_row(self) -> QWidget:
        row = QWidget()
        box = QHBoxLayout(row)
        box.setContentsMargins(8, 4, 8, 2)
        box.addWidget(self.place, 1)
        box.addWidget(push_button("files.open", tr("Choose  Ctrl+O"), self.choose_files))
        return row

    def _as_row(self) -> QWidget:
        row = QWidget()
        box = QHBoxLayout(row)
        box.setContentsMargins(8, 2, 8, 2)
        for edit in (self.exchange, self.symbol, self.timeframe):
            box.addWidget(edit, 1)
        box.addWidget(push_button("files.take_as", tr("Take as"), self._take_as))
        return row
