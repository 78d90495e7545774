from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing

import pytest

from fks_desk.core.errors import FeedUnavailable
from fks_desk.trading.following.gathering import gathered


class Source:
    """Tell what it is given; a lost source fails after that."""

    def __init__(self, *items: int, error: Exception | None = None) -> None:
        self.waiting: asyncio.Queue[int | None] = asyncio.Queue()
        self.error = error
        self.told = 0
        for item in items:
            self.waiting.put_nowait(item)

    async def items(self) -> AsyncIterator[int]:
        while (item := await self.waiting.get()) is not None:
            self.told += 1
            yield item
        if self.error is not None:
            raise self.error


async def test_a_lone_item_comes_at_once_and_those_that_waited_come_together() -> None:
    source, batches = Source(1), []

    async with aclosing(gathered(source.items(), most=10)) as stream:
        async for batch in stream:
            batches.append(batch)
            if len(batches) == 1:
                for item in (2, 3, 4, None):
                    source.waiting.put_nowait(item)
                await asyncio.sleep(0.01)

    assert batches == [[1], [2, 3, 4]]


async def test_a_batch_is_never_larger_than_allowed_and_the_source_waits() -> None:
    source, batches = Source(*range(25), None), []  # type: ignore[arg-type]  # None ends it

    async with aclosing(gathered(source.items(), most=10)) as stream:
        async for batch in stream:
            await asyncio.sleep(0)
            batches.append(batch)

            assert source.told - sum(map(len, batches)) <= 10 + 1
    assert [item for batch in batches for item in batch] == list(range(25))
    assert max(map(len, batches)) <= 10


async def all_of(source: Source, taken: list[int]) -> None:
    async with aclosing(gathered(source.items(), most=10)) as stream:
        async for batch in stream:
            taken += batch


async def test_what_came_before_the_end_is_taken_before_the_error_is_raised() -> None:
    source = Source(1, 2, None, error=FeedUnavailable("reset by peer"))  # type: ignore[arg-type]  # None ends it
    taken: list[int] = []

    with pytest.raises(FeedUnavailable):
        await all_of(source, taken)

    assert taken == [1, 2]


@pytest.mark.allow_warnings
async def test_a_bug_in_the_source_reaches_whoever_takes_the_batches() -> None:
    source = Source(1, None, error=ZeroDivisionError("a bug"))  # type: ignore[arg-type]  # None ends it

    with pytest.raises(ZeroDivisionError):
        await all_of(source, [])


async def test_leaving_early_ends_the_reading() -> None:
    source = Source(1)
    before = len(asyncio.all_tasks())

    async with aclosing(gathered(source.items(), most=10)) as stream:
        async for _batch in stream:
            break

    assert len(asyncio.all_tasks()) == before
