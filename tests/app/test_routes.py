from __future__ import annotations

import asyncio

import pytest

from fks_desk.app.routes import Routes
from fks_desk.core.errors import FKSException
from fks_desk.core.messages import HaltTrading, ResumeTrading


@pytest.fixture
def heard():
    return []


@pytest.fixture
def routes(heard):
    async def hear(command):
        heard.append(command)

    routes = Routes()
    routes.add({HaltTrading: hear})
    return routes


async def test_a_command_goes_to_its_handler(routes, heard):
    routes.open()

    await routes.handle(HaltTrading(reason="storm"))

    assert heard == [HaltTrading(reason="storm")]


async def test_a_command_that_comes_early_waits_for_its_room(routes, heard):
    waiting = asyncio.get_running_loop().create_task(routes.handle(HaltTrading(reason="early")))
    await asyncio.sleep(0)
    assert heard == []

    routes.open()
    await waiting

    assert len(heard) == 1


async def test_a_command_without_a_handler_is_refused_by_name(routes):
    routes.open()

    with pytest.raises(FKSException, match="ResumeTrading is not possible now"):
        await routes.handle(ResumeTrading())


async def test_no_command_is_taken_after_the_end(routes, heard):
    waiting = asyncio.get_running_loop().create_task(routes.handle(HaltTrading(reason="early")))
    await asyncio.sleep(0)

    routes.close("the desk is closing")

    with pytest.raises(FKSException, match="the desk is closing"):
        await waiting
    with pytest.raises(FKSException, match="the desk is closing"):
        await routes.handle(HaltTrading(reason="late"))
    assert heard == []


async def test_a_command_has_one_handler(routes):
    async def other(_command):
        pass

    with pytest.raises(ValueError, match="HaltTrading has a handler already"):
        routes.add({HaltTrading: other, ResumeTrading: other})

    assert routes.kinds == {HaltTrading}


async def test_a_handler_s_error_reaches_whoever_asked(routes):
    async def refuse(_command):
        raise FKSException("not today")

    routes.add({ResumeTrading: refuse})
    routes.open()

    with pytest.raises(FKSException, match="not today"):
        await routes.handle(ResumeTrading())
