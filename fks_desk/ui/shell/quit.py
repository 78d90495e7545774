"""Ask what shall become of open orders before the desk closes."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QPushButton, QVBoxLayout, QWidget

from fks_desk.ui.shell.open_orders import OpenOrders
from fks_desk.ui.text import tr
from fks_desk.ui.widgets.label import PlainLabel

CANCEL_WAIT_MS = 10_000


class QuitDialog(QDialog):
    """Offer to stay, to leave the orders, or to cancel them first.

    Cancelling waits for the venue's word; what it does not confirm in time is
    listed, and the person decides again. Enter means stay.
    """

    quit_chosen = Signal()
    cancel_chosen = Signal()

    def __init__(self, *, orders: OpenOrders, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("quit-dialog")
        self.setWindowTitle(tr("Quit with open orders?"))
        self.setWindowModality(Qt.WindowModality.NonModal)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._orders = orders
        self._is_cancelling = False
        self._text = PlainLabel(parent=self)
        self._text.setWordWrap(True)
        self._list = PlainLabel(parent=self)
        self._stay = self._button(tr("Stay"), self.reject)
        self._leave = self._button(tr("Leave them open and quit"), self._on_leave)
        self._cancel = self._button(tr("Cancel them, then quit"), self._on_cancel)
        self._stay.setDefault(True)
        buttons = QDialogButtonBox(self)
        for button in (self._stay, self._leave, self._cancel):
            buttons.addButton(button, QDialogButtonBox.ButtonRole.ActionRole)
        box = QVBoxLayout(self)
        box.addWidget(self._text)
        box.addWidget(self._list)
        box.addWidget(buttons)
        self._patience = QTimer(self)
        self._patience.setSingleShot(True)
        self._patience.setInterval(CANCEL_WAIT_MS)
        self._patience.timeout.connect(self._on_late)
        orders.changed.connect(self._on_orders)
        self._show_orders(
            tr("Orders stay at the venue when the desk closes and may still fill. Open now:")
        )
        self._stay.setFocus()

    def _button(self, text: str, on_click: Callable[[], None]) -> QPushButton:
        button = QPushButton(text, self)
        button.setAutoDefault(True)  # Enter presses the one that has the keys
        button.clicked.connect(on_click)
        return button

    def _on_leave(self) -> None:
        self.accept()
        self.quit_chosen.emit()

    def _on_cancel(self) -> None:
        self._is_cancelling = True
        self._cancel.setEnabled(False)
        self._show_orders(tr("Waiting for the venue to confirm:"))
        self._patience.start()
        self.cancel_chosen.emit()

    def _on_orders(self, count: int) -> None:
        if count:
            self._list.setText("\n".join(self._orders.lines()))
        elif self._is_cancelling:
            self._on_leave()
        else:
            self._show_orders(tr("No order is open any more."))

    def _on_late(self) -> None:
        self._cancel.setEnabled(True)
        self._show_orders(
            tr("The venue did not confirm these in time; look at them there before you rely on it:")
        )

    def _show_orders(self, text: str) -> None:
        self._text.setText(text)
        self._list.setText("\n".join(self._orders.lines()))
