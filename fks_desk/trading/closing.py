"""Work out the order that closes a position, or say why there is none to send."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from fks_desk.core.ids import new_client_id
from fks_desk.core.model import (
    ZERO,
    Instrument,
    InstrumentKind,
    Order,
    OrderIntent,
    OrderKind,
    OrderState,
    Position,
    Side,
)
from fks_desk.core.terms import PLAIN, Terms


def closing_intent(
    position: Position | None,
    instrument: Instrument,
    *,
    open_orders: tuple[Order, ...],
    free_base: Decimal,
    last_price: Decimal | None,
    at: datetime,
) -> OrderIntent | str:
    """Return a market order for what is held and not being closed already, or a sentence."""
    if position is None or position.size == 0:
        return f"There is no position in {instrument.symbol} to close."
    side = Side.SELL if position.size > 0 else Side.BUY
    # What the desk holds itself claims nothing until it leaves, and then only what is there.
    resting = [one for one in open_orders if one.state is not OrderState.HELD]
    closing = sum((o.remaining for o in resting if o.intent.side is side), ZERO)
    left = max(ZERO, abs(position.size) - closing)
    size = instrument.snap_size(min(left, free_base) if side is Side.SELL else left)
    price = last_price or position.average_price
    if size <= 0 and closing > 0:
        return f"Open orders close all of {instrument.symbol} already, {closing} of it."
    if price is None:
        return f"No price of {instrument.symbol} is known yet; try again when one has come."
    is_small = size * price < instrument.min_notional and instrument.kind is InstrumentKind.SPOT
    if size < max(instrument.min_size, instrument.lot) or is_small:
        return (
            f"What can be closed of {instrument.symbol} is dust: {left} is under the venue's "
            f"least order of {instrument.min_size} or {instrument.min_notional} {instrument.quote}."
        )
    return OrderIntent(
        client_id=new_client_id(),
        account=position.account,
        instrument=position.instrument,
        side=side,
        kind=OrderKind.MARKET,
        size=size,
        reference_price=price,
        # What closes a perpetual must never open the other way.
        terms=PLAIN if instrument.kind is InstrumentKind.SPOT else Terms(is_reduce_only=True),
        created=at,
    )
