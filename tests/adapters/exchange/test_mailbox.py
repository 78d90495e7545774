"""Messages are handed over in order, none is lost, and an overrun is told."""

from __future__ import annotations

import asyncio

import pytest

from fks_desk.adapters.exchange.mailbox import Mailbox
from fks_desk.core.errors import FeedUnavailable


async def test_every_message_arrives_once_and_in_order():
    box = Mailbox()
    for number in range(1000):
        box.put({"n": number})

    assert [(await box.take())["n"] for _ in range(1000)] == list(range(1000))


async def test_a_reader_waits_for_the_next_message():
    box = Mailbox()
    reader = asyncio.get_running_loop().create_task(box.take())
    await asyncio.sleep(0)
    box.put({"n": 1})

    assert await reader == {"n": 1}


async def test_what_came_before_an_error_is_still_read():
    box = Mailbox()
    box.put({"n": 1})
    box.fail(FeedUnavailable("gone"))
    box.fail(FeedUnavailable("gone again"))

    assert await box.take() == {"n": 1}
    with pytest.raises(FeedUnavailable, match=r"^gone$"):
        await box.take()


async def test_a_reader_that_falls_too_far_behind_is_told():
    box = Mailbox(limit=2)
    for number in range(3):
        box.put({"n": number})

    assert [await box.take(), await box.take()] == [{"n": 0}, {"n": 1}]
    with pytest.raises(FeedUnavailable, match="2 messages behind"):
        await box.take()


async def test_a_full_box_lets_others_run():
    box, turns = Mailbox(), []
    for number in range(1000):
        box.put({"n": number})

    async def other():
        turns.append(len(box))

    task = asyncio.get_running_loop().create_task(other())
    for _ in range(1000):
        await box.take()

    assert turns[0] > 0
    await task


async def test_all_that_waits_can_be_taken_together():
    box = Mailbox()
    for number in range(3):
        box.put(number)

    assert await box.take_all() == [0, 1, 2]
    assert len(box) == 0
