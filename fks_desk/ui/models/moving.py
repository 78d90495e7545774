"""Hold the one open order whose price is being changed, until a person confirms it."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

from PySide6.QtCore import QObject, Signal

from fks_desk.core.desk_messages import AmendOrder, MoveStop
from fks_desk.core.messages import CancelOrder, Command
from fks_desk.core.model import Instrument, Order, Side
from fks_desk.core.orders import OPEN_STATES
from fks_desk.core.terms import Role
from fks_desk.ui.models import format as fmt
from fks_desk.ui.text import tr


class OrderMover(QObject):
    """Preview another price for an order; nothing is sent before `confirm`."""

    changed = Signal()

    def __init__(self, *, send: Callable[[Command], None], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.order: Order | None = None
        self.price: Decimal | None = None
        self._instrument: Instrument | None = None
        self._send = send

    @property
    def is_on(self) -> bool:
        """Tell whether an order is chosen."""
        return self.order is not None

    @property
    def is_moved(self) -> bool:
        """Tell whether the preview differs from the order."""
        return self.order is not None and self.price != self.order.intent.worst_price

    @property
    def text(self) -> str:
        """Say what Enter would do."""
        order, price, instrument = self.order, self.price, self._instrument
        if order is None or price is None or instrument is None:
            return ""
        side = tr("Buy") if order.intent.side is Side.BUY else tr("Sell")
        words = f"{side} {fmt.exact(order.remaining)} {instrument.base}"
        digits = instrument.price_digits
        if not self.is_moved:
            return tr("{order}  ·  ↑ ↓ move it · Del cancels it · Esc lets go", order=words)
        by = price - order.intent.worst_price
        return tr(
            "{order}: {old} → {new} ({by})  ·  Enter amends · Esc keeps it",
            order=words,
            old=fmt.number(order.intent.worst_price, digits),
            new=fmt.number(price, digits),
            by=fmt.signed(by, digits),
        )

    def choose(self, order: Order, instrument: Instrument) -> None:
        """Take hold of an open order."""
        self.order, self._instrument = order, instrument
        self.price = order.intent.worst_price
        self.changed.emit()

    def set_price(self, price: Decimal) -> None:
        """Preview a price, on the nearest tick above zero."""
        if self._instrument is not None:
            self.price = max(self._instrument.tick, self._instrument.snap_price(price))
            self.changed.emit()

    def nudge(self, ticks: int) -> None:
        """Preview the price some ticks away."""
        if self.price is not None and self._instrument is not None:
            self.set_price(self.price + ticks * self._instrument.tick)

    def confirm(self) -> None:
        """Send the change, once; an order at its own price is let go."""
        order, price, is_moved = self.order, self.price, self.is_moved
        self.let_go()
        if order is None or not is_moved:
            return
        family = order.intent.family
        if family is not None and family.role is Role.STOP and price is not None:
            # It shares its size with a target, so the desk moves it as one of a pair.
            account, instrument = order.intent.account, order.intent.instrument
            self._send(MoveStop(account=account, instrument=instrument, price=price))
            return
        is_limit = order.intent.limit_price is not None
        self._send(
            AmendOrder(
                account=order.intent.account,
                client_id=order.client_id,
                limit_price=price if is_limit else None,
                trigger_price=None if is_limit else price,
            )
        )

    def cancel(self) -> None:
        """Take the order back."""
        order = self.order
        self.let_go()
        if order is not None:
            self._send(CancelOrder(account=order.intent.account, client_id=order.client_id))

    def let_go(self) -> None:
        """Keep the order as it is."""
        if self.order is not None:
            self.order = self.price = self._instrument = None
            self.changed.emit()

    def follow(self, orders: tuple[Order, ...]) -> None:
        """Let go of an order that has filled or is gone."""
        held = self.order
        if held is None:
            return
        now = next((one for one in orders if one.client_id == held.client_id), None)
        if now is None or now.state not in OPEN_STATES:
            self.let_go()
