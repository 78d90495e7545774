"""The circuit breaker opens after faults in a row and lets one probe through."""

from __future__ import annotations

import asyncio

import pytest

from fks_desk.core.errors import CircuitBreakerError, FeedUnavailable, OrderRefused, OutcomeUnknown
from fks_desk.resilience.breaker import BreakerState, CircuitBreaker


async def fail(breaker: CircuitBreaker, error: BaseException) -> None:
    with pytest.raises(type(error)):
        async with breaker:
            raise error


async def test_five_faults_open_it_and_the_sixth_call_never_reaches_the_target():
    breaker = CircuitBreaker(name="binance_api", failure_threshold=5, timeout=60)
    for _ in range(5):
        await fail(breaker, FeedUnavailable("no answer"))
    calls = []

    async def work():
        calls.append(1)

    with pytest.raises(CircuitBreakerError, match="binance_api failed too often"):
        await breaker.call(work)

    assert breaker.state is BreakerState.OPEN
    assert calls == []


async def test_a_success_between_faults_starts_the_count_anew():
    breaker = CircuitBreaker(name="x", failure_threshold=2, timeout=60)
    await fail(breaker, TimeoutError())
    async with breaker:
        pass
    await fail(breaker, TimeoutError())

    assert breaker.state is BreakerState.CLOSED
    assert breaker.failures == 1


async def test_a_refusal_by_the_venue_is_not_a_fault_but_an_unknown_outcome_is():
    breaker = CircuitBreaker(name="x", failure_threshold=1, timeout=60)
    await fail(breaker, OrderRefused("insufficient balance"))
    await fail(breaker, KeyError("a bug of ours"))

    assert breaker.state is BreakerState.CLOSED

    await fail(breaker, OutcomeUnknown("no answer"))

    assert breaker.state is BreakerState.OPEN


async def test_after_the_timeout_one_probe_passes_and_others_still_wait_outside():
    breaker = CircuitBreaker(name="x", failure_threshold=1, timeout=0.02)
    await fail(breaker, TimeoutError())
    await asyncio.sleep(0.04)

    async with breaker:
        assert breaker.state is BreakerState.HALF_OPEN
        with pytest.raises(CircuitBreakerError):
            async with breaker:
                pass

    assert breaker.state is BreakerState.CLOSED


async def test_a_failing_probe_opens_it_again():
    breaker = CircuitBreaker(name="x", failure_threshold=3, timeout=0.02)
    for _ in range(3):
        await fail(breaker, TimeoutError())
    await asyncio.sleep(0.04)
    await fail(breaker, TimeoutError())

    assert breaker.state is BreakerState.OPEN


async def test_a_cancelled_probe_does_not_lock_the_breaker():
    breaker = CircuitBreaker(name="x", failure_threshold=1, timeout=0.02)
    await fail(breaker, TimeoutError())
    await asyncio.sleep(0.04)
    await fail(breaker, asyncio.CancelledError())

    async with breaker:
        pass


@pytest.mark.parametrize(("threshold", "timeout"), [(0, 1), (1, 0)])
def test_nonsense_limits_are_refused(threshold, timeout):
    with pytest.raises(ValueError, match="were"):
        CircuitBreaker("x", threshold, timeout)
