"""Walk, copy and open the rows of a grid by keyboard."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from fks_desk.ui.tables.grid import GridModel
from fks_desk.ui.tables.view import DeskTable


class GridTable(DeskTable):
    """Show a grid; its columns are measured anew with each answer."""

    def __init__(
        self, model: GridModel, *, name: str, hint: str, parent: QWidget | None = None
    ) -> None:
        super().__init__(model, name=name, hint=hint, parent=parent)
        model.modelReset.connect(self._set_sizes)

    def selected_lines(self) -> list[int]:
        """Return the lines that are selected, from the top."""
        return sorted({index.row() for index in self.selectedIndexes()})
