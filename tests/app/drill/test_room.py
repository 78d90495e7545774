"""What starts, ends and remembers a crash drill, with a sweep that kills nothing."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from fks_desk.app.drill.room import CrashDrills
from fks_desk.core.clock import SteppedClock
from fks_desk.core.crash_drill import (
    POINTS,
    CancelCrashDrill,
    CrashDrill,
    CrashDrillMoved,
    StartCrashDrill,
    StruckPart,
    Verdict,
    VerdictState,
)
from fks_desk.core.errors import TaskError
from fks_desk.core.messages import Event, NoticeRaised
from fks_desk.core.model import Account, Mode
from tests.fakes.trading import DEMO, START


class Place:
    """Hold a desk's memory, which outlives it."""

    def __init__(self, account: Account = DEMO, run: Any = None) -> None:
        self.stored: Mapping[str, Any] | None = None
        self.events: list[Event] = []
        self.account = account
        self.run = run
        self.drills = self.made()

    def made(self) -> CrashDrills:
        return CrashDrills(
            account=self.account,
            load=self.load,
            save=self.save,
            clock=SteppedClock(START),
            publish=self.events.append,
            run=self.run or two_points,
        )

    async def load(self) -> Mapping[str, Any] | None:
        return self.stored

    async def save(self, drill: Mapping[str, Any]) -> None:
        self.stored = drill

    async def ended(self) -> CrashDrill:
        async with asyncio.timeout(30):
            while not (found := [e for e in self.events if is_end(e)]):
                await asyncio.sleep(0.001)
        return found[-1].drill

    def notices(self) -> list[str]:
        return [event.text for event in self.events if isinstance(event, NoticeRaised)]


def is_end(event: Event) -> bool:
    return isinstance(event, CrashDrillMoved) and not event.drill.is_running


def two_points(part, tell, look) -> str:
    """Pass the first point, fail the second and get no further."""
    for point, state in zip(POINTS, (VerdictState.PASSED, VerdictState.FAILED), strict=False):
        verdict = Verdict(point=point, part=part, state=VerdictState.RUNNING)
        tell(verdict)
        tell(replace(verdict, state=state, seconds=1.5, detail="I2: found"))
    return "2 lives"


def endless(part, tell, look) -> str:
    tell(Verdict(point=POINTS[0], part=part, state=VerdictState.PASSED, seconds=1.0))
    tell(Verdict(point=POINTS[1], part=part, state=VerdictState.RUNNING))
    while True:
        look()
        time.sleep(0.001)


async def test_what_came_of_a_drill_is_there_after_a_restart() -> None:
    place = Place()
    await place.drills.start(StartCrashDrill(part=StruckPart.BOTH))
    drill = await place.ended()
    await place.drills.close()

    again = await place.made().last()
    assert again == drill
    assert drill.detail == "2 lives"
    assert [one.state for one in drill.verdicts[:3]] == [
        VerdictState.PASSED, VerdictState.FAILED, VerdictState.WAITING,
    ]  # fmt: skip
    assert {one.part for one in drill.verdicts} == {StruckPart.BOTH}


async def test_a_cancelled_drill_keeps_what_was_judged() -> None:
    place = Place(run=endless)
    await place.drills.start(StartCrashDrill())
    await place.drills.start(StartCrashDrill())
    await asyncio.sleep(0.05)
    running = await place.drills.last()
    await place.drills.cancel(CancelCrashDrill())
    drill = await place.ended()

    assert running is not None
    assert running.is_running
    assert place.notices() == ["A crash drill runs already."]
    assert drill.detail == "cancelled"
    assert drill.count(VerdictState.PASSED) == 1
    assert drill.count(VerdictState.RUNNING) == 0


async def test_the_end_of_the_desk_ends_the_drill() -> None:
    place = Place(run=endless)
    await place.drills.start(StartCrashDrill())
    await place.drills.close()

    assert place.stored is not None
    last = await place.made().last()
    assert last is not None
    assert not last.is_running


async def test_a_drill_that_cannot_begin_says_why() -> None:
    def fails(part, tell, look) -> str:
        raise TaskError("no room for a scratch desk")

    place = Place(run=fails)
    await place.drills.start(StartCrashDrill())

    assert (await place.ended()).detail == "no room for a scratch desk"


@pytest.mark.parametrize("mode", [Mode.TESTNET, Mode.LIVE])
async def test_beside_an_account_at_a_real_venue_no_drill_begins(mode: Mode) -> None:
    place = Place(account=replace(DEMO, mode=mode))
    await place.drills.start(StartCrashDrill())

    assert await place.drills.last() is None
    assert "start it in a desk on the demo exchange" in place.notices()[0]


@pytest.mark.allow_warnings
async def test_a_stored_drill_that_nobody_can_read_is_none() -> None:
    place = Place()
    place.stored = {"began": "soon"}

    assert await place.drills.last() is None
