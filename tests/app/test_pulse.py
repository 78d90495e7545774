from __future__ import annotations

import asyncio
from datetime import timedelta

from fks_desk.app.pulse import BEAT_S, LONGEST_S, Pulse
from fks_desk.core.clock import SteppedClock
from tests.fakes.trading import START
from tests.fakes.virtual import LoopClock, VirtualLoop


def test_a_desk_that_runs_is_never_told_to_wake() -> None:
    gaps: list[float] = []

    async def live() -> None:
        clock = LoopClock(START, asyncio.get_running_loop().time)
        pulse = Pulse(clock=clock, on_wake=gaps.append)
        pulse.start()
        await asyncio.sleep(3600)
        pulse.stop()
        await asyncio.sleep(3600)

    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        runner.run(live())

    assert gaps == []


def test_the_first_beat_after_a_sleep_tells_how_long_it_was_and_tells_it_once() -> None:
    gaps: list[float] = []

    async def live() -> None:
        clock = LoopClock(START, asyncio.get_running_loop().time)
        pulse = Pulse(clock=clock, on_wake=gaps.append)
        pulse.start()
        await asyncio.sleep(5)
        clock.error = timedelta(seconds=90)
        await asyncio.sleep(2 * BEAT_S)
        pulse.stop()

    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        runner.run(live())

    assert len(gaps) == 1
    assert 90 <= gaps[0] <= 90 + BEAT_S


async def test_a_command_beats_before_the_next_second_does() -> None:
    gaps: list[float] = []
    clock = SteppedClock(START)
    pulse = Pulse(clock=clock, on_wake=gaps.append)
    pulse.beat()
    pulse.start()
    clock.advance(timedelta(seconds=LONGEST_S))
    pulse.beat()
    clock.advance(timedelta(seconds=LONGEST_S + 1))
    pulse.beat()
    pulse.stop()

    assert gaps == [LONGEST_S + 1]


async def test_a_clock_that_was_set_back_wakes_nobody() -> None:
    gaps: list[float] = []
    clock = SteppedClock(START)
    pulse = Pulse(clock=clock, on_wake=gaps.append)
    pulse.start()
    clock.step(START - timedelta(hours=1))
    pulse.beat()
    pulse.stop()

    assert gaps == []
