"""Read exchange, symbol and timeframe from a file's name, as programs write them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from fks_desk.core.model import InstrumentKind, Timeframe

# The quotes that exchanges write without a mark between; longer ones first.
_QUOTES = (
    *("FDUSD", "USDT", "USDC", "BUSD", "TUSD", "EUR", "GBP", "TRY", "BRL", "JPY", "USD"),
    *("BTC", "ETH", "BNB"),
)
_TIMEFRAMES = "|".join(one.value for one in Timeframe)
_PAIR = r"[A-Z0-9]{2,12}(?:[_-][A-Z0-9]{2,6})?"
_NAME = re.compile(rf"(?:^|[-_ ])(?P<pair>{_PAIR})[-_](?P<frame>{_TIMEFRAMES})(?:[-_.]|$)")
# BTC_USDT_USDT-1h-futures.feather: the third part is what a perpetual settles in.
_FUTURES = re.compile(
    rf"^(?P<pair>[A-Z0-9]+_[A-Z0-9]+)_[A-Z0-9]+-(?P<frame>{_TIMEFRAMES})-futures[.]"
)
_MINUTES = {"1": "1m", "3": "3m", "5": "5m", "15": "15m", "30": "30m", "60": "1h", "240": "4h"}
_TRADINGVIEW_FRAMES = {**_MINUTES, "1D": "1d", "D": "1d", "1440": "1d"}
# BINANCE_BTCUSDT, 60.csv, with what a browser adds to a second download.
_TRADINGVIEW = re.compile(
    r"^(?P<venue>[A-Z]{2,16})_(?P<pair>[A-Z0-9]{4,14})(?P<perp>\.P)?, "
    r"(?P<frame>[0-9A-Z]+)(?:_\w+)?\b"
)
_METATRADER_FRAMES = {
    **{f"M{minutes}": Timeframe(f"{minutes}m") for minutes in (1, 3, 5, 15, 30)},
    "H1": Timeframe.H1,
    "H4": Timeframe.H4,
    "D1": Timeframe.D1,
    "Daily": Timeframe.D1,
}
_METATRADER = re.compile(
    rf"^(?P<pair>[A-Z0-9]{{6,12}})[._-]?(?P<frame>{'|'.join(_METATRADER_FRAMES)})(?:[_.]|$)"
)
# A folder named otherwise is somebody's own.
_EXCHANGES = frozenset(
    {"binance", "binanceus", "bingx", "bitget", "bitmart", "bitvavo", "bybit", "coinbase", "gate",
     "gateio", "htx", "hyperliquid", "kraken", "krakenfutures", "kucoin", "mexc", "okx"}
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class NameGuess:
    """Hold what a file's name and folder say; None where they say nothing."""

    symbol: str | None
    timeframe: Timeframe | None
    venue: str | None = None
    kind: InstrumentKind = InstrumentKind.SPOT


def guess_from_name(path: Path) -> NameGuess:
    """Return what names such as BTC_USDT-5m.feather or BTCUSDT-1m-2024-01.zip say."""
    if match := _FUTURES.match(path.name):
        return NameGuess(
            symbol=split_symbol(match["pair"]),
            timeframe=Timeframe(match["frame"]),
            venue=_venue_of(path),
            kind=InstrumentKind.LINEAR,
        )
    if match := _TRADINGVIEW.match(path.name):
        frame = _TRADINGVIEW_FRAMES.get(match["frame"])
        return NameGuess(
            symbol=split_symbol(match["pair"]),
            timeframe=Timeframe(frame) if frame else None,
            venue=match["venue"].lower(),
            kind=InstrumentKind.LINEAR if match["perp"] else InstrumentKind.SPOT,
        )
    if match := _METATRADER.match(path.name):
        return NameGuess(
            symbol=split_symbol(match["pair"]), timeframe=_METATRADER_FRAMES[match["frame"]]
        )
    match = _NAME.search(path.name)
    if match is None:
        return NameGuess(symbol=None, timeframe=None)
    return NameGuess(
        symbol=split_symbol(match["pair"]),
        timeframe=Timeframe(match["frame"]),
        venue=_venue_of(path),
    )


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


def _venue_of(path: Path) -> str | None:
    """Return the exchange whose folder a bot keeps the file in: data/binance/futures/..."""
    folders = [one.name for one in path.absolute().parents]
    if folders and folders[0] == "futures":
        folders = folders[1:]
    is_layout = len(folders) > 1 and folders[1] == "data"
    return folders[0] if is_layout and folders[0] in _EXCHANGES else None
