"""Answer questions about the market."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

from fks_desk.core.model import Timeframe
from fks_desk.venue.faults import OutageKind
from fks_desk.venue.front.call import Call
from fks_desk.venue.front.errors import ApiError
from fks_desk.venue.front.symbols import symbol_info
from fks_desk.venue.front.ticker import day_ticker
from fks_desk.venue.front.weights import rate_limits
from fks_desk.venue.front.wire import (
    Json,
    agg_trade_info,
    kline_rows,
    level_rows,
    text,
    trade_info,
)
from fks_desk.venue.market.listing import wire_id
from fks_desk.venue.market.pair import PairMarket

_FAR_FUTURE_MS = 1 << 52


async def ping(_call: Call) -> Json:
    """Answer that somebody is there."""
    return {}


async def server_time(call: Call) -> Json:
    """Tell the venue's wall clock."""
    return {"serverTime": call.counter.server_ms()}


async def exchange_info(call: Call) -> Json:
    """Tell what is listed, with filters and limits."""
    return {
        "timezone": "UTC",
        "serverTime": call.counter.server_ms(),
        "rateLimits": rate_limits(),
        "exchangeFilters": [],
        "symbols": [_symbol(call, pair) for pair in call.pairs()],
    }


def _symbol(call: Call, pair: PairMarket) -> Json:
    known = pair.instrument
    is_halted = call.counter.faults.is_out(OutageKind.HALT, known.symbol)
    return symbol_info(replace(known, is_trading=known.is_trading and not is_halted))


async def klines(call: Call) -> list[list[Any]]:
    """Return candles: the newest, or the oldest after a start."""
    pair = call.pair()
    timeframe = call.params.choice("interval", Timeframe, -1120, "Invalid interval.")
    limit = call.params.limit(500, 1000)
    start, end = call.params.integer("startTime"), call.params.integer("endTime")
    # Months of minutes may have to be made up first, so they are made beside the loop.
    rows: list[list[Any]] = await asyncio.to_thread(_kline_rows, pair, timeframe, start, end, limit)
    return rows


def _kline_rows(
    pair: PairMarket, timeframe: Timeframe, start: int | None, end: int | None, limit: int
) -> list[list[Any]]:
    if start is None:
        bars = pair.newest(timeframe, None if end is None else end + 1, limit)
    else:
        last = _FAR_FUTURE_MS if end is None else end + 1
        bars = pair.oldest(timeframe, start, last, limit)
    return kline_rows(bars, pair.instrument, timeframe.milliseconds)


async def depth(call: Call) -> Json:
    """Return the order book, consistent with the depth stream's numbering."""
    pair = call.pair()
    limit = call.params.limit(100, 5000)
    # The stream's pending changes go out first: the snapshot then starts where they end.
    call.stage.announce_depth(pair)
    book = pair.depth()
    return {
        "lastUpdateId": pair.turn,
        "bids": level_rows(book.bids, pair.instrument, limit),
        "asks": level_rows(book.asks, pair.instrument, limit),
    }


async def trades(call: Call) -> list[Json]:
    """Return the newest public trades."""
    recent = list(call.pair().recent)
    return [trade_info(item) for item in recent[-call.params.limit(500, 1000) :]]


async def agg_trades(call: Call) -> list[Json]:
    """Return the newest public trades in the short spelling, inside a span if one is given."""
    start, end = call.params.integer("startTime"), call.params.integer("endTime")
    from_id = call.params.integer("fromId")
    limit = call.params.limit(500, 1000)
    found = [
        item
        for item in call.pair().recent
        if (start is None or item.moment_ms >= start)
        and (end is None or item.moment_ms <= end)
        and (from_id is None or item.id >= from_id)
    ]
    chosen = found[-limit:] if start is None and from_id is None else found[:limit]
    return [agg_trade_info(item) for item in chosen]


async def ticker_24hr(call: Call) -> Any:
    """Return the last 24 hours of one pair or of all."""
    return _one_or_all(call, [day_ticker(pair, call.stage.now_ms()) for pair in _wanted(call)])


async def ticker_price(call: Call) -> Any:
    """Return the newest price of one pair or of all."""
    rows = [
        {"symbol": wire_id(pair.symbol), "price": text(pair.last_price)} for pair in _wanted(call)
    ]
    return _one_or_all(call, rows)


async def book_ticker(call: Call) -> Any:
    """Return the best bid and ask of one pair or of all."""
    return _one_or_all(call, [_best(pair) for pair in _wanted(call)])


async def trade_fee(call: Call) -> list[Json]:
    """Return the fee rates of one pair or of all."""
    rate = str(call.exchange.fee_rate)
    return [
        {"symbol": wire_id(pair.symbol), "makerCommission": rate, "takerCommission": rate}
        for pair in call.pairs()
    ]


async def system_status(_call: Call) -> Json:
    """Answer that all is well."""
    return {"status": 0, "msg": "normal"}


async def coins(call: Call) -> list[Json]:
    """Return the currencies, none of which can leave a simulated exchange."""
    instruments = call.exchange.instruments.values()
    names = {name for item in instruments for name in (item.base, item.quote)}
    return [_coin(name) for name in sorted(names)]


def _coin(name: str) -> Json:
    return {
        "coin": name,
        "name": name,
        "free": "0",
        "locked": "0",
        "freeze": "0",
        "depositAllEnable": False,
        "withdrawAllEnable": False,
        "isLegalMoney": False,
        "trading": True,
        "networkList": [],
    }


def _wanted(call: Call) -> list[PairMarket]:
    """Return the pairs that `symbol` or `symbols` names, or all."""
    listed = call.params.optional("symbols")
    if not listed:
        return call.pairs()
    names = [name.strip('" ') for name in listed.strip("[] ").split(",")]
    if not all(names):
        raise ApiError(-1100, "Illegal characters found in parameter 'symbols'.")
    return [call.pair_of(name) for name in names]


def _one_or_all(call: Call, rows: list[Json]) -> Any:
    return rows[0] if "symbol" in call.params else rows


def _best(pair: PairMarket) -> Json:
    book = pair.depth()
    bid = level_rows(book.bids, pair.instrument, 1)[0]
    ask = level_rows(book.asks, pair.instrument, 1)[0]
    return {
        "symbol": wire_id(pair.symbol),
        "bidPrice": bid[0],
        "bidQty": bid[1],
        "askPrice": ask[0],
        "askQty": ask[1],
    }
