"""Cut the network under living candles, and count the rows when it is back.

FKS_LONG=1 runs the cut of three real minutes beside the compressed one.
"""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Callable
from contextlib import suppress

import pytest

from fks_desk.core.bus import Bus
from fks_desk.core.clock import SystemClock
from fks_desk.core.errors import FKSException
from fks_desk.core.frame import Frame
from fks_desk.core.messages import CandleClosed, FeedMoved, FeedState, GapFound, WatchCandles
from fks_desk.core.model import Timeframe, VenueId
from fks_desk.market.backfill import Backfill
from fks_desk.market.feeds import Feeds
from fks_desk.market.gaps import find_gaps
from fks_desk.market.recorder import Recorder
from fks_desk.resilience.breaker import BreakerState
from fks_desk.resilience.retry import Waits
from fks_desk.venue.faults import OutageKind
from fks_desk.venue.market.replay import ReplayOptions
from tests.fakes.candles import MINUTE_MS, walk
from tests.fakes.market import CandleTable
from tests.faults.place import Place, opened

pytestmark = [pytest.mark.allow_warnings, pytest.mark.slow]

M1 = Timeframe.M1
SHOWN_WITHIN_S, FILLED_WITHIN_S = 10.0, 60.0


class Room:
    """Keep the candles of one market in a table, as the desk does."""

    def __init__(self, place: Place, waits: Waits) -> None:
        self.bus, self.table = Bus(), CandleTable()
        self.states: list[FeedState] = []
        self.gaps = self.closed = 0
        self.recorder = Recorder(candles=self.table, publish=self.bus.publish, batch_s=0.05)
        self.bus.subscribe(CandleClosed, self.recorder.on_candle_closed)
        self.bus.subscribe(CandleClosed, self._count_closed)
        self.bus.subscribe(GapFound, self._count_gap)
        self.bus.subscribe(FeedMoved, lambda told: self.states.append(told.state))
        self.feeds = Feeds(
            sources={VenueId("demo"): place.connection.market},
            lookup={place.btc.id: place.btc}.__getitem__,
            backfill=Backfill(
                sources={VenueId("demo"): place.connection.history},
                reader=self.table,
                writer=self.table,
                publish=self.bus.publish,
                depth=50,
            ),
            clock=SystemClock(),
            publish=self.bus.publish,
            waits=waits,
        )
        self._id = place.btc.id

    def _count_gap(self, _told: GapFound) -> None:
        self.gaps += 1

    def _count_closed(self, _told: CandleClosed) -> None:
        self.closed += 1

    @property
    def rows(self) -> list[object]:
        return list(self.table.series(self._id, M1))

    def is_whole(self) -> bool:
        return not find_gaps(Frame.of(self.table.series(self._id, M1)), M1)

    async def __aenter__(self) -> Room:
        self.recorder.start()
        await self.feeds.watch_candles(WatchCandles(instrument=self._id, timeframe=M1))
        return self

    async def __aexit__(self, *_error: object) -> None:
        await self.feeds.close()
        await self.recorder.close()


async def seconds_until(condition: Callable[[], bool], patience_s: float) -> float:
    began = time.monotonic()
    async with asyncio.timeout(patience_s):
        while not condition():
            await asyncio.sleep(0.01)
    return time.monotonic() - began


async def rows_are_the_venues(place: Place, room: Room) -> int:
    """Compare every row with the venue's history and return how many there are."""
    rows = room.table.series(place.btc.id, M1)
    told = await place.connection.history.history(place.btc, M1, rows[0].opened, 1000)
    theirs = {one.opened: (one.open, one.high, one.low, one.close) for one in told}
    count = (rows[-1].opened - rows[0].opened) // M1.delta + 1

    assert len(rows) == count
    assert [(row.open, row.high, row.low, row.close) for row in rows] == [
        theirs[row.opened] for row in rows
    ]
    return count


async def asked_in_vain(place: Place) -> None:
    """Ask the venue again and again, as the desk's own checks do while nobody answers."""
    while True:
        with suppress(FKSException):
            await place.connection.history.server_offset_ms()
        await asyncio.sleep(0.1)


async def test_three_minutes_of_market_without_a_network_are_filled_exactly(tmp_path) -> None:
    # The market runs a hundred times as fast: three of its minutes are two seconds.
    frame = walk(900, step_ms=MINUTE_MS, price=60_000)
    replay = ReplayOptions(
        symbol="BTC/USDT", timeframe=M1, frame=frame, speed=100, live_candles=800
    )
    async with (
        opened(tmp_path, is_proxied=True, venue={"replay": replay}, is_replayed=True) as place,
        Room(place, Waits(first_s=0.05, longest_s=0.3)) as room,
    ):
        await seconds_until(lambda: room.closed >= 3 and len(room.rows) >= 50, 60)
        before = len(room.states)
        place.proxy.be(refuses=True)
        place.proxy.cut()
        asking = asyncio.get_running_loop().create_task(asked_in_vain(place))
        await seconds_until(lambda: FeedState.DOWN in room.states[before:], 60)
        await asyncio.sleep(2.5)
        asking.cancel()
        # So the venue has just been given up, which must not hold the repair up for long.
        assert place.connection.history.breaker.state is BreakerState.OPEN
        assert place.connection.history.breaker.timeout < FILLED_WITHIN_S / 3
        place.proxy.be()
        await seconds_until(lambda: room.gaps >= 1 and room.is_whole(), 60)
        closed = room.closed
        await seconds_until(lambda: room.closed >= closed + 2 and room.is_whole(), 60)

        assert await rows_are_the_venues(place, room) >= 55


@pytest.mark.load
@pytest.mark.timeout(900)
@pytest.mark.skipif(not os.environ.get("FKS_LONG"), reason="part of the long run: set FKS_LONG=1")
async def test_three_real_minutes_show_at_once_and_are_filled_within_a_minute(
    tmp_path, capsys: pytest.CaptureFixture[str]
) -> None:
    async with opened(tmp_path) as place, Room(place, Waits()) as room:
        await seconds_until(lambda: room.closed >= 1 and len(room.rows) >= 50, 120)
        before = len(room.states)
        await place.admin("faults", {"outages": [{"kind": OutageKind.CUT, "for_s": 180.0}]})
        shown = await seconds_until(lambda: FeedState.DOWN in room.states[before:], 60)
        await asyncio.sleep(180.5 - shown)
        filled = await seconds_until(lambda: room.gaps >= 1 and room.is_whole(), 120)
        rows = await rows_are_the_venues(place, room)
    with capsys.disabled():
        print(f"\nshown after {shown:.1f} s, filled {filled:.1f} s after the return, {rows} rows")

    assert shown < SHOWN_WITHIN_S
    assert filled < FILLED_WITHIN_S
