"""Read instruments as people write them, and derive what a file tells of one."""

from __future__ import annotations

import re
from dataclasses import replace
from decimal import Decimal
from typing import Final

import numpy as np

from fks_desk.adapters.files.names import split_symbol
from fks_desk.core.errors import ConfigError
from fks_desk.core.frame import Floats, Frame
from fks_desk.core.model import Instrument, InstrumentId, InstrumentKind, VenueId, instrument_id

# Made-up and replayed prices are the built-in exchange's own; no file may mix with them.
BUILT_IN: Final = frozenset({"demo", "replay", "paper"})
MOST_DIGITS: Final = 12  # more than any exchange prints; a float's noise begins beyond
_VENUE = re.compile(r"[a-z][a-z0-9_-]{1,31}")
_PART = re.compile(r"[A-Z0-9][A-Z0-9.]{0,19}")
_ID_PARTS: Final = 3


def read_symbol(text: str) -> str:
    """Return BASE/QUOTE for BTC/USDT, btc-usdt or BTCUSDT, or raise `ConfigError`."""
    symbol = split_symbol(text.strip())
    parts = symbol.split("/") if symbol else []
    if len(parts) != 2 or not all(_PART.fullmatch(part) for part in parts):  # noqa: PLR2004  two
        raise ConfigError(f"a symbol is written BASE/QUOTE, such as BTC/USDT, was {text!r}")
    return "/".join(parts)


def read_venue(text: str) -> VenueId:
    """Return the name of an exchange in small letters, or raise `ConfigError`."""
    name = text.strip().lower()
    if not _VENUE.fullmatch(name):
        raise ConfigError(f"an exchange is named like binance or kraken, was {text!r}")
    return VenueId(name)


def read_instrument(text: str, exchange: str) -> InstrumentId:
    """Return the spot instrument of a symbol at an exchange; a full id stands for itself."""
    if text.count(":") == _ID_PARTS - 1:
        venue, kind, symbol = text.split(":")
        if kind not in set(InstrumentKind):
            kinds = ", ".join(kind.value for kind in InstrumentKind)
            raise ConfigError(f"the kind of an instrument is one of {kinds}, was {kind!r}")
        return instrument_id(read_venue(venue), InstrumentKind(kind), read_symbol(symbol))
    return instrument_id(read_venue(exchange), InstrumentKind.SPOT, read_symbol(text))


def step_of(*columns: Floats) -> Decimal:
    """Return the largest power of ten that all numbers are whole multiples of."""
    for places in range(MOST_DIGITS):
        # Exact: the nearest double to a number of that many digits is what text reads as.
        if all(bool((np.round(column, places) == column).all()) for column in columns):
            return Decimal(1).scaleb(-places)
    return Decimal(1).scaleb(-MOST_DIGITS)


def described(instrument: InstrumentId, frame: Frame) -> Instrument:
    """Return the instrument that a file's digits tell of."""
    venue, kind, symbol = instrument.split(":")
    base, _, quote = symbol.partition("/")
    return Instrument(
        venue=VenueId(venue),
        kind=InstrumentKind(kind),
        symbol=symbol,
        base=base,
        quote=quote,
        settle=quote,
        tick=step_of(frame.open, frame.high, frame.low, frame.close),
        lot=step_of(frame.volume),
    )


def refined(known: Instrument | None, found: Instrument) -> Instrument:
    """Return what is known, with finer steps where the file shows finer ones."""
    if known is None:
        return found
    return replace(known, tick=min(known.tick, found.tick), lot=min(known.lot, found.lot))
