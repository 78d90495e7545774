"""Work out the orders that bring a spot account to target weights; a person sends them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from fks_desk.core.ids import new_client_id
from fks_desk.core.model import (
    ZERO,
    AccountId,
    Instrument,
    InstrumentId,
    OrderIntent,
    OrderKind,
    Side,
)

_FEE = Decimal("0.001")
# A weight this near to the one wanted is left alone: moving it would cost more than it mends.
TOLERANCE = Decimal("0.01")


@dataclass(frozen=True, slots=True, kw_only=True)
class Holdings:
    """Hold what a rebalancing starts from; prices are in the currency of `equity`."""

    account: AccountId
    equity: Decimal
    held: Mapping[InstrumentId, Decimal]
    prices: Mapping[InstrumentId, Decimal]
    fee_rate: Decimal = _FEE
    tolerance: Decimal = TOLERANCE


def proposal(
    holdings: Holdings,
    instruments: Mapping[InstrumentId, Instrument],
    weights: Mapping[InstrumentId, Decimal],
    at: datetime,
) -> tuple[list[OrderIntent], list[str]]:
    """Return market orders, sales first, and a sentence for each weight that gets none.

    The weights are shares of equity; what they leave is kept as cash. Fees come out
    of equity, so that the orders never need more than there is. A weight nearer than
    `tolerance`, a share of equity, is left alone.
    """
    total = sum(weights.values(), ZERO)
    if total > 1 or any(weight < 0 for weight in weights.values()):
        return [], [f"The weights must be zero or more and add up to 1 at most, were {total}."]
    orders: list[OrderIntent] = []
    notes: list[str] = []
    spendable = holdings.equity * (1 - holdings.fee_rate)
    for name, weight in weights.items():
        instrument, price = instruments.get(name), holdings.prices.get(name)
        if instrument is None or price is None:
            notes.append(f"There is no price of {name} yet.")
            continue
        wanted = spendable * weight / price - holdings.held.get(name, ZERO)
        size = instrument.snap_size(abs(wanted))
        if abs(wanted) * price < holdings.tolerance * holdings.equity:
            share = f"{holdings.tolerance * 100:f}".rstrip("0").rstrip(".")
            notes.append(f"{instrument.symbol} is within {share} % of its weight.")
            continue
        if (
            size < max(instrument.min_size, instrument.lot)
            or size * price < instrument.min_notional
        ):
            notes.append(f"{instrument.symbol} is within one least order of its weight.")
            continue
        side = Side.BUY if wanted > 0 else Side.SELL
        orders.append(_order(holdings.account, instrument, side, size, price, at))
    return sorted(orders, key=lambda order: order.side is Side.BUY), notes


def _order(
    account: AccountId,
    instrument: Instrument,
    side: Side,
    size: Decimal,
    price: Decimal,
    at: datetime,
) -> OrderIntent:
    return OrderIntent(
        client_id=new_client_id(),
        account=account,
        instrument=instrument.id,
        side=side,
        kind=OrderKind.MARKET,
        size=size,
        reference_price=price,
        prompted_by="rebalancing",
        created=at,
    )
