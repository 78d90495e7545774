"""Metrics live in a registry of their own and read as Prometheus text."""

from __future__ import annotations

import asyncio
import time

import pytest

from fks_desk.resilience.breaker import CircuitBreaker
from fks_desk.resilience.metrics import Metrics, gauge_loop_lag


def test_two_desks_in_one_process_do_not_share_counters():
    one, other = Metrics(), Metrics()
    one.feed_messages.labels("trades").inc(3)

    assert one.value("feed_messages_total", stream="trades") == 3
    assert other.value("feed_messages_total", stream="trades") is None


def test_the_text_names_what_is_counted():
    metrics = Metrics()
    metrics.frame_time.observe(0.01)

    assert "fks_frame_time_bucket" in metrics.text()


async def test_a_breaker_shows_its_state():
    metrics, breaker = Metrics(), CircuitBreaker("venue", 1, 60)
    metrics.watch_breaker(breaker)
    with pytest.raises(TimeoutError):
        async with breaker:
            raise TimeoutError

    assert metrics.value("breaker_state", breaker="venue") == 2


async def test_a_blocked_loop_shows_as_lag():
    metrics = Metrics()
    gauge = asyncio.get_running_loop().create_task(
        gauge_loop_lag(metrics, "engine", monotonic=time.monotonic, every_s=0.01)
    )
    await asyncio.sleep(0.005)
    time.sleep(0.05)
    await asyncio.sleep(0.02)
    gauge.cancel()
    with pytest.raises(asyncio.CancelledError):
        await gauge

    assert metrics.value("loop_lags_sum", loop="engine") > 0.02
