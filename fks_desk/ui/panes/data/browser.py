"""Look at the rows of any table, and ask the database in its own language."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QTabWidget, QWidget

from fks_desk.ui.actions.action import Action
from fks_desk.ui.actions.registry import ActionRegistry
from fks_desk.ui.models.data.browser import BrowserModel, Page
from fks_desk.ui.models.data.cells import cell_text
from fks_desk.ui.models.data.console import ConsoleModel
from fks_desk.ui.models.format import Tone
from fks_desk.ui.panes.data.console import ConsoleView
from fks_desk.ui.panes.data.controls import (
    button_row,
    column_of,
    combo_box,
    line_edit,
    notice_line,
    push_button,
)
from fks_desk.ui.panes.data.grids import grid_columns, grid_row
from fks_desk.ui.panes.detail import DetailDialog
from fks_desk.ui.tables.column import Column
from fks_desk.ui.tables.grid import GridModel, GridRow
from fks_desk.ui.tables.grid_view import GridTable
from fks_desk.ui.text import tr
from fks_desk.ui.widgets.pane import Pane

CONTEXT = "browser"


class BrowserPane(Pane):
    """Show one table page by page beside the console."""

    shown_on_chart = Signal(object)  # ChartTarget

    def __init__(
        self, *, model: BrowserModel, console: ConsoleModel, parent: QWidget | None = None
    ) -> None:
        super().__init__(
            name="browser", title=tr("Data browser"), contexts=(CONTEXT,), parent=parent
        )
        self._model = model
        self.choice = combo_box("browser.choice", tr("Table"))
        self.choice.setPlaceholderText(tr("choose a table"))
        self.filter = line_edit(
            "browser.filter", tr("Filter"), tr("filter, such as side = buy and price >= 100")
        )
        self.tag_name = line_edit("browser.tag", tr("Tag"), tr("tag"))
        self.rows = GridModel(more=model.more, parent=self)
        self.table = GridTable(
            self.rows,
            name="browser.table",
            hint=tr("Choose a table above to see its rows, newest first."),
        )
        self.summary = notice_line("browser.summary")
        self.notice = notice_line("browser.notice")
        self.console = ConsoleView(console)
        self.tabs = QTabWidget()
        self.set_content(self._layout())
        self._connect()

    def register_actions(self, registry: ActionRegistry) -> None:
        """Offer to filter, sort, tag, export and ask."""
        category = tr("Data")
        for name, title, keys, handler in (
            ("table", tr("Choose a table to browse"), ("Ctrl+T",), self.choose_table),
            ("filter", tr("Filter the rows"), ("Ctrl+F",), self.filter.setFocus),
            ("sort", tr("Sort by the column under the cursor"), ("S",), self.sort),
            ("refresh", tr("Read the rows again"), ("F5",), self._model.refresh),
            ("tag", tr("Tag the chosen rows"), ("T",), self.tag),
            ("chart", tr("Show the row on the chart"), ("C",), self.show_on_chart),
            ("export", tr("Export the chosen rows or the answer"), ("X",), self.export),
            ("turn", tr("Turn between table and SQL"), ("Ctrl+E",), self.turn),
            ("run", tr("Run the SQL statement"), ("Ctrl+Return", "Ctrl+Enter"), self.console.run),
            ("stop", tr("Give the SQL question up"), ("Esc",), self.console.stop),
            ("older", tr("Earlier SQL statement"), ("Ctrl+Up",), self.console.older),
            ("newer", tr("Later SQL statement"), ("Ctrl+Down",), self.console.newer),
        ):
            registry.register(
                Action(
                    id=f"browser.{name}",
                    title=title,
                    category=category,
                    keys=keys,
                    context=CONTEXT,
                ),
                handler,
            )

    def focus_target(self) -> QWidget:
        """Give the keys to the rows, the choice of a table, or the statement."""
        if self.tabs.currentIndex() == 1:
            return self.console.text
        return self.table if self.rows.rowCount() else self.choice

    def turn(self) -> None:
        """Bring the other tab to the front."""
        self.tabs.setCurrentIndex(1 - self.tabs.currentIndex())
        self.focus_now()

    def sort(self) -> None:
        """Sort by the column under the cursor, the other way when asked again."""
        self._model.sort(self.table.currentIndex().column() - 1)

    def choose_table(self) -> None:
        """Open the list of tables; letters search in it."""
        self.tabs.setCurrentIndex(0)
        self.choice.setFocus()
        self.choice.showPopup()
        if not self.choice.count():
            self.notice.say(tr("The tables are listed as soon as the desk has read them."))

    def tag(self) -> None:
        """Put the typed tag on the selected rows, or take it off."""
        self._model.tag(self.table.selected_lines(), self.tag_name.text())

    def export(self) -> None:
        """Write rows or the answer, whichever is in front."""
        if self.tabs.currentIndex() == 1:
            self.console.export()
        else:
            self._model.export(self.table.selected_lines())

    def show_on_chart(self) -> None:
        """Open the chart where the row under the cursor happened."""
        line = self.table.currentIndex().row()
        target = self._model.target(line) if line >= 0 else None
        if target is None:
            self.notice.say(tr("This row names no instrument and moment that a chart could show."))
        else:
            self.shown_on_chart.emit(target)

    def show_selection(self) -> bool:
        """Show the row under the cursor on the chart, or say why that cannot be."""
        self.show_on_chart()
        return True

    def _connect(self) -> None:
        model = self._model
        model.tables_changed.connect(self._on_tables)
        model.page_read.connect(self._on_page)
        model.tags_changed.connect(self._show_tags)
        model.summary_changed.connect(lambda text: self.summary.say(text, Tone.MUTED))
        model.notice_changed.connect(self.notice.say)
        model.failed.connect(self._on_failed)
        self.choice.activated.connect(lambda _place: self._open_table())
        self.filter.returnPressed.connect(lambda: model.filter(self.filter.text()))
        self.tag_name.returnPressed.connect(self.tag)
        self.table.row_opened.connect(lambda _row: self._open_row())
        self.table.horizontalHeader().sectionClicked.connect(lambda place: model.sort(place - 1))

    def _on_tables(self) -> None:
        chosen = self.choice.currentData()
        self.choice.clear()
        for name, table in self._model.tables.items():
            # Nobody has counted a table of which the server's estimate is nothing.
            self.choice.addItem(f"{name} · {table.rows:,}" if table.rows else name, name)
        self.choice.setCurrentIndex(max(-1, self.choice.findData(chosen)))

    def _open_table(self) -> None:
        self.filter.clear()
        self._model.open_table(self.choice.currentData())
        self.table.setFocus()

    def _on_page(self, page: Page) -> None:
        self.notice.say("")
        if page.is_first:
            self._show_all(is_whole=page.is_whole)
        else:
            first = len(self._model.rows) - len(page.rows)
            self.rows.append(self._texts(first), is_whole=page.is_whole)

    def _show_all(self, *, is_whole: bool | None = None) -> None:
        model = self._model
        texts = self._texts(0)
        query = model.query
        columns = grid_columns(
            model.columns,
            [text[1:] for text in texts[:50]],
            query.sort if query else None,
            falling=query.is_descending if query else True,
        )
        tags: Column[GridRow] = Column(title=tr("Tags"), text=lambda _row: "", sample="interesting")
        if query is not None:
            fits = tr("No row of {table} fits the filter.", table=query.table)
            none = tr("The table {table} has no row yet.", table=query.table)
            self.table.set_hint(fits if query.filters else none)
        place = self.table.currentIndex()
        whole = not self.rows.canFetchMore() if is_whole is None else is_whole
        self.rows.show([tags, *columns], texts, is_whole=whole)
        if place.isValid():
            self.table.setCurrentIndex(self.rows.index(place.row(), place.column()))

    def _show_tags(self, lines: Sequence[int]) -> None:
        for line in lines:
            self.rows.change(line, 0, self._tags_of(line))

    def _tags_of(self, line: int) -> str:
        return " ".join(self._model.tags.get(self._model.key_of(line), ()))

    def _texts(self, first: int) -> list[GridRow]:
        model = self._model
        return [
            (self._tags_of(line), *grid_row(model.rows[line]))
            for line in range(first, len(model.rows))
        ]

    def _on_failed(self, text: str) -> None:
        self.rows.release()
        self.notice.say(text)

    def _open_row(self) -> None:
        line = self.table.currentIndex().row()
        if not 0 <= line < len(self._model.rows):
            return
        row = self._model.rows[line]
        fields = [
            (column.name, cell_text(value))
            for column, value in zip(self._model.columns, row, strict=True)
        ]
        query = self._model.query
        dialog = DetailDialog(title=query.table if query else "", fields=fields, parent=self)
        dialog.show()
        dialog.activateWindow()

    def _layout(self) -> QWidget:
        self.tabs.setObjectName("browser.tabs")
        self.tabs.setDocumentMode(True)
        head = QWidget()
        row = QHBoxLayout(head)
        row.setContentsMargins(8, 4, 8, 2)
        row.addWidget(self.choice, 2)
        row.addWidget(self.filter, 3)
        buttons = button_row(
            [
                self.tag_name,
                push_button("browser.put_tag", tr("Tag  T"), self.tag),
                push_button("browser.sort", tr("Sort  S"), self.sort),
                push_button("browser.chart", tr("Chart  C"), self.show_on_chart),
                push_button("browser.export", tr("Export  X"), self.export),
            ]
        )
        page = column_of(
            (head, 0), (self.table, 1), (self.summary, 0), (self.notice, 0), (buttons, 0)
        )
        self.tabs.addTab(page, tr("Tables"))
        self.tabs.addTab(self.console, tr("SQL"))
        return self.tabs
