"""Kill the exchange under the desk; it comes back where it was."""

from __future__ import annotations

import asyncio

import psutil
import pytest

from fks_desk.app.venue_child import VenueChild
from fks_desk.app.venue_guard import VenueGuard
from fks_desk.core.messages import Event, HealthMoved, HealthState

pytestmark = pytest.mark.allow_warnings


async def test_a_venue_that_dies_comes_back_on_its_port(tmp_path):
    child, told = VenueChild(folder=tmp_path, arguments=()), list[Event]()
    before = await child.start()
    guard = VenueGuard(child=child, publish=told.append, look_every_s=0.02)
    watching = asyncio.get_running_loop().create_task(guard.run())
    psutil.Process(before.pid).kill()
    async with asyncio.timeout(60):
        while len(told) < 3:
            await asyncio.sleep(0.02)
    watching.cancel()

    assert child.link is not None
    assert child.link.pid != before.pid
    assert (child.link.port, child.link.secret) == (before.port, before.secret)
    states = [event.state for event in told if isinstance(event, HealthMoved)]
    assert states == [HealthState.BAD, HealthState.GOOD]
    await child.stop()


async def test_a_desk_that_meets_a_venue_just_being_started_waits_for_it(tmp_path):
    first, second = (VenueChild(folder=tmp_path, arguments=()) for _ in range(2))

    links = await asyncio.gather(first.start(), second.start())

    assert links[0] == links[1]
    await second.stop()
    assert not first.is_alive()
    await first.stop()
