"""How fast the exchange matches, remembers and tells."""

from __future__ import annotations

import asyncio
import gc
import statistics
import time
from collections import deque
from collections.abc import Iterator
from decimal import Decimal

import pytest

from fks_desk.core.model import BookLevel, Side, Timeframe
from fks_desk.venue.front.events import DepthDiffs, kline_events, trade_event
from fks_desk.venue.ledger.bookkeeper import happenings_of
from fks_desk.venue.ledger.ledger import Ledger
from fks_desk.venue.ledger.liquidity import Liquidity
from fks_desk.venue.ledger.matching import Matching
from fks_desk.venue.ledger.records import Deposited, LedgerKind, LedgerOrder
from fks_desk.venue.ledger.rules import Refusal, Request
from fks_desk.venue.market.listing import demo_listings
from fks_desk.venue.market.pair import PairMarket
from fks_desk.venue.market.synthetic import SyntheticSource
from tests.benchmarks.measure import Measure, more_is_better
from tests.fakes.venue import raw_client, running_venue

BTC = "BTC/USDT"
NOW = 1_800_000_030_000
ORDERS, ROUNDS = 20_000, 5
ACCOUNTS = 7  # no multiple of the mix, so that nobody meets himself
MOST_RESTING = 500
LEAST_ORDERS_PER_S = 50_000


def moving_pair(rate: float = 1_000.0) -> PairMarket:
    listing = demo_listings()[0]
    pair = PairMarket(
        listing, SyntheticSource(listing, seed=7, history_days=500), prints_per_s=rate
    )
    pair.start(NOW)
    return pair


def measures() -> Iterator[Measure]:
    """Yield how many orders a second one core matches, with filters, fees and events.

    A quarter of the orders rests until it is cancelled, a quarter takes from the
    market, and a quarter rests until the last quarter, of another account, meets it.
    """
    rates = [_orders_per_s() for _ in range(ROUNDS)]
    yield more_is_better(
        "orders.venue_match",
        statistics.median(rates),
        "orders/s",
        "wanted",
        LEAST_ORDERS_PER_S,
        best=max(rates),
        rounds=ROUNDS,
    )


def _orders_per_s() -> float:
    """Place every order and return how many a second of processor time that makes."""
    floor = _Floor()
    wanted = [floor.request(number) for number in range(ORDERS)]
    gc.collect()
    started = time.process_time()
    for number, request in enumerate(wanted):
        floor.place(request, number)
    return ORDERS / (time.process_time() - started)


class _Floor:
    """Hold a matching core with a few rich accounts; events are made as for listeners."""

    def __init__(self) -> None:
        self.instrument = demo_listings()[0].instrument
        self.ledger = Ledger()
        self.events = 0
        self._resting: deque[LedgerOrder] = deque()
        depth = [BookLevel(price=Decimal(60_010), size=Decimal(10**9))]
        liquidity = Liquidity(last=Decimal(60_000), bids=[], asks=depth)
        self.matching = Matching(
            ledger=self.ledger,
            instruments={BTC: self.instrument},
            fee_rate=Decimal("0.001"),
            liquidity=lambda _symbol: liquidity,
        )
        for uid in range(ACCOUNTS):
            self.ledger.apply([Deposited(uid, name, Decimal(10**9), 0) for name in BTC.split("/")])

    def request(self, number: int) -> Request:
        """Return the next of the mix: one that rests, one for the market, two that meet."""
        turn = number % 4
        prices = (59_900 + number % 97, 60_010, 60_000, 60_000)
        sides = (Side.BUY, Side.BUY, Side.SELL, Side.BUY)
        return Request(
            uid=number % ACCOUNTS,
            symbol=BTC,
            client_id=f"bench-{number}",
            side=sides[turn],
            kind=LedgerKind.LIMIT,
            price=Decimal(prices[turn]),
            size=Decimal("0.01"),
        )

    def place(self, request: Request, moment_ms: int) -> None:
        """Place one order; the oldest that rest are cancelled to make room."""
        steps = self.matching.place(request, moment_ms)
        assert not isinstance(steps, Refusal), steps
        self.events += len(happenings_of(self.ledger, steps, moment_ms))
        order = steps[0][1]
        assert order is not None
        if moment_ms % 4 == 0:
            self._resting.append(order)
        if len(self._resting) > MOST_RESTING:
            gone = self.matching.cancel(self._resting.popleft(), "x", moment_ms)
            self.events += len(happenings_of(self.ledger, gone, moment_ms))


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
