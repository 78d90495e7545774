"""How fast the exchange matches, remembers and tells."""

from __future__ import annotations

import asyncio
import time
from decimal import Decimal

import pytest

from fks_desk.core.model import Side, Timeframe
from fks_desk.venue.front.events import DepthDiffs, kline_events, trade_event
from fks_desk.venue.ledger.ledger import Ledger
from fks_desk.venue.ledger.matching import Book, Matching
from fks_desk.venue.ledger.records import Deposited, LedgerKind
from fks_desk.venue.ledger.rules import Request
from fks_desk.venue.market.depth import depth_around
from fks_desk.venue.market.listing import demo_listings
from fks_desk.venue.market.pair import PairMarket
from fks_desk.venue.market.synthetic import SyntheticSource
from tests.fakes.venue import raw_client, running_venue

BTC = "BTC/USDT"
NOW = 1_800_000_030_000


def moving_pair(rate: float = 1_000.0) -> PairMarket:
    listing = demo_listings()[0]
    pair = PairMarket(
        listing, SyntheticSource(listing, seed=7, history_days=500), prints_per_s=rate
    )
    pair.start(NOW)
    return pair


def test_matching_orders(benchmark):
    instrument = demo_listings()[0].instrument
    depth = depth_around(6_000_000, instrument, 0)
    book = Book(
        last=Decimal(60_000),
        bids=depth.bids.levels(instrument),
        asks=depth.asks.levels(instrument),
    )
    ledger = Ledger()
    matching = Matching(ledger=ledger, instruments={BTC: instrument}, fee_rate=Decimal("0.001"))
    ledger.apply([Deposited(1, "USDT", Decimal(10**12), 0)])

    def trade_hundred() -> None:
        for _ in range(100):
            number = ledger.next_order_id
            request = Request(
                uid=1,
                symbol=BTC,
                client_id=str(number),
                side=Side.BUY,
                kind=LedgerKind.LIMIT,
                price=Decimal(60_003),
                size=Decimal("0.1"),
            )
            ledger.apply(matching.place(request, book, 0))
            ledger.apply(matching.on_print(BTC, Decimal(60_000), 1))

    benchmark.extra_info["orders"] = 100
    benchmark(trade_hundred)


def test_history_of_500_days_from_nothing(benchmark):
    listing = demo_listings()[0]
    benchmark.pedantic(
        lambda source: source.last(Timeframe.D1, NOW, 500),
        setup=lambda: ((SyntheticSource(listing, seed=7, history_days=500),), {}),
        rounds=5,
    )


def test_one_minute_of_a_thousand_prints_a_second(benchmark):
    benchmark.pedantic(
        lambda pair: [trade_event(item, NOW) for item in pair.advance(NOW + 60_000)],
        setup=lambda: ((moving_pair(),), {}),
        rounds=3,
    )


def test_one_change_of_the_book(benchmark):
    pair = moving_pair()
    diffs, now = DepthDiffs(pair), [NOW]

    def change() -> None:
        now[0] += 100
        pair.advance(now[0])
        diffs.take(now[0])

    benchmark(change)


def test_one_forming_daily_candle(benchmark):
    pair = moving_pair()
    benchmark(lambda: list(kline_events(pair, Timeframe.D1, NOW // 86_400_000 * 86_400_000, NOW)))


@pytest.mark.parametrize("rate", [1_000.0, 3_000.0])
def test_trade_frames_over_a_socket(benchmark, tmp_path, rate):
    """Count frames that arrive in three seconds; the venue must keep up with the rate."""

    async def listen() -> float:
        async with (
            running_venue(tmp_path, message_rate=rate) as ready,
            raw_client(ready) as raw,
            raw.session.ws_connect(raw.root + "/stream") as ws,
        ):
            names = [f"{name}usdt@trade" for name in ("btc", "eth", "bnb", "ada", "sol")]
            await ws.send_json({"method": "SUBSCRIBE", "params": names, "id": 1})
            started, count = time.perf_counter(), 0
            while time.perf_counter() - started < 3:
                await ws.receive()
                count += 1
            return count / 3

    arrived = benchmark.pedantic(lambda: asyncio.run(listen()), rounds=1)

    benchmark.extra_info["frames_per_s"] = round(arrived)
    assert arrived > rate * 0.9
