"""The rate limiter lets a budget pass and makes the rest wait."""

from __future__ import annotations

import asyncio

import pytest

from fks_desk.core.errors import RateLimitError
from fks_desk.resilience.limiter import RateLimiter


async def test_the_hundred_and_first_request_waits():
    limiter = RateLimiter(max_requests=100, window=60)
    for _ in range(100):
        await asyncio.wait_for(limiter.acquire(), 30)
    late = asyncio.get_running_loop().create_task(limiter.acquire())
    await asyncio.sleep(0.02)

    assert not late.done()
    assert limiter.waiting == 1

    late.cancel()
    with pytest.raises(asyncio.CancelledError):
        await late

    assert limiter.waiting == 0


async def test_who_will_not_wait_is_told_the_budget():
    limiter = RateLimiter(max_requests=2, window=60, patience_s=0)
    async with limiter, limiter:
        pass

    with pytest.raises(RateLimitError, match="2 requests in 60 s") as caught:
        await limiter.acquire()

    assert caught.value.retryable


async def test_budget_comes_back_with_time():
    limiter = RateLimiter(max_requests=1, window=0.03, patience_s=1)
    await limiter.acquire()

    await limiter.acquire()


def test_an_empty_budget_is_refused():
    with pytest.raises(ValueError, match="were 0 and 1"):
        RateLimiter(0, 1)
