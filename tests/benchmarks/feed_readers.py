"""Read the same frames with the hot lane, with ccxt and with cryptofeed."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import orjson

from fks_desk.adapters.exchange.books import Depth
from fks_desk.adapters.exchange.hot import values
from fks_desk.adapters.exchange.hot.frames import DepthChange, Kline
from fks_desk.adapters.exchange.hot.lane import HotLane
from fks_desk.adapters.exchange.package import exchange_class
from fks_desk.core.clock import SystemClock
from fks_desk.core.model import InstrumentId, Timeframe
from tests.benchmarks.feed_frames import FIRST_UPDATE
from tests.benchmarks.peers import asked

BTC = InstrumentId("binance:spot:BTC/USDT")
SNAPSHOT = {"lastUpdateId": FIRST_UPDATE, "bids": [], "asks": []}
CRYPTOFEED = "cryptofeed==2.4.1"
PEER = Path(__file__).parent / "feed_peer.py"

Levels = list[tuple[Decimal, Decimal]]


@dataclass(frozen=True)
class Reading:
    """Hold how many frames a second of processor time were read, and the book they left."""

    rate: float
    bids: Levels
    asks: Levels


def hot(frames: list[str]) -> Reading:
    lane, depth, now = HotLane(venue="binance"), Depth(SNAPSHOT), SystemClock().now
    began = time.process_time()
    for text in frames:
        frame = lane.take(text)
        kind = frame.__class__
        if kind is DepthChange:
            assert depth.apply(frame)
        elif kind is Kline:
            values.candle(frame, BTC, Timeframe.M1, now())
        else:
            values.market_trade(frame, BTC, now())
    # What is put off until somebody looks belongs to the work.
    books = depth.bids(), depth.asks()
    seconds = time.process_time() - began
    assert lane.read == len(frames)
    sides = [[(one.price, one.size) for one in side] for side in books]
    return Reading(len(frames) / seconds, *sides)


def ccxt(frames: list[str]) -> Reading:
    return asyncio.run(_ccxt(frames))


async def _ccxt(frames: list[str]) -> Reading:
    client = exchange_class("binance")()
    market = {"id": "BTCUSDT", "symbol": "BTC/USDT", "base": "BTC", "quote": "USDT"}
    kind = {"type": "spot", "spot": True, "active": True}
    client.set_markets([client.safe_market_structure({**market, **kind})])
    book = client.orderbooks["BTC/USDT"] = client.order_book({}, 100_000)
    book["nonce"], book["symbol"] = FIRST_UPDATE, "BTC/USDT"
    url = "wss://stream.binance.com:9443/stream"
    socket = SimpleNamespace(url=url, subscriptions={}, resolve=_nothing, reject=_raise)
    began = time.process_time()
    for text in frames:
        client.handle_message(socket, orjson.loads(text))
    seconds = time.process_time() - began
    await client.close()
    sides = [[_level(row) for row in book[side]] for side in ("bids", "asks")]
    return Reading(len(frames) / seconds, *sides)


def cryptofeed(file: Path, rounds: int) -> Reading | str:
    """Return why it cannot run here if it cannot."""
    told = asked("cryptofeed", [CRYPTOFEED], PEER, str(file), str(FIRST_UPDATE), str(rounds))
    if "missing" in told:
        return str(told["missing"])
    bids, asks = ([_level(row) for row in told[side]] for side in ("bids", "asks"))
    return Reading(told["rate"], sorted(bids, reverse=True), sorted(asks))


def _level(row: Any) -> tuple[Decimal, Decimal]:
    return Decimal(str(row[0])).normalize(), Decimal(str(row[1])).normalize()


def same_books(one: Reading, other: Reading) -> bool:
    return all(
        [_level(row) for row in mine] == [_level(row) for row in theirs]
        for mine, theirs in ((one.bids, other.bids), (one.asks, other.asks))
    )


def _nothing(*_said: Any) -> None:
    return None


def _raise(error: BaseException, *_where: Any) -> None:
    raise error
