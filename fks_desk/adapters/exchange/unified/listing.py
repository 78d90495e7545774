"""Read ccxt's markets into instruments, and instruments into ccxt's symbols."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from fks_desk.adapters.exchange.unified.numbers import exact_of, exact_or_none
from fks_desk.adapters.exchange.wire import UNREADABLE
from fks_desk.core.model import ZERO, Instrument, InstrumentKind, VenueId

log = logging.getLogger(__name__)

Listed = Mapping[str, Any]  # one of ccxt's unified markets

_DECIMAL_PLACES = 2  # ccxt's name for precision as a count of digits
_TICK_SIZE = 4
_FINEST = Decimal("0.00000001")


def unified_symbol(instrument: Instrument) -> str:
    """Return ccxt's spelling: BTC/USDT, or BTC/USDT:USDT for a perpetual settled in USDT."""
    if instrument.kind is InstrumentKind.SPOT:
        return f"{instrument.base}/{instrument.quote}"
    return f"{instrument.base}/{instrument.quote}:{instrument.settle}"


def instruments(markets: Iterable[Listed], venue: VenueId, precision_mode: int) -> list[Instrument]:
    """Return every coin and perpetual; one that cannot be read is left out."""
    found = []
    for market in markets:
        kind = _kind(market)
        if kind is None:
            continue
        try:
            found.append(_instrument(market, kind, venue, precision_mode))
        except UNREADABLE as error:
            log.info("%s of %s is left out: %s", market.get("symbol"), venue, error)
    return found


def _kind(market: Listed) -> InstrumentKind | None:
    if market.get("spot"):
        return InstrumentKind.SPOT
    if not market.get("swap"):
        return None
    return InstrumentKind.INVERSE if market.get("inverse") else InstrumentKind.LINEAR


def _instrument(
    market: Listed, kind: InstrumentKind, venue: VenueId, precision_mode: int
) -> Instrument:
    base, quote = str(market["base"]), str(market["quote"])
    precision, limits = market.get("precision") or {}, market.get("limits") or {}
    amount, cost = limits.get("amount") or {}, limits.get("cost") or {}
    return Instrument(
        venue=venue,
        kind=kind,
        symbol=f"{base}/{quote}",
        base=base,
        quote=quote,
        settle=str(market.get("settle") or quote),
        contract_size=exact_or_none(market.get("contractSize"), "contract size") or Decimal(1),
        tick=_step(precision.get("price"), precision_mode),
        lot=_step(precision.get("amount"), precision_mode),
        min_size=exact_or_none(amount.get("min"), "smallest size") or ZERO,
        max_size=exact_or_none(amount.get("max"), "largest size") or None,
        min_notional=exact_or_none(cost.get("min"), "smallest notional") or ZERO,
        is_trading=market.get("active") is not False,
    )


def _step(precision: object, mode: int) -> Decimal:
    if precision is None:
        return _FINEST
    number = exact_of(precision, "precision")
    if mode == _TICK_SIZE:
        return number
    # Significant digits depend on the price; the finest step refuses nothing.
    return Decimal(1).scaleb(-int(number)) if mode == _DECIMAL_PLACES else _FINEST
