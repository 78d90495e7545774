"""A stream reconnects on what the network does and tells how old its news is."""

from __future__ import annotations

import asyncio

import pytest

from fks_desk.core.clock import SteppedClock
from fks_desk.core.errors import DataError, FeedUnavailable
from fks_desk.core.messages import FeedState
from fks_desk.market.stream import Stream, StreamName
from fks_desk.resilience.retry import Waits
from tests.fakes.market import START, FakeSource, an_instrument, until


class Bench:
    def __init__(self, expected_s: float = 1.0) -> None:
        self.source, self.clock = FakeSource(), SteppedClock(START)
        self.told, self.taken, self.again = [], [], 0
        self.stream = Stream(
            name=StreamName(instrument=an_instrument().id, what="trades"),
            begin=lambda: self.source.trades(an_instrument()),
            take=self.taken.append,
            again=self._on_again,
            expected_s=expected_s,
            clock=self.clock,
            publish=self.told.append,
            waits=Waits(first_s=0.001, longest_s=0.01),
        )

    def _on_again(self) -> None:
        self.again += 1

    def push(self, *values) -> None:
        self.source.push("trades BTC/USDT", *values)

    @property
    def states(self) -> list[str]:
        return [event.state.value for event in self.told]

    async def __aenter__(self):
        self.task = asyncio.get_running_loop().create_task(self.stream.run())
        return self

    async def __aexit__(self, *_error):
        self.task.cancel()
        await asyncio.gather(self.task, return_exceptions=True)


async def test_it_is_connecting_and_then_live():
    async with Bench() as bench:
        bench.push(1, 2)
        await until(lambda: len(bench.taken) == 2)

    assert bench.states == ["connecting", "live"]
    assert bench.source.open_streams == 0


async def test_a_lost_connection_is_begun_again_and_somebody_is_told():
    async with Bench() as bench:
        bench.push(1, FeedUnavailable("gone"), 2)
        await until(lambda: bench.taken == [1, 2])

    assert bench.states == ["connecting", "live", "down", "connecting", "live"]
    assert bench.told[2].detail == "gone"
    assert (bench.again, bench.stream.losses) == (1, 1)


async def test_silence_makes_it_stale_and_news_makes_it_live():
    async with Bench(expected_s=1.0) as bench:
        bench.push(1)
        await until(lambda: bench.taken == [1])
        from datetime import timedelta

        bench.clock.advance(timedelta(seconds=2.9))
        bench.stream.check_age()
        assert bench.stream.state is FeedState.LIVE
        bench.clock.advance(timedelta(seconds=0.2))
        bench.stream.check_age()
        assert bench.stream.state is FeedState.STALE
        bench.push(2)
        await until(lambda: bench.taken == [1, 2])

    assert bench.states == ["connecting", "live", "stale", "live"]
    assert bench.again == 0


async def test_ten_seconds_are_the_longest_silence():
    from datetime import timedelta

    async with Bench(expected_s=600) as bench:
        bench.push(1)
        await until(lambda: bench.taken == [1])
        bench.clock.advance(timedelta(seconds=10.5))
        bench.stream.check_age()

    assert bench.stream.state is FeedState.STALE


async def test_what_cannot_get_better_is_not_tried_again():
    async with Bench() as bench:
        bench.push(DataError("no such symbol"))
        with pytest.raises(DataError):
            await bench.task

    assert bench.states == ["connecting", "down"]
    assert len(bench.source.begun) == 1


async def test_a_bug_ends_it_loudly():
    async with Bench() as bench:
        bench.push(KeyError("a bug"))
        with pytest.raises(KeyError):
            await bench.task
