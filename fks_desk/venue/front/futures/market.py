"""Answer questions about the perpetuals' market: marks, funding and open interest."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from fks_desk.venue.faults import OutageKind
from fks_desk.venue.front import public
from fks_desk.venue.front.call import Call
from fks_desk.venue.front.futures.wire import symbol_info
from fks_desk.venue.front.weights import rate_limits
from fks_desk.venue.front.wire import Json, text
from fks_desk.venue.market.listing import wire_id
from fks_desk.venue.market.pair import PairMarket
from fks_desk.venue.perpetual.exchange import PerpetualExchange

_OPEN_PART = 0.3  # of a day's volume


async def exchange_info(call: Call) -> Json:
    """Tell what is listed, with filters and limits."""
    return {
        "timezone": "UTC",
        "serverTime": call.counter.server_ms(),
        "futuresType": "U_MARGINED",
        "rateLimits": rate_limits(),
        "exchangeFilters": [],
        "assets": [{"asset": "USDT", "marginAvailable": True, "autoAssetExchange": "0"}],
        "symbols": [_symbol(call, pair) for pair in call.pairs()],
    }


async def depth(call: Call) -> Json:
    """Return the order book with the moments that futures add."""
    now = call.stage.now_ms()
    return {**await public.depth(call), "E": now, "T": now}


async def premium_index(call: Call) -> Any:
    """Return mark, index and funding of one perpetual or of all."""
    rows = [mark_info(call.perpetual, pair) for pair in call.pairs()]
    return rows[0] if "symbol" in call.params else rows


async def funding_rates(call: Call) -> list[Json]:
    """Return the newest funding rates that were due, oldest first."""
    perpetual, limit = call.perpetual, call.params.limit(100, 1000)
    length, now = perpetual.funding_ms, perpetual.now_ms()
    start = call.params.integer("startTime")
    end = min(call.params.integer("endTime") or now, now)
    last = end // length * length
    first = last - (limit - 1) * length
    if start is not None:
        first = max(-(-start // length) * length, 0)
        last = min(last, first + (limit - 1) * length)
    return [
        {
            "symbol": wire_id(pair.symbol),
            "fundingRate": text(perpetual.rate_at(pair.symbol, moment_ms)),
            "fundingTime": moment_ms,
            "markPrice": text(perpetual.index_of(pair.symbol)),
        }
        for pair in call.pairs()
        for moment_ms in range(first, last + 1, length)
    ]


async def funding_info(call: Call) -> list[Json]:
    """Return how often funding is due."""
    hours = max(1, call.perpetual.funding_ms // 3_600_000)
    return [
        {
            "symbol": wire_id(pair.symbol),
            "adjustedFundingRateCap": "0.02000000",
            "adjustedFundingRateFloor": "-0.02000000",
            "fundingIntervalHours": hours,
            "disclaimer": False,
        }
        for pair in call.pairs()
    ]


async def open_interest(call: Call) -> Json:
    """Return how much is held open: a part of the day's volume, and what accounts hold."""
    pair = call.pair()
    day = pair.day()
    lots = int(day.volume[0] * _OPEN_PART) if len(day) else 0
    ours = abs(call.perpetual.ledger.market_sizes[pair.symbol])
    return {
        "symbol": wire_id(pair.symbol),
        "openInterest": text(lots * pair.instrument.lot + ours),
        "time": call.stage.now_ms(),
    }


def mark_info(perpetual: PerpetualExchange, pair: PairMarket) -> Json:
    """Return mark, index and the next funding of one perpetual."""
    due = perpetual.next_funding_ms()
    index = text(perpetual.index_of(pair.symbol))
    return {
        "symbol": wire_id(pair.symbol),
        "markPrice": text(perpetual.mark_of(pair.symbol)),
        "indexPrice": index,
        "estimatedSettlePrice": index,
        "lastFundingRate": text(perpetual.rate_at(pair.symbol, due)),
        "interestRate": "0.00010000",
        "nextFundingTime": due,
        "time": perpetual.now_ms(),
    }


def _symbol(call: Call, pair: PairMarket) -> Json:
    known = pair.instrument
    is_halted = call.counter.faults.is_out(OutageKind.HALT, known.symbol)
    return symbol_info(replace(known, is_trading=known.is_trading and not is_halted))
