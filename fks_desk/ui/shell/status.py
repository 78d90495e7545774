"""Show the health of each part, and the reading under the crosshair."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QStatusBar, QToolButton, QWidget

from fks_desk.core.messages import HealthState
from fks_desk.ui.shell.health import HealthModel, PartHealth
from fks_desk.ui.text import tr
from fks_desk.ui.theme.current import number_font
from fks_desk.ui.widgets.label import ElidedLabel, PlainLabel, plain_tip, restyle

PARTS = ("feed", "database", "worker", "clock")

# A shape for each state, so that colour is not the only hint.
_SIGNS = {
    HealthState.GOOD: "●",
    HealthState.STARTING: "◌",
    HealthState.WARNING: "▲",
    HealthState.BAD: "✖",
    HealthState.OFF: "○",
}


class Tile(QToolButton):
    """Show one part's sign and name; arrows move to its neighbours, Enter tells more."""

    def __init__(self, part: str, parent: QWidget) -> None:
        super().__init__(parent)
        self.part = part
        self.setObjectName(f"tile-{part}")
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setAutoRaise(True)
        self.show_health(
            PartHealth(part=part, state=HealthState.STARTING, detail=tr("not heard of yet"))
        )

    def show_health(self, health: PartHealth) -> None:
        """Show the sign, and the rest as a tooltip."""
        name = _title(health.part)
        self.setText(f"{_SIGNS[health.state]} {name}")
        words = [tr("{part}: {detail}", part=name, detail=health.detail), health.next_step]
        self.setToolTip(plain_tip("\n".join(word for word in words if word)))
        self.setAccessibleName(f"{name} {health.state.value}")
        restyle(self, "state", health.state.value)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Tell more on Enter, go to the neighbours with the arrows."""
        if event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter}:
            self.click()
        elif event.key() == Qt.Key.Key_Right:
            self.focusNextChild()
        elif event.key() == Qt.Key.Key_Left:
            self.focusPreviousChild()
        else:
            super().keyPressEvent(event)


class StatusBar(QStatusBar):
    """Hold the reading at the left and one tile per part at the right."""

    told = Signal(str)  # what a tile has to say, when it was pressed

    def __init__(self, *, health: HealthModel, mode: str, parent: QWidget) -> None:
        super().__init__(parent)
        self.setSizeGripEnabled(False)
        self._health = health
        self._tiles: dict[str, Tile] = {}
        self._reading = ElidedLabel(parent=self)
        self._reading.setFont(number_font())
        self._reading.setMinimumWidth(1)  # it gives way to the tiles
        self.addWidget(self._reading, 1)
        self._mode = PlainLabel(mode.upper(), role="heading", parent=self)
        self._mode.setAccessibleName(tr("Trading mode {mode}", mode=mode))
        self.addPermanentWidget(self._mode)
        for part in PARTS:
            self._tile(part)
        health.part_changed.connect(self._on_part)

    def set_reading(self, text: str) -> None:
        """Show the values under the crosshair, also to a screen reader."""
        self._reading.setText(text)
        self._reading.setAccessibleDescription(text)
        self._reading.setToolTip(plain_tip(text))

    def reading(self) -> str:
        """Return the values shown."""
        return self._reading.text()

    def focus_tiles(self) -> None:
        """Give the keys to the first tile."""
        self._tiles[PARTS[0]].setFocus(Qt.FocusReason.ShortcutFocusReason)

    def tile(self, part: str) -> Tile:
        """Return the tile of a part."""
        return self._tiles[part]

    def _tile(self, part: str) -> Tile:
        if part not in self._tiles:
            tile = Tile(part, self)
            tile.clicked.connect(lambda: self.told.emit(tile.toolTip()))
            self._tiles[part] = tile
            self.addPermanentWidget(tile)
        return self._tiles[part]

    def _on_part(self, health: PartHealth) -> None:
        self._tile(health.part).show_health(health)


def _title(part: str) -> str:
    titles = {
        "feed": tr("Feed"),
        "database": tr("Database"),
        "worker": tr("Worker"),
        "clock": tr("Clock"),
        "venue": tr("Venue"),
        "model": tr("Model"),
        "disk": tr("Disk"),
        "engine": tr("Engine"),
        "limits": tr("Limits"),
    }
    kind, _, exchange = part.partition(" ")
    if kind == "feed" and exchange:
        return tr("Feed {exchange}", exchange=exchange)
    return titles.get(part, part)
