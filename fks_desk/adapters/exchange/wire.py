"""Read Binance's public messages into exact values.

Formats: Binance spot API, WebSocket streams `<symbol>@kline_<interval>`,
`@trade`, `@aggTrade`, `@ticker` and `@depth`, and REST `klines`, `depth`. Every number is
taken from its text.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from fks_desk.adapters.exchange.stamps import moment_of
from fks_desk.core.model import (
    BookLevel,
    Candle,
    InstrumentId,
    MarketTrade,
    Provenance,
    Side,
    Ticker,
    Timeframe,
    TradeId,
    parse_decimal,
)

Message = Mapping[str, Any]  # parsed JSON of a foreign server

_MOST_PLACES = 40  # before or after the point; no market counts so far
UNREADABLE = (KeyError, IndexError, TypeError, ValueError, ArithmeticError)
"""What reading a malformed message raises."""


def exact(value: object, name: str) -> Decimal:
    """Return a number from its text; a float would already have lost digits."""
    if isinstance(value, float) or not isinstance(value, str | int):
        raise ValueError(f"{name} must come as text, was {value!r}")  # noqa: TRY004  a bad message, not a bad call
    text = str(value)
    if "." in text and "e" not in text.lower():
        # Binance pads to eight places; the same number without the padding reads better.
        text = text.rstrip("0").rstrip(".")
    number = parse_decimal(text, name)
    if number and abs(number.adjusted()) > _MOST_PLACES:
        raise ValueError(f"{name} must be of this world, was {text[:_MOST_PLACES]}")
    return number


def kline(
    message: Message, instrument: InstrumentId, timeframe: Timeframe, ts_init: datetime
) -> Candle:
    """Read a kline event."""
    bar = message["k"]
    return Candle(
        instrument=instrument,
        timeframe=timeframe,
        opened=moment_of(int(bar["t"])),
        open=exact(bar["o"], "open"),
        high=exact(bar["h"], "high"),
        low=exact(bar["l"], "low"),
        close=exact(bar["c"], "close"),
        volume=exact(bar["v"], "volume"),
        is_closed=bool(bar["x"]),
        ts_event=moment_of(int(message["E"])),
        ts_init=ts_init,
    )


def history_row(
    row: Sequence[Any], instrument: InstrumentId, timeframe: Timeframe, ts_init: datetime
) -> Candle:
    """Read one row of the klines endpoint as a closed candle."""
    opened = moment_of(int(row[0]))
    return Candle(
        instrument=instrument,
        timeframe=timeframe,
        opened=opened,
        open=exact(row[1], "open"),
        high=exact(row[2], "high"),
        low=exact(row[3], "low"),
        close=exact(row[4], "close"),
        volume=exact(row[5], "volume"),
        is_closed=True,
        ts_event=opened + timeframe.delta,
        ts_init=ts_init,
        provenance=Provenance.BACKFILLED,
    )


def trade(message: Message, instrument: InstrumentId, ts_init: datetime) -> MarketTrade:
    """Read a trade, single or aggregate; `m` says that the buyer was the maker."""
    return MarketTrade(
        instrument=instrument,
        trade_id=TradeId(str(message["a" if message["e"] == "aggTrade" else "t"])),
        side=Side.SELL if message["m"] else Side.BUY,
        price=exact(message["p"], "price"),
        size=exact(message["q"], "size"),
        ts_event=moment_of(int(message["T"])),
        ts_init=ts_init,
    )


def ticker(message: Message, instrument: InstrumentId, ts_init: datetime) -> Ticker:
    """Read a 24 hour ticker event; a side of the book that is empty is None."""
    return Ticker(
        instrument=instrument,
        last=_positive(exact(message["c"], "last"), "last"),
        bid=_quote(message.get("b")),
        ask=_quote(message.get("a")),
        change_pct=exact(message["P"], "change") if "P" in message else None,
        volume=exact(message["v"], "volume") if "v" in message else None,
        ts_event=moment_of(int(message["E"])),
        ts_init=ts_init,
    )


def levels(rows: Sequence[Sequence[Any]]) -> list[BookLevel]:
    """Read price levels; a size of zero removes its level."""
    found = [BookLevel(price=exact(row[0], "price"), size=exact(row[1], "size")) for row in rows]
    for level in found:
        _positive(level.price, "price")
        if level.size < 0:
            raise ValueError(f"a level's size must be zero or more, was {level.size}")
    return found


def _quote(text: object) -> Decimal | None:
    if text is None:
        return None
    price = exact(text, "quote")
    return price if price > 0 else None


def _positive(number: Decimal, name: str) -> Decimal:
    if number <= 0:
        raise ValueError(f"{name} must be above zero, was {number}")
    return number
