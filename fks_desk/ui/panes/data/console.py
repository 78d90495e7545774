"""Write a statement, see its answer."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QPlainTextEdit, QSplitter, QVBoxLayout, QWidget

from fks_desk.core.console import QueryAnswer
from fks_desk.ui.models.data.console import ConsoleModel
from fks_desk.ui.models.format import Tone
from fks_desk.ui.panes.data.controls import button_row, column_of, notice_line, push_button
from fks_desk.ui.panes.data.grids import grid_columns, grid_row
from fks_desk.ui.tables.grid import GridModel
from fks_desk.ui.tables.grid_view import GridTable
from fks_desk.ui.text import tr
from fks_desk.ui.theme.current import number_font


class ConsoleView(QWidget):
    """Lay out the statement above its answer; nothing asked here can change a row."""

    def __init__(self, model: ConsoleModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("browser.console")
        self._model = model
        self.text = QPlainTextEdit()
        self.text.setObjectName("browser.sql")
        self.text.setAccessibleName(tr("SQL statement"))
        self.text.setPlaceholderText(
            tr("SELECT … then Ctrl+Enter. Reading only: no statement here can change a row.")
        )
        self.text.setTabChangesFocus(True)
        self.text.setFont(number_font())
        self.text.setMinimumHeight(48)
        self.rows = GridModel(parent=self)
        self.table = GridTable(
            self.rows,
            name="browser.answer",
            hint=tr("No answer yet. Ctrl+↑ brings examples and earlier statements."),
        )
        self.state = notice_line("browser.sql.state")
        parts = QSplitter(Qt.Orientation.Vertical)
        parts.setObjectName("browser.sql.parts")
        parts.setChildrenCollapsible(False)
        parts.addWidget(self.text)
        parts.addWidget(self.table)
        parts.setSizes([90, 260])
        self.buttons = button_row(
            [
                push_button("browser.run", tr("Run  Ctrl+↵"), self.run),
                push_button("browser.stop", tr("Give up  Esc"), self.stop),
                push_button("browser.older", tr("Earlier  Ctrl+↑"), self.older),
            ]
        )
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.addWidget(column_of((parts, 1), (self.state, 0), (self.buttons, 0)))
        model.answer_changed.connect(self._on_answer)
        model.state_changed.connect(self._on_state)
        model.notice_changed.connect(lambda text: self.state.say(text, Tone.MUTED))

    def run(self) -> None:
        """Ask what is written, or only the part that is selected."""
        chosen = self.text.textCursor().selectedText().replace("\u2029", "\n")
        self._model.run(chosen or self.text.toPlainText())

    def stop(self) -> None:
        """Give the question up."""
        self._model.cancel()

    def older(self) -> None:
        """Bring back the statement before."""
        self.text.setPlainText(self._model.older())

    def newer(self) -> None:
        """Go on to the statement after."""
        self.text.setPlainText(self._model.newer())

    def export(self) -> None:
        """Write the answer to a file."""
        self._model.export()

    def _on_answer(self, answer: QueryAnswer) -> None:
        rows = [grid_row(row) for row in answer.rows]
        self.rows.show(grid_columns(answer.columns, rows, None, falling=True), rows)

    def _on_state(self, text: str, is_fault: bool) -> None:
        self.state.say(text, Tone.DOWN if is_fault else Tone.MUTED)
