"""Measure an account as one intent finds it, every doubt counted at its worst."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from fks_desk.core.model import (
    ZERO,
    Instrument,
    InstrumentId,
    InstrumentKind,
    Order,
    OrderIntent,
    Side,
    TradingState,
)
from fks_desk.trading.books.blotter import Blotter
from fks_desk.trading.case import Exposure, LastPrice, Refusal

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
    equity: Decimal | None = None
    lock: Refusal | None = None
    why: str = ""


def measure(blotter: Blotter, intent: OrderIntent, around: Surroundings) -> Exposure:
    """Return the picture that `risk.refusal` decides on."""
    instrument = around.instruments.get(intent.instrument)
    base = instrument.base if instrument is not None else ""
    quote = instrument.quote if instrument is not None else ""
    worst = worst_cases(blotter, around)
    return Exposure(
        state=around.state,
        position=_held(blotter, intent.instrument),
        closing=blotter.claims_of(intent.instrument, intent.side).size,
        free_base=free(blotter, base, around),
        free_quote=free(blotter, quote, around),
        open_orders=blotter.open_count,
        unknown_orders=blotter.unknown_in(intent.instrument),
        orders_last_minute=around.orders_last_minute,
        total=sum(worst.values(), ZERO),
        last=around.last(intent.instrument),
        rate=rate(quote, around),
        symbol_total=worst.get(intent.instrument, ZERO),
        positions=sum(value > 0 for value in worst.values()),
        equity=around.equity,
        lock=around.lock,
        why=around.why,
        leverage=blotter.leverage(intent.instrument),
        free_margin=free_margin(blotter, instrument, around),
    )


def free(blotter: Blotter, currency: str, around: Surroundings) -> Decimal:
    """Return what no open, flying or unknown order may still claim of the currency."""
    claimed = ZERO
    for (instrument_id, side), claims in blotter.claims.items():
        instrument = around.instruments.get(instrument_id)
        if instrument is None:
            continue
        if instrument.kind is not InstrumentKind.SPOT:
            continue
        if side is Side.SELL and instrument.base == currency:
            claimed += claims.size
        if side is Side.BUY and instrument.quote == currency:
            claimed += claims.worth + claims.at_market * around.market_buffer
    return blotter.funds.total(currency) - claimed


def free_margin(blotter: Blotter, instrument: Instrument | None, around: Surroundings) -> Decimal:
    """Return what of the wallet neither positions nor orders of perpetuals tie up, at worst."""
    if instrument is None or instrument.kind is not InstrumentKind.LINEAR:
        return ZERO
    tied = sum(
        (
            _worst(blotter, one, around) / blotter.leverage(one)
            for one in _touched(blotter)
            if _is_linear(one, around)
        ),
        ZERO,
    )
    return blotter.funds.total(instrument.settle) + unrealised(blotter, around) - tied


def unrealised(blotter: Blotter, around: Surroundings) -> Decimal:
    """Return what perpetuals would gain if they were closed at the mark."""
    gain = ZERO
    for instrument_id, position in blotter.positions.items():
        if position.size and _is_linear(instrument_id, around):
            mark = _mark(blotter, instrument_id, around)
            gain += position.unrealised(mark).amount
    return gain


def _is_linear(instrument_id: InstrumentId, around: Surroundings) -> bool:
    instrument = around.instruments.get(instrument_id)
    return instrument is not None and instrument.kind is InstrumentKind.LINEAR


def _touched(blotter: Blotter) -> set[InstrumentId]:
    return set(blotter.positions) | {instrument for instrument, _ in blotter.claims}


def total(blotter: Blotter, around: Surroundings) -> Decimal:
    """Return the worst case of all instruments together, in the reporting currency."""
    return sum(worst_cases(blotter, around).values(), ZERO)


def worst_cases(blotter: Blotter, around: Surroundings) -> dict[InstrumentId, Decimal]:
    """Return the worst case of each instrument touched, in the reporting currency."""
    return {one: _worst(blotter, one, around) for one in _touched(blotter)}


def equity(blotter: Blotter, around: Surroundings) -> Decimal | None:
    """Return what the account is worth, or None while a price of something held is missing.

    A currency that nothing prices in the reporting currency counts as worthless.
    """
    worth = unrealised(blotter, around)
    for currency in blotter.funds.currencies():
        held = blotter.funds.total(currency)
        if held == 0:
            continue
        price = rate(currency, around)
        if price is None and _is_priced(currency, around):
            return None
        worth += held * (price or ZERO)
    return worth


def _is_priced(currency: str, around: Surroundings) -> bool:
    return any(
        (one.base, one.quote) == (currency, around.reporting_currency)
        for one in around.instruments.values()
    )


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


def _worst(blotter: Blotter, instrument_id: InstrumentId, around: Surroundings) -> Decimal:
    held = _held(blotter, instrument_id)
    bought = blotter.claims_of(instrument_id, Side.BUY).worth
    sold = blotter.claims_of(instrument_id, Side.SELL).size
    if held == bought == sold == 0:
        return ZERO
    mark = _mark(blotter, instrument_id, around)
    worst = max(abs(held * mark + bought), abs(held - sold) * mark)
    instrument = around.instruments.get(instrument_id)
    # Without a rate the quote counts as one: risk refuses new orders in it anyway.
    in_reporting = rate(instrument.quote, around) if instrument is not None else None
    return worst * (in_reporting or Decimal(1))


def _mark(blotter: Blotter, instrument: InstrumentId, around: Surroundings) -> Decimal:
    if (marked := blotter.marks.get(instrument)) is not None:
        return marked
    last = around.last(instrument)
    if last is not None:
        return last.price
    position = blotter.positions.get(instrument)
    orders: Iterable[Order] = blotter.open_orders(instrument)
    known = [order.intent.worst_price for order in orders]
    if position is not None and position.average_price is not None:
        known.append(position.average_price)
    return max(known, default=ZERO)
