"""Measure an account as one intent finds it, every doubt counted at its worst."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from fks_desk.core.model import (
    ZERO,
    Instrument,
    InstrumentId,
    Order,
    OrderIntent,
    OrderKind,
    OrderState,
    Side,
    TradingState,
)
from fks_desk.trading.books.blotter import Blotter
from fks_desk.trading.risk import Exposure, LastPrice

LastOf = Callable[[InstrumentId], LastPrice | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """Hold what a measurement needs beside the account's own books."""

    state: TradingState
    instruments: Mapping[InstrumentId, Instrument]
    last: LastOf
    reporting_currency: str
    orders_last_minute: int
    market_buffer: Decimal


def measure(blotter: Blotter, intent: OrderIntent, around: Surroundings) -> Exposure:
    """Return the picture that `risk.refusal` decides on."""
    instrument = around.instruments.get(intent.instrument)
    base = instrument.base if instrument is not None else ""
    quote = instrument.quote if instrument is not None else ""
    here = blotter.open_orders(intent.instrument)
    return Exposure(
        state=around.state,
        position=_held(blotter, intent.instrument),
        closing=sum((o.remaining for o in here if o.intent.side is intent.side), ZERO),
        free_base=free(blotter, base, around),
        free_quote=free(blotter, quote, around),
        open_orders=len(blotter.open_orders()),
        unknown_orders=sum(1 for order in here if order.state is OrderState.UNKNOWN),
        orders_last_minute=around.orders_last_minute,
        total=total(blotter, around),
        last=around.last(intent.instrument),
        rate=rate(quote, around),
    )


def free(blotter: Blotter, currency: str, around: Surroundings) -> Decimal:
    """Return what no open, flying or unknown order may still claim of the currency."""
    claims = (_claim(order, currency, around) for order in blotter.open_orders())
    return blotter.funds.total(currency) - sum(claims, ZERO)


def total(blotter: Blotter, around: Surroundings) -> Decimal:
    """Return the worst case of all instruments together, in the reporting currency."""
    touched = set(blotter.positions) | {o.intent.instrument for o in blotter.open_orders()}
    return sum((_worst(blotter, instrument, around) for instrument in touched), ZERO)


def rate(currency: str, around: Surroundings) -> Decimal | None:
    """Return the price of one unit in the reporting currency, or None if it is not known."""
    if currency == around.reporting_currency:
        return Decimal(1)
    for instrument in around.instruments.values():
        if (instrument.base, instrument.quote) == (currency, around.reporting_currency):
            last = around.last(instrument.id)
            return None if last is None else last.price
    return None


def _held(blotter: Blotter, instrument: InstrumentId) -> Decimal:
    position = blotter.positions.get(instrument)
    return ZERO if position is None else position.size


def _claim(order: Order, currency: str, around: Surroundings) -> Decimal:
    instrument = around.instruments.get(order.intent.instrument)
    remaining = max(ZERO, order.remaining)
    if instrument is None:
        return ZERO
    if order.intent.side is Side.SELL:
        return remaining if instrument.base == currency else ZERO
    if instrument.quote != currency:
        return ZERO
    is_market = order.intent.kind is OrderKind.MARKET
    buffer = around.market_buffer if is_market else ZERO
    return remaining * order.intent.worst_price * (1 + buffer)


def _worst(blotter: Blotter, instrument_id: InstrumentId, around: Surroundings) -> Decimal:
    orders = blotter.open_orders(instrument_id)
    held = _held(blotter, instrument_id)
    mark = _mark(blotter, instrument_id, around)
    bought = sum((_worth(o) for o in orders if o.intent.side is Side.BUY), ZERO)
    sold = sum((o.remaining for o in orders if o.intent.side is Side.SELL), ZERO)
    if_bought = abs(held * mark + bought)
    if_sold = abs(held - sold) * mark
    instrument = around.instruments.get(instrument_id)
    # Without a rate the quote counts as one: risk refuses new orders in it anyway.
    in_reporting = rate(instrument.quote, around) if instrument is not None else None
    return max(if_bought, if_sold) * (in_reporting or Decimal(1))


def _worth(order: Order) -> Decimal:
    return max(ZERO, order.remaining) * order.intent.worst_price


def _mark(blotter: Blotter, instrument: InstrumentId, around: Surroundings) -> Decimal:
    last = around.last(instrument)
    if last is not None:
        return last.price
    position = blotter.positions.get(instrument)
    orders: Iterable[Order] = blotter.open_orders(instrument)
    known = [order.intent.worst_price for order in orders]
    if position is not None and position.average_price is not None:
        known.append(position.average_price)
    return max(known, default=ZERO)
