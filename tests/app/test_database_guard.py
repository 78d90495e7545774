"""Look after a server: start it again when it is gone, and only then."""

from __future__ import annotations

import asyncio
import threading

import pytest

from fks_desk.app.database_guard import DatabaseGuard
from fks_desk.core.errors import StorageError
from fks_desk.core.messages import Event, HealthMoved, HealthState, NoticeRaised

pytestmark = pytest.mark.allow_warnings


class Server:
    """Stand for an embedded server that can be gone and refuse to start."""

    def __init__(self, refusals: int = 0) -> None:
        self.is_there = True
        self.has_reserve = True
        self.starts = 0
        self.may_start = threading.Event()
        self.may_start.set()
        self._refusals = refusals

    def has_process(self) -> bool:
        return self.is_there

    def start(self) -> bool:
        self.may_start.wait(5)
        self.starts += 1
        if self.starts <= self._refusals:
            raise StorageError("the disk is full; free some space")
        self.is_there = True
        return True


async def guarded(server: Server, told: list[Event], until: int) -> asyncio.Task[None]:
    guard = DatabaseGuard(server=server, publish=told.append, look_every_s=0.01)  # type: ignore[arg-type]
    watching = asyncio.get_running_loop().create_task(guard.run())
    await asyncio.sleep(0.05)

    assert (server.starts, told) == (0, [])
    server.is_there = False
    async with asyncio.timeout(30):
        while len(told) < until:
            await asyncio.sleep(0.01)
    return watching


async def test_a_server_that_is_gone_is_started_again_and_that_is_told():
    server, told = Server(), list[Event]()
    (await guarded(server, told, until=3)).cancel()

    assert server.starts == 1
    states = [event.state for event in told if isinstance(event, HealthMoved)]
    assert states == [HealthState.BAD, HealthState.GOOD]
    assert isinstance(told[-1], NoticeRaised)


async def test_a_disk_that_is_nearly_full_is_told_with_the_start():
    server, told = Server(), list[Event]()
    server.has_reserve = False
    (await guarded(server, told, until=3)).cancel()

    assert isinstance(told[-1], NoticeRaised)
    assert told[-1].text.endswith("Its disk is nearly full: free some space now.")


async def test_a_server_that_cannot_start_is_tried_again_and_says_why():
    server, told = Server(refusals=1), list[Event]()
    (await guarded(server, told, until=4)).cancel()

    assert server.starts == 2
    details = [event.detail for event in told if isinstance(event, HealthMoved)]
    assert details[1] == "the disk is full; free some space"


async def test_whoever_closes_waits_for_a_start_under_way():
    server, told = Server(), list[Event]()
    server.may_start.clear()
    watching = await guarded(server, told, until=1)
    await asyncio.sleep(0.05)
    watching.cancel()
    await asyncio.sleep(0.05)
    assert not watching.done()

    server.may_start.set()
    await asyncio.wait({watching})

    assert watching.cancelled()
    assert server.starts == 1
