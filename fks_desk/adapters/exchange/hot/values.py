"""Turn typed frames into exact values of the domain."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from functools import lru_cache

from fks_desk.adapters.exchange.hot.frames import AggregatePrint, Kline, Print
from fks_desk.adapters.exchange.stamps import moment_of
from fks_desk.core.model import Candle, InstrumentId, MarketTrade, Side, Timeframe, TradeId

_REMEMBERED = 65_536  # prices come back; sizes hardly ever do


def number(text: str) -> Decimal:
    """Return a number from its text, without the zeros that Binance pads it with."""
    if "." in text and "e" not in text and "E" not in text:
        text = text.rstrip("0").rstrip(".")
    return Decimal(text)


price = lru_cache(maxsize=_REMEMBERED)(number)


def market_trade(
    frame: Print | AggregatePrint, instrument: InstrumentId, ts_init: datetime
) -> MarketTrade:
    """Return a print as a trade; the buyer being the maker, the taker sold."""
    return MarketTrade(
        instrument=instrument,
        trade_id=TradeId(str(frame.number)),
        side=Side.SELL if frame.m else Side.BUY,
        price=price(frame.p),
        size=number(frame.q),
        ts_event=moment_of(frame.T),
        ts_init=ts_init,
    )


def candle(
    frame: Kline, instrument: InstrumentId, timeframe: Timeframe, ts_init: datetime
) -> Candle:
    """Return a state of a bar as a candle."""
    bar = frame.k
    return Candle(
        instrument=instrument,
        timeframe=timeframe,
        opened=moment_of(bar.t),
        open=price(bar.o),
        high=price(bar.h),
        low=price(bar.l),
        close=price(bar.c),
        volume=number(bar.v),
        is_closed=bar.x,
        ts_event=moment_of(frame.E),
        ts_init=ts_init,
    )
