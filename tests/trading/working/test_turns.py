"""A turn is held by one at a time, and nothing of it is kept afterwards."""

from __future__ import annotations

import asyncio

import pytest

from fks_desk.trading.working.turns import Turns


async def test_a_thing_is_worked_on_by_one_at_a_time_and_then_forgotten() -> None:
    turns: Turns[str] = Turns()
    told: list[str] = []

    async def work(name: str) -> None:
        async with turns.of("family"):
            told.append(f"{name} begins")
            await asyncio.sleep(0)
            told.append(f"{name} ends")

    await asyncio.gather(work("a"), work("b"))

    assert told == ["a begins", "a ends", "b begins", "b ends"]
    assert len(turns) == 0


async def test_who_fails_or_is_cancelled_gives_the_turn_back() -> None:
    turns: Turns[str] = Turns()
    with pytest.raises(ZeroDivisionError):
        async with turns.of("family"):
            raise ZeroDivisionError
    async with turns.of("family"):
        waiting = asyncio.ensure_future(turns.wait_out())
        await asyncio.sleep(0)
        waiting.cancel()
        await asyncio.wait({waiting})

    assert len(turns) == 0


async def test_waiting_out_ends_with_the_turns_under_way() -> None:
    turns: Turns[str] = Turns()
    async with turns.of("family"):
        waiting = asyncio.ensure_future(turns.wait_out())
        await asyncio.sleep(0)
        assert not waiting.done()

    await waiting
    assert len(turns) == 0
