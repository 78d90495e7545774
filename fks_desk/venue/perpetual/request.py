"""Check an order for a perpetual against the venue's filters, with its codes and texts."""

from __future__ import annotations

from decimal import Decimal

from fks_desk.core.model import Instrument, PositionSide, Side
from fks_desk.venue.ledger.records import ZERO
from fks_desk.venue.ledger.rules import (
    HIGHEST_PRICE,
    MOST_OPEN_ORDERS,
    Refusal,
    Request,
    most_at_market,
    triggers_at_once,
)
from fks_desk.venue.perpetual.ledger import Leg, PerpLedger

SHORT_OF_MARGIN = Refusal(code=-2019, text="Margin is insufficient.")
NOTHING_TO_REDUCE = Refusal(code=-2022, text="ReduceOnly Order is rejected.")
WOULD_TAKE = Refusal(
    code=-5022,
    text="Due to the order could not be executed as maker, the Post Only order will be rejected.",
)
NOT_WHOLE = Refusal(
    code=-5021,
    text="Due to the order could not be filled immediately, the FOK order has been rejected.",
)
NOT_AMENDABLE = Refusal(code=-4160, text="Order cannot be amended to this quantity or price.")
SAME_ORDER = Refusal(code=-5027, text="No need to modify the order.")
_WOULD_TRIGGER = Refusal(code=-2021, text="Order would immediately trigger.")
_WRONG_SIDE = Refusal(code=-4061, text="Order's position side does not match user's setting.")


class PerpRequest(Request, frozen=True, kw_only=True):
    """Hold a new order as asked for; `closes` takes whatever the position then is."""

    position_side: PositionSide = PositionSide.NET
    reduce_only: bool = False
    closes: bool = False
    by_mark: bool = False
    expires_ms: int = 0

    @property
    def leg(self) -> Leg:
        """Return which position the order changes."""
        return self.symbol, self.position_side

    @property
    def reduces(self) -> bool:
        """Tell whether the order may never open anything."""
        if self.position_side is PositionSide.LONG:
            return self.side is Side.SELL
        if self.position_side is PositionSide.SHORT:
            return self.side is Side.BUY
        return self.reduce_only or self.closes


def opposing(ledger: PerpLedger, uid: int, leg: Leg, side: Side) -> Decimal:
    """Return how much of a leg an order of this side can close."""
    return max(ZERO, -ledger.position(uid, leg).size * side.sign)


def perp_rule_broken(
    request: PerpRequest,
    instrument: Instrument,
    ledger: PerpLedger,
    last: Decimal,
    mark: Decimal,
) -> Refusal | None:
    """Return the first rule that the order breaks, or None."""
    return (
        _mode_broken(request, ledger)
        or _price_broken(request, instrument, mark if request.by_mark else last)
        or _size_broken(request, instrument, last)
        or _count_broken(request, ledger)
    )


def _mode_broken(request: PerpRequest, ledger: PerpLedger) -> Refusal | None:
    is_apart = request.position_side is not PositionSide.NET
    if is_apart is not ledger.is_dual(request.uid):
        return _WRONG_SIDE
    # A waiting order may come before the position that it is to close.
    if request.kind.has_trigger or not request.reduces:
        return None
    if not opposing(ledger, request.uid, request.leg, request.side):
        return NOTHING_TO_REDUCE
    return None


def _price_broken(request: PerpRequest, instrument: Instrument, last: Decimal) -> Refusal | None:
    if triggers_at_once(request, last):
        return _WOULD_TRIGGER
    price = request.price
    if request.stop_price % instrument.tick or price % instrument.tick:
        return Refusal(code=-4014, text="Price not increased by tick size.")
    if request.kind.has_limit and price <= 0:
        return Refusal(code=-4001, text="Price less than 0.")
    if price > HIGHEST_PRICE:
        return Refusal(code=-4002, text="Price greater than max price.")
    return None


def _size_broken(request: PerpRequest, instrument: Instrument, last: Decimal) -> Refusal | None:
    size = request.size
    if request.closes:
        return None
    if size < max(instrument.min_size, instrument.lot):
        text = "less than or equal to zero" if size <= 0 else "less than min quantity"
        return Refusal(code=-4003 if size <= 0 else -4004, text=f"Quantity {text}.")
    most = instrument.max_size if request.kind.has_limit else most_at_market(instrument)
    if most is not None and size > most:
        return Refusal(code=-4005, text="Quantity greater than max quantity.")
    if size % instrument.lot:
        return Refusal(code=-1111, text="Precision is over the maximum defined for this asset.")
    return _notional_broken(request, instrument, last)


def _notional_broken(request: PerpRequest, instrument: Instrument, last: Decimal) -> Refusal | None:
    least = instrument.min_notional
    notional = request.size * (request.price if request.kind.has_limit else last)
    if request.reduces or notional >= least:
        return None
    return Refusal(
        code=-4164,
        text=f"Order's notional must be no smaller than {least} (unless you choose reduce only).",
    )


def _count_broken(request: PerpRequest, ledger: PerpLedger) -> Refusal | None:
    known = ledger.order_by_client_id(request.uid, request.symbol, request.client_id)
    if known is not None and known.status.is_open:
        return Refusal(code=-4116, text="ClientOrderId is duplicated.")
    if len(ledger.open_orders(request.uid, request.symbol)) >= MOST_OPEN_ORDERS:
        return Refusal(code=-1015, text="Too many new orders.")
    return None
