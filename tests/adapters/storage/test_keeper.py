"""Bring the server back when it ends, and say why if it does not."""

from __future__ import annotations

import asyncio

import pytest

from fks_desk.adapters.storage.embedded import ServerStatus
from fks_desk.adapters.storage.keeper import ServerKeeper
from fks_desk.core.errors import StorageError


class Server:
    """Stand in for a server that is killed and refuses to start a few times."""

    def __init__(self, refusals=0):
        self.is_running = True
        self.starts = 0
        self._refusals = refusals

    def status(self):
        return ServerStatus(is_running=self.is_running, pid=None, url=None)

    def start(self):
        self.starts += 1
        if self.starts <= self._refusals:
            raise StorageError("the disk is full")
        self.is_running = True
        return True


async def watched(server, until):
    told = []
    keeper = ServerKeeper(
        server=server, on_change=lambda up, why: told.append((up, why)), every_s=0.01
    )
    task = asyncio.get_running_loop().create_task(keeper.run())
    try:
        async with asyncio.timeout(5):
            while not until(told):
                await asyncio.sleep(0.005)
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    return told


@pytest.mark.allow_warnings
async def test_a_server_that_ended_is_started_again():
    server = Server()
    server.is_running = False

    told = await watched(server, lambda told: told[-1:] == [(True, "")])

    assert server.starts == 1
    assert [up for up, _ in told] == [False, True]


@pytest.mark.allow_warnings
async def test_a_server_that_does_not_start_is_tried_again_with_the_reason():
    server = Server(refusals=2)
    server.is_running = False

    told = await watched(server, lambda told: told[-1:] == [(True, "")])

    assert server.starts == 3
    assert (False, "the disk is full") in told


async def test_a_running_server_is_left_alone():
    server = Server()
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.1):
            await watched(server, bool)

    assert server.starts == 0
