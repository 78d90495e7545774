"""Put two parts side by side where there is room, else one above the other."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QSplitter, QWidget


class AdaptiveSplitter(QSplitter):
    """Turn when its width passes a limit; the person's own division is kept until then."""

    def __init__(
        self,
        first: QWidget,
        second: QWidget,
        *,
        name: str,
        wide_from: int,
        shares: tuple[int, int] = (1, 1),
        stacked_shares: tuple[int, int] = (1, 1),
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setObjectName(name)
        # Stacked until it is shown, so that a dock may be small from the start.
        self.setOrientation(Qt.Orientation.Vertical)
        self._wide_from = wide_from
        self._shares = {
            Qt.Orientation.Horizontal: shares,
            Qt.Orientation.Vertical: stacked_shares,
        }
        self.addWidget(first)
        self.addWidget(second)
        self.setChildrenCollapsible(False)
        self.setHandleWidth(3)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Turn if the width asks for it."""
        super().resizeEvent(event)
        is_wide = event.size().width() >= self._wide_from
        wanted = Qt.Orientation.Horizontal if is_wide else Qt.Orientation.Vertical
        if wanted is not self.orientation() or not event.oldSize().isValid():
            self.setOrientation(wanted)
            room = event.size().width() if is_wide else event.size().height()
            shares = self._shares[wanted]
            self.setSizes([room * share // sum(shares) for share in shares])
