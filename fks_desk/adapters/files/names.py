"""Read symbol and timeframe from a file's name, as archives and bots write them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from fks_desk.core.model import Timeframe

# The quotes that exchanges write without a mark between; longer ones first.
_QUOTES = (
    *("FDUSD", "USDT", "USDC", "BUSD", "TUSD", "EUR", "GBP", "TRY", "BRL", "JPY", "USD"),
    *("BTC", "ETH", "BNB"),
)
_TIMEFRAMES = "|".join(one.value for one in Timeframe)
_NAME = re.compile(
    rf"(?:^|[-_ ])(?P<pair>[A-Z0-9]{{2,12}}(?:[_-][A-Z0-9]{{2,6}})?)[-_](?P<frame>{_TIMEFRAMES})"
    r"(?:[-_.]|$)"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class NameGuess:
    """Hold what a file's name says; None where it says nothing."""

    symbol: str | None
    timeframe: Timeframe | None


def guess_from_name(path: Path) -> NameGuess:
    """Return what names such as BTC_USDT-5m.feather or BTCUSDT-1m-2024-01.zip say."""
    match = _NAME.search(path.name)
    if match is None:
        return NameGuess(symbol=None, timeframe=None)
    return NameGuess(symbol=split_symbol(match["pair"]), timeframe=Timeframe(match["frame"]))


def split_symbol(text: str) -> str | None:
    """Return BASE/QUOTE for BTCUSDT, BTC-USDT or BTC_USDT, or None if it cannot be told."""
    plain = text.upper()
    for mark in "/-_":
        base, found, quote = plain.partition(mark)
        if found and base and quote:
            return f"{base}/{quote}"
    for quote in _QUOTES:
        base = plain.removesuffix(quote)
        if base and base != plain:
            return f"{base}/{quote}"
    return None
