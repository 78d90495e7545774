"""Hold the one order that is drawn up but not sent."""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import ROUND_DOWN, Decimal

from PySide6.QtCore import QObject, Signal

from fks_desk.core.model import Instrument, OrderKind, Side
from fks_desk.ui.text import tr

PRESET_NOTIONALS = tuple(Decimal(amount) for amount in ("100", "250", "500", "1000", "2500"))


@dataclass(frozen=True, slots=True, kw_only=True)
class StagedOrder:
    """Describe an order that still waits for its Enter.

    `price` is the limit of a limit order and the last price of a market order.
    `size_step` is what one press of a size key adds; `prompted_by` names the
    signal or the advice that filled the order in.
    """

    instrument: Instrument
    side: Side
    kind: OrderKind = OrderKind.LIMIT
    price: Decimal
    size: Decimal
    size_step: Decimal
    stop: Decimal | None = None
    prompted_by: str | None = None

    @property
    def notional(self) -> Decimal:
        """Return the size times the price, in the quote currency."""
        return self.size * self.price

    @property
    def risk(self) -> Decimal:
        """Return what can be lost: down to the stop, or everything when there is none."""
        if self.stop is None:
            return self.notional
        return max(Decimal(0), (self.price - self.stop) * self.side.sign * self.size)

    def risk_pct(self, equity: Decimal | None) -> Decimal | None:
        """Return the risk as a percentage of the account's equity, if that is known."""
        if equity is None or equity <= 0:
            return None
        return self.risk / equity * 100


class Staging(QObject):
    """Stage, nudge, send or drop one order; the chart and the ticket share it.

    Every price lands exactly on the tick and every size exactly on the lot.
    `sent` carries the order once: a second Enter finds nothing staged.
    """

    changed = Signal(object)  # StagedOrder | None
    sent = Signal(object)  # StagedOrder
    dropped = Signal(object)  # StagedOrder
    notice_changed = Signal(str)

    def __init__(
        self,
        *,
        presets: tuple[Decimal, ...] = PRESET_NOTIONALS,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._order: StagedOrder | None = None
        self._presets = presets
        self._equity: Decimal | None = None

    @property
    def order(self) -> StagedOrder | None:
        """Return the staged order, or None."""
        return self._order

    @property
    def is_staged(self) -> bool:
        """Tell whether an order waits."""
        return self._order is not None

    @property
    def presets(self) -> tuple[Decimal, ...]:
        """Return the preset notionals in the quote currency, slot 1 first."""
        return self._presets

    @property
    def equity(self) -> Decimal | None:
        """Return the account's equity in the quote currency, if known."""
        return self._equity

    def set_equity(self, equity: Decimal | None) -> None:
        """Note what the account is worth, so that risk can be shown in percent."""
        self._equity = equity
        if self._order is not None:
            self.changed.emit(self._order)

    def stage(
        self,
        instrument: Instrument,
        side: Side,
        price: Decimal,
        size: Decimal | None = None,
        *,
        kind: OrderKind = OrderKind.LIMIT,
        stop: Decimal | None = None,
        prompted_by: str | None = None,
    ) -> StagedOrder:
        """Draw up an order, replacing the one that waited; no size means the first preset."""
        price = _on_tick(instrument, price)
        size = self._presets[0] / price if size is None else size
        snapped = max(instrument.lot, instrument.snap_size(size))
        order = StagedOrder(
            instrument=instrument,
            side=side,
            kind=kind,
            price=price,
            size=snapped,
            size_step=_size_step(instrument, snapped),
            stop=None if stop is None else _on_tick(instrument, stop),
            prompted_by=prompted_by,
        )
        self._put(order)
        return order

    def set_price(self, price: Decimal) -> None:
        """Move the order to the nearest tick; a market order becomes a limit order."""
        if self._order is not None:
            snapped = _on_tick(self._order.instrument, price)
            self._put(replace(self._order, price=snapped, kind=OrderKind.LIMIT))

    def nudge_price(self, ticks: int) -> None:
        """Move the order up or down by whole ticks."""
        if self._order is not None:
            self.set_price(self._order.price + ticks * self._order.instrument.tick)

    def follow(self, last: Decimal) -> None:
        """Let a market order show the newest price."""
        if self._order is not None and self._order.kind is OrderKind.MARKET:
            self._put(replace(self._order, price=last))

    def set_size(self, size: Decimal) -> None:
        """Change the size, down to a whole lot and never below one."""
        if self._order is not None:
            instrument = self._order.instrument
            snapped = max(instrument.lot, instrument.snap_size(size))
            step = _size_step(instrument, snapped)
            self._put(replace(self._order, size=snapped, size_step=step))

    def nudge_size(self, steps: int) -> None:
        """Change the size by whole steps; the step stays as it was, so a nudge can be undone."""
        if self._order is not None:
            wanted = self._order.size + steps * self._order.size_step
            snapped = max(self._order.instrument.lot, wanted)
            self._put(replace(self._order, size=snapped))

    def set_stop(self, stop: Decimal | None) -> None:
        """Note where the order is to be left at a loss, so that its risk can be shown."""
        if self._order is not None:
            snapped = None if stop is None else _on_tick(self._order.instrument, stop)
            self._put(replace(self._order, stop=snapped))

    def set_side(self, side: Side) -> None:
        """Turn a buy into a sell or back."""
        if self._order is not None:
            self._put(replace(self._order, side=side))

    def use_preset(self, slot: int) -> None:
        """Size the order by the preset notional of a slot, counted from 1."""
        if self._order is not None and 1 <= slot <= len(self._presets):
            self.set_size(self._presets[slot - 1] / self._order.price)

    def send(self) -> None:
        """Hand the order over once, or say why it cannot be sent and keep it."""
        order = self._order
        if order is None:
            return
        if reason := refusal(order):
            self.notice_changed.emit(reason)
            return
        # Cleared before it is announced, so that a second Enter cannot send it twice.
        self._order = None
        # Sent before anything is painted: that takes longer than the whole way to the venue.
        self.sent.emit(order)
        self.changed.emit(None)

    def drop(self) -> None:
        """Forget the order."""
        order, self._order = self._order, None
        if order is not None:
            self.changed.emit(None)
            self.dropped.emit(order)

    def _put(self, order: StagedOrder) -> None:
        if order != self._order:
            self._order = order
            self.changed.emit(order)


def refusal(order: StagedOrder) -> str | None:
    """Return why the venue would refuse the order as it stands, or None."""
    instrument = order.instrument
    if order.size < instrument.min_size:
        return tr(
            "The size is {size} {base}; the venue takes {least} or more. Press ] to add.",
            size=order.size,
            base=instrument.base,
            least=instrument.min_size,
        )
    if instrument.max_size is not None and order.size > instrument.max_size:
        return tr(
            "The size is {size} {base}; the venue takes {most} at most. Press [ to reduce.",
            size=order.size,
            base=instrument.base,
            most=instrument.max_size,
        )
    if order.notional < instrument.min_notional:
        return tr(
            "The order is worth {notional} {quote}; the venue takes {least} or more. "
            "Press ] to add.",
            notional=order.notional.normalize(),
            quote=instrument.quote,
            least=instrument.min_notional,
        )
    return None


def _on_tick(instrument: Instrument, price: Decimal) -> Decimal:
    """Round to the nearest tick that is above zero."""
    return max(instrument.tick, instrument.snap_price(price))


def _size_step(instrument: Instrument, size: Decimal) -> Decimal:
    """Return a tenth of the size's leading decimal place, in whole lots and at least one.

    One lot is often a thousandth of a useful size; a step that follows the size
    changes it by something a trader can see.
    """
    tenth = Decimal(1).scaleb(size.adjusted() - 1)
    lots = (tenth / instrument.lot).to_integral_value(ROUND_DOWN)
    return max(Decimal(1), lots) * instrument.lot
