"""Turn ccxt's unified answers into exact values of the domain."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from fks_desk.adapters.exchange.stamps import moment_of
from fks_desk.adapters.exchange.unified.numbers import exact_of, exact_or_none
from fks_desk.core.model import (
    BookLevel,
    Candle,
    Instrument,
    InstrumentKind,
    MarketTrade,
    OrderBook,
    Provenance,
    Side,
    Ticker,
    Timeframe,
    TradeId,
)

Answered = Mapping[str, Any]  # a unified structure of ccxt


def candle(
    row: Sequence[Any],
    instrument: Instrument,
    timeframe: Timeframe,
    ts_init: datetime,
    *,
    is_closed: bool,
    provenance: Provenance = Provenance.STREAMED,
) -> Candle:
    """Read a row of time, open, high, low, close and volume."""
    opened = moment_of(int(row[0]))
    return Candle(
        instrument=instrument.id,
        timeframe=timeframe,
        opened=opened,
        open=exact_of(row[1], "open"),
        high=exact_of(row[2], "high"),
        low=exact_of(row[3], "low"),
        close=exact_of(row[4], "close"),
        volume=exact_of(row[5] or 0, "volume"),
        is_closed=is_closed,
        ts_event=opened + timeframe.delta if is_closed else min(ts_init, opened + timeframe.delta),
        ts_init=ts_init,
        provenance=provenance,
    )


def market_trade(answered: Answered, instrument: Instrument, ts_init: datetime) -> MarketTrade:
    """Read a public print; one without an id is named by its time, price and size."""
    price = exact_of(answered["price"], "price")
    amount = exact_of(answered["amount"], "amount")
    moment = int(answered["timestamp"])
    name = answered.get("id") or f"{moment}-{price}-{amount}"
    return MarketTrade(
        instrument=instrument.id,
        trade_id=TradeId(str(name)),
        side=Side.SELL if answered.get("side") == "sell" else Side.BUY,
        price=price,
        size=in_base(amount, price, instrument),
        ts_event=moment_of(moment),
        ts_init=ts_init,
    )


def ticker(answered: Answered, instrument: Instrument, ts_init: datetime) -> Ticker:
    """Read a quote; what an exchange does not tell is None."""
    last = answered.get("last") or answered.get("close")
    moment = answered.get("timestamp")
    return Ticker(
        instrument=instrument.id,
        last=exact_of(last, "last"),
        bid=exact_or_none(answered.get("bid"), "bid"),
        ask=exact_or_none(answered.get("ask"), "ask"),
        change_pct=exact_or_none(answered.get("percentage"), "change"),
        volume=exact_or_none(answered.get("baseVolume"), "volume"),
        ts_event=moment_of(int(moment)) if moment is not None else ts_init,
        ts_init=ts_init,
    )


def order_book(
    answered: Answered, instrument: Instrument, sequence: int, depth: int, ts_init: datetime
) -> OrderBook:
    """Read the best levels of both sides."""
    moment = answered.get("timestamp")
    bids, asks = (
        tuple(_level(row, instrument) for row in answered[side][:depth] if row[1])
        for side in ("bids", "asks")
    )
    return OrderBook(
        instrument=instrument.id,
        bids=bids,
        asks=asks,
        sequence=int(answered.get("nonce") or sequence),
        ts_event=moment_of(int(moment)) if moment is not None else ts_init,
        ts_init=ts_init,
    )


def in_base(amount: Decimal, price: Decimal, instrument: Instrument) -> Decimal:
    """Return an amount of contracts in the base currency; of coins it is their number."""
    if instrument.kind is InstrumentKind.SPOT:
        return amount
    worth = amount * instrument.contract_size
    if instrument.kind is InstrumentKind.LINEAR:
        return worth
    # A contract on the inverse side is a sum of the quote currency.
    return worth / price


def _level(row: Sequence[Any], instrument: Instrument) -> BookLevel:
    price = exact_of(row[0], "price")
    return BookLevel(price=price, size=in_base(exact_of(row[1], "size"), price, instrument))
