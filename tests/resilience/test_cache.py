"""The cache asks once and forgets in time."""

from __future__ import annotations

import asyncio

import pytest

from fks_desk.resilience.cache import Cache


class Source:
    def __init__(self) -> None:
        self.asked = 0

    async def __call__(self) -> int:
        self.asked += 1
        await asyncio.sleep(0.01)
        return self.asked


async def test_many_who_ask_at_once_share_one_question():
    cache, source = Cache[str, int](), Source()

    assert await asyncio.gather(*[cache.get("k", source) for _ in range(5)]) == [1] * 5
    assert source.asked == 1
    assert len(cache) == 1


async def test_an_answer_expires():
    cache, source = Cache[str, int](ttl_s=0.02), Source()
    await cache.get("k", source)
    await asyncio.sleep(0.03)

    assert await cache.get("k", source) == 2


async def test_an_error_reaches_all_who_wait_and_is_not_remembered():
    cache = Cache[str, int]()

    async def fail() -> int:
        await asyncio.sleep(0.005)
        raise OSError("gone")

    answers = await asyncio.gather(
        cache.get("k", fail), cache.get("k", fail), return_exceptions=True
    )

    assert [str(answer) for answer in answers] == ["gone", "gone"]
    assert await cache.get("k", Source()) == 1


async def test_who_only_waits_may_give_up_without_hurting_the_others():
    cache, source = Cache[str, int](), Source()
    first = asyncio.get_running_loop().create_task(cache.get("k", source))
    await asyncio.sleep(0)
    second = asyncio.get_running_loop().create_task(cache.get("k", source))
    await asyncio.sleep(0)
    second.cancel()

    assert await first == 1
    with pytest.raises(asyncio.CancelledError):
        await second


async def test_a_forgotten_answer_is_asked_for_again():
    cache, source = Cache[str, int](), Source()
    await cache.get("k", source)
    cache.forget("k")
    await cache.get("k", source)
    cache.clear()

    assert source.asked == 2
    assert len(cache) == 0
