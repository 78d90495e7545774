"""Show one line per part of the desk, with its next step."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QGridLayout, QScrollArea, QSizePolicy, QVBoxLayout, QWidget

from fks_desk.core.messages import HealthMoved, HealthState
from fks_desk.ui.text import tr
from fks_desk.ui.widgets.label import PlainLabel, restyle

_MARKS = {
    HealthState.GOOD: ("✓", "good"),
    HealthState.STARTING: ("◐", ""),
    HealthState.WARNING: ("▲", "warning"),
    HealthState.BAD: ("✕", "bad"),
    HealthState.OFF: ("○", ""),
}


class HealthTile(QFrame):
    """Show a part's state by mark, colour and words."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._mark = PlainLabel()
        self._mark.setFixedWidth(18)
        self._part = PlainLabel(role="heading")
        self._detail = self._wrapped()
        self._next = self._wrapped()
        grid = QGridLayout(self)
        grid.setContentsMargins(8, 4, 8, 4)
        grid.setVerticalSpacing(0)
        grid.setColumnStretch(1, 1)
        grid.addWidget(self._mark, 0, 0)
        grid.addWidget(self._part, 0, 1)
        grid.addWidget(self._detail, 1, 1)
        grid.addWidget(self._next, 2, 1)

    def show_part(self, part: HealthMoved) -> None:
        """Show a part's newest health."""
        mark, look = _MARKS[part.state]
        self._mark.setText(mark)
        restyle(self._mark, "state", look)
        self._part.setText(part.part)
        self._detail.setText(part.detail or part.state.value)
        is_needed = part.state in {HealthState.WARNING, HealthState.BAD} and bool(part.next_step)
        self._next.setText(part.next_step)
        self._next.setVisible(is_needed)
        restyle(self._next, "state", look)
        self.setAccessibleName(f"{part.part}: {part.state.value}. {part.detail} {part.next_step}")

    @staticmethod
    def _wrapped() -> PlainLabel:
        label = PlainLabel()
        label.setWordWrap(True)
        label.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Minimum)
        return label


class HealthTiles(QScrollArea):
    """Hold the tiles; those that need somebody stand on top."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("health.tiles")
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._tiles: list[HealthTile] = []
        self._empty = PlainLabel(tr("The parts report once the engine starts."), role="empty")
        self._empty.setWordWrap(True)
        inner = QWidget()
        self._box = QVBoxLayout(inner)
        self._box.setContentsMargins(0, 4, 0, 4)
        self._box.setSpacing(2)
        self._box.addWidget(self._empty)
        self._box.addStretch(1)
        self.setWidget(inner)

    def show_parts(self, parts: Sequence[HealthMoved]) -> None:
        """Show these parts, in this order."""
        self._empty.setVisible(not parts)
        while len(self._tiles) < len(parts):
            tile = HealthTile()
            self._box.insertWidget(self._box.count() - 1, tile)
            self._tiles.append(tile)
        for number, tile in enumerate(self._tiles):
            tile.setVisible(number < len(parts))
            if number < len(parts):
                tile.show_part(parts[number])
