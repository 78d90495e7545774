"""Row R1: a pause that an exchange asked for is counted down on the screen."""

from __future__ import annotations

import asyncio
from datetime import timedelta

from fks_desk.adapters.exchange.gate import Gate
from fks_desk.app.countdown import count_down
from fks_desk.core.clock import SteppedClock
from fks_desk.core.messages import HealthState
from fks_desk.core.model import VenueId
from fks_desk.resilience.breaker import CircuitBreaker
from tests.fakes.rows import NOW


async def test_a_pause_is_told_every_second_and_its_end_once(allow_warnings):
    clock, told = SteppedClock(NOW), []
    gate = Gate(venue="demo", clock=clock)
    gates = {VenueId("demo"): (gate, CircuitBreaker(name="demo"))}
    counting = asyncio.get_running_loop().create_task(
        count_down(lambda: gates, told.append, every_s=0)
    )
    await turns()
    assert told == []

    gate.hold(3.0)
    await until(lambda: told)
    clock.advance(timedelta(seconds=1))
    await until(lambda: "for 2 s more" in told[-1].detail)
    clock.advance(timedelta(seconds=2))
    await until(lambda: told[-1].state is HealthState.GOOD)
    count = len(told)
    await turns()
    counting.cancel()

    assert "wants to be left alone for 3 s more" in told[0].detail
    assert told[0].state is HealthState.BAD
    assert len(told) == count


async def turns():
    for _ in range(20):
        await asyncio.sleep(0)


async def until(is_so):
    async with asyncio.timeout(30):
        while not is_so():
            await asyncio.sleep(0)
