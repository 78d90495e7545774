"""Show one row in full, over the pane that it came from."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QImage, QKeySequence, QShortcut
from PySide6.QtWidgets import QDialog, QPlainTextEdit, QSizePolicy, QVBoxLayout, QWidget

from fks_desk.ui.models.target import ChartTarget
from fks_desk.ui.tables.column import Column
from fks_desk.ui.tables.model import KeyedTableModel
from fks_desk.ui.tables.view import DeskTable
from fks_desk.ui.text import tr
from fks_desk.ui.widgets.label import PlainLabel, bounded
from fks_desk.ui.widgets.picture import PictureBox

_PICTURED = (900, 720)  # pixels, with a picture below the fields
SHOW_KEY = "Ctrl+J"  # as in every pane
Field = tuple[str, str]
_Numbered = tuple[int, str, str]


class DetailDialog(QDialog):
    """List names and values; a longer text or a picture stands below. Esc closes.

    With a target the key that shows rows on the chart does so for this one.
    """

    shown_on_chart = Signal(object)  # ChartTarget

    def __init__(
        self,
        *,
        title: str,
        fields: Sequence[Field],
        text: str = "",
        target: ChartTarget | None = None,
        picture: QImage | None = None,
        parent: QWidget,
    ) -> None:
        super().__init__(parent)
        self.setObjectName("detail")
        self.setWindowTitle(title)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        box = QVBoxLayout(self)
        heading = PlainLabel(title, role="heading")
        box.addWidget(heading)
        self.table = self._table(fields)
        box.addWidget(self.table, 1)
        if text:
            box.addWidget(self._long(text), 1)
        if picture is not None:
            box.addWidget(PictureBox(picture), 2)
        keys = tr("Esc closes · Ctrl+C copies")
        if target is not None:
            keys = tr("{key} shows it on the chart · {keys}", key=SHOW_KEY, keys=keys)
            shortcut = QShortcut(QKeySequence(SHOW_KEY), self)
            shortcut.activated.connect(lambda: self._show(target))
        hint = PlainLabel(keys, role="muted")
        hint.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        box.addWidget(hint)
        self.resize(*(_PICTURED if picture is not None else (460, 460 if text else 340)))
        self.table.setFocus()

    def _show(self, target: ChartTarget) -> None:
        self.close()
        self.shown_on_chart.emit(target)

    def _table(self, fields: Sequence[Field]) -> DeskTable:
        columns: list[Column[_Numbered]] = [
            Column(title=tr("Field"), text=lambda row: row[1], sample="a name of a field"),
            Column(
                title=tr("Value"),
                text=lambda row: bounded(row[2]),
                sample="a value of some length, as they are",
                tip=lambda row: row[2],
            ),
        ]
        rows: KeyedTableModel[_Numbered] = KeyedTableModel(
            columns,
            key=lambda row: row[0],
            order=lambda row: row[0],
            newest_first=False,
            parent=self,
        )
        rows.reset([(number, name, value) for number, (name, value) in enumerate(fields)])
        return DeskTable(rows, name="detail.table", hint=tr("This row has no fields."))

    @staticmethod
    def _long(text: str) -> QPlainTextEdit:
        edit = QPlainTextEdit(text)
        edit.setReadOnly(True)
        edit.setObjectName("detail.text")
        edit.setTabChangesFocus(True)
        edit.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        return edit
