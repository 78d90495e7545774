"""Choose what is recorded, see what it costs, and replay it."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QCheckBox, QMessageBox, QWidget

from fks_desk.core.recordings import RecorderState, Recording
from fks_desk.ui.actions.action import Action
from fks_desk.ui.actions.registry import ActionRegistry
from fks_desk.ui.models.data.recorder import USUAL_DAYS, RecorderModel
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
from fks_desk.ui.panes.data.recorder_tables import recording_columns, state_columns
from fks_desk.ui.tables.model import KeyedTableModel
from fks_desk.ui.tables.view import DeskTable
from fks_desk.ui.text import tr
from fks_desk.ui.widgets.label import PlainLabel
from fks_desk.ui.widgets.pane import Pane

CONTEXT = "recorder"
_WIDE_FROM = 1300


class RecorderPane(Pane):
    """List instruments beside the recordings made of them."""

    shown_on_chart = Signal(object)  # ChartTarget

    def __init__(self, *, model: RecorderModel, parent: QWidget | None = None) -> None:
        super().__init__(name="recorder", title=tr("Recorder"), contexts=(CONTEXT,), parent=parent)
        self._model = model
        self.states: KeyedTableModel[RecorderState] = KeyedTableModel(
            state_columns(),
            key=lambda one: one.instrument,
            order=lambda one: one.instrument,
            newest_first=False,
            parent=self,
        )
        self.recordings: KeyedTableModel[Recording] = KeyedTableModel(
            recording_columns(),
            key=lambda one: one.path,
            order=lambda one: (one.span.start, one.path),
            parent=self,
        )
        self.table = DeskTable(
            self.states,
            name="recorder.table",
            hint=tr("No instrument is streamed yet; open a chart, then press Space here."),
        )
        self.list = DeskTable(
            self.recordings,
            name="recorder.list",
            hint=tr("No recording yet. Space on an instrument begins one."),
        )
        self.with_book = QCheckBox(tr("with the order book"))
        self.with_book.setObjectName("recorder.with_book")
        self.with_book.setChecked(True)
        self.with_book.setToolTip(
            tr("Every change of the levels that the desk shows; deeper ones are not kept.")
        )
        self.days = line_edit("recorder.days", tr("Days to keep"), tr("days"), text=USUAL_DAYS)
        self.summary = notice_line("recorder.summary")
        self.notice = notice_line("recorder.notice")
        self.set_content(self._layout())
        self._connect()

    def register_actions(self, registry: ActionRegistry) -> None:
        """Offer to record, replay and delete."""
        category = tr("Data")
        for name, title, keys, handler in (
            ("toggle", tr("Record the chosen instrument, or stop"), ("Space",), self.toggle),
            ("replay", tr("Replay the chosen recording"), ("R",), self.replay),
            ("delete", tr("Delete the chosen recordings"), ("Del", "Backspace"), self.delete),
        ):
            registry.register(
                Action(
                    id=f"recorder.{name}",
                    title=title,
                    category=category,
                    keys=keys,
                    context=CONTEXT,
                ),
                handler,
            )

    def focus_target(self) -> QWidget:
        """Give the keys to the instruments."""
        return self.table

    def toggle(self) -> None:
        """Record the instrument under the cursor, or stop."""
        self._model.toggle(
            self.table.current_row(), self.days.text(), with_book=self.with_book.isChecked()
        )

    def replay(self) -> None:
        """Open the recording under the cursor in a desk of its own."""
        self._model.replay(self.list.current_row())

    def delete(self) -> None:
        """Ask to delete the selected recordings."""
        lines = sorted({index.row() for index in self.list.selectedIndexes()})
        chosen = [row for line in lines if (row := self.recordings.row_at(line)) is not None]
        self._model.ask_delete(chosen)

    def _connect(self) -> None:
        model = self._model
        model.states_changed.connect(self.states.upsert)
        model.recordings_changed.connect(self._on_recordings)
        model.summary_changed.connect(lambda text: self.summary.say(text, Tone.MUTED))
        model.notice_changed.connect(lambda text: self.notice.say(text, Tone.PLAIN))
        model.failed.connect(self.notice.say)
        model.confirm_wanted.connect(self._confirm)
        self.list.row_opened.connect(self._open)

    def _on_recordings(self, recordings: list[Recording]) -> None:
        chosen = self.list.current_row()
        self.recordings.reset(recordings)
        if chosen is not None:
            self.list.select_key(chosen.path)

    def _confirm(self, text: str, chosen: list[Recording]) -> None:
        box = QMessageBox(self)
        box.setObjectName("recorder.confirm")
        box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        box.setIcon(QMessageBox.Icon.Warning)
        box.setTextFormat(Qt.TextFormat.PlainText)
        box.setText(text)
        delete = box.addButton(tr("Delete"), QMessageBox.ButtonRole.DestructiveRole)
        keep = box.addButton(tr("Keep"), QMessageBox.ButtonRole.RejectRole)
        box.setDefaultButton(keep)
        delete.clicked.connect(lambda: self._model.delete(chosen))
        box.open()

    def show_selection(self) -> bool:
        """Show the chosen row on the chart."""
        one = self.list.current_row()
        if one is not None:
            self._open(one)
        return one is not None

    def _open(self, one: Recording) -> None:
        self.shown_on_chart.emit(ChartTarget(instrument=one.instrument, moment=one.span.start))

    def _layout(self) -> QWidget:
        parts = AdaptiveSplitter(
            self.table, self.list, name="recorder.parts", wide_from=_WIDE_FROM, shares=(1, 1)
        )
        record = push_button("recorder.toggle", tr("Record  Space"), self.toggle)
        keep = PlainLabel(tr("· keep, days"))
        for widget in (self.with_book, keep):
            widget.setFixedHeight(record.sizeHint().height())
        buttons = button_row(
            [
                record,
                self.with_book,
                keep,
                self.days,
                push_button("recorder.replay", tr("Replay  R"), self.replay),
                push_button("recorder.delete", tr("Delete  Del"), self.delete),
            ]
        )
        return column_of((self.summary, 0), (parts, 1), (self.notice, 0), (buttons, 0))
