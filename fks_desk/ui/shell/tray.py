"""Stand in the system's tray where there is one, and tell of fills."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import QMenu, QSystemTrayIcon, QWidget

from fks_desk.core.messages import OrderFilled
from fks_desk.core.model import Side
from fks_desk.ui.actions.registry import ActionRegistry
from fks_desk.ui.text import tr
from fks_desk.ui.widgets.label import bounded

_SHOWN_MS = 6_000


class Tray(QObject):
    """Offer a few actions and show notifications; without a tray it does nothing.

    Everything here can also be reached in the window, so nobody needs a tray.
    """

    chosen = Signal()  # the icon or a notification was clicked
    told = Signal(str, str)  # title and text of each notification, shown or not

    def __init__(
        self,
        *,
        icon: QIcon,
        registry: ActionRegistry,
        actions: Sequence[str],
        parent: QWidget,
    ) -> None:
        super().__init__(parent)
        self._icon: QSystemTrayIcon | None = None
        if not QSystemTrayIcon.isSystemTrayAvailable():
            return
        self._menu = QMenu(parent)
        for action_id in actions:
            self._menu.addAction(registry.qaction(action_id))
        self._icon = QSystemTrayIcon(icon, self)
        self._icon.setToolTip(tr("FKS Desk"))
        self._icon.setContextMenu(self._menu)
        self._icon.activated.connect(self._on_activated)
        self._icon.messageClicked.connect(self.chosen.emit)
        self._icon.show()

    @property
    def is_there(self) -> bool:
        """Return whether the system has a tray."""
        return self._icon is not None

    def on_filled(self, event: OrderFilled) -> None:
        """Tell of a fill."""
        title, text = fill_words(event)
        self.tell(title, text)

    def tell(self, title: str, text: str) -> None:
        """Show a notification of plain text."""
        if self._icon is not None:
            self._icon.showMessage(
                bounded(title), bounded(text), QSystemTrayIcon.MessageIcon.Information, _SHOWN_MS
            )
        self.told.emit(title, text)

    def hide(self) -> None:
        """Leave the tray."""
        if self._icon is not None:
            self._icon.hide()

    def _on_activated(self, reason: QSystemTrayIcon.ActivationReason) -> None:
        if reason != QSystemTrayIcon.ActivationReason.Context:
            self.chosen.emit()


def fill_words(event: OrderFilled) -> tuple[str, str]:
    """Return title and text for a fill."""
    fill = event.fill
    symbol = fill.instrument.rpartition(":")[2]
    did = tr("Bought") if fill.side is Side.BUY else tr("Sold")
    title = tr("{did} {size} {symbol}", did=did, size=f"{fill.size:f}", symbol=symbol)
    left = event.order.remaining
    rest = tr("{left} left", left=f"{left.normalize():f}") if left > 0 else tr("filled")
    text = tr(
        "at {price}; {rest}, account {account}",
        price=f"{fill.price:,f}",
        rest=rest,
        account=fill.account,
    )
    return title, text
