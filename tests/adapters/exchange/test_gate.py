"""The gate keeps every connection away from an exchange that asks for it."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from fks_desk.adapters.exchange.budget_file import BudgetFiles
from fks_desk.adapters.exchange.errors import Answer
from fks_desk.adapters.exchange.gate import Gate
from fks_desk.core.budget import BudgetState
from fks_desk.core.clock import SteppedClock, SystemClock
from fks_desk.core.errors import RateLimitError


def stepped() -> tuple[Gate, SteppedClock]:
    clock = SteppedClock(datetime(2026, 1, 1, tzinfo=UTC))
    return Gate(venue="demo", clock=clock, weight_limit=100, bulk_share=0.5), clock


def test_nothing_passes_until_the_time_named_is_over(allow_warnings):
    gate, clock = stepped()
    gate.hear({}, Answer(status=429, retry_after_s=3))
    clock.advance(timedelta(seconds=2.9))
    with pytest.raises(RateLimitError, match="left alone"):
        gate.check()
    clock.advance(timedelta(seconds=0.2))

    gate.check()


def test_a_shorter_wait_does_not_end_a_longer_one(allow_warnings):
    gate, _ = stepped()
    gate.hold(120)
    gate.hold(1)

    assert gate.held_s == 120


def test_an_answer_without_a_time_means_half_a_minute(allow_warnings):
    gate, _ = stepped()
    gate.hear({}, Answer(status=418))

    assert gate.held_s == 30


def test_the_used_weight_is_read_and_forgotten_after_its_minute():
    gate, clock = stepped()
    gate.hear({"X-MBX-USED-WEIGHT-1M": "49", "x-other": "1"}, Answer(status=200))

    assert gate.used_weight == 49

    clock.advance(timedelta(seconds=61))

    assert gate.used_weight == 0


async def test_bulk_requests_wait_while_the_budget_is_short():
    gate = Gate(venue="demo", clock=SystemClock(), weight_limit=100, bulk_share=0.5)
    await asyncio.wait_for(gate.wait_for_room(), 30)
    gate.note({"x-mbx-used-weight-1m": "50"})

    with pytest.raises(TimeoutError):
        await asyncio.wait_for(gate.wait_for_room(), 0.1)


def test_a_ban_outlives_the_process(tmp_path, allow_warnings):
    clock, store = SteppedClock(datetime(2026, 1, 1, tzinfo=UTC)), BudgetFiles(tmp_path)
    first = Gate(venue="demo", clock=clock, store=store)
    first.note({"X-MBX-USED-WEIGHT-1M": "900"})
    first._saved_at = float("-inf")
    first.hear({}, Answer(status=418, retry_after_s=120))
    later = SteppedClock(datetime(2026, 1, 1, 0, 0, 50, tzinfo=UTC))
    second = Gate(venue="demo", clock=later, store=store)

    assert second.held_s == 70
    assert second.used_weight == 900
    later.advance(timedelta(seconds=20))
    assert second.used_weight == 0
    with pytest.raises(RateLimitError, match="50 s more"):
        second.check()
    later.advance(timedelta(seconds=51))
    second.check()


def test_a_ban_far_beyond_what_exchanges_give_is_not_believed(tmp_path):
    store = BudgetFiles(tmp_path)
    far = datetime(2036, 1, 1, tzinfo=UTC)
    store.save(BudgetState(venue="demo", held_until=far))
    gate = Gate(venue="demo", clock=SteppedClock(datetime(2026, 1, 1, tzinfo=UTC)), store=store)

    assert gate.held_s == 3 * 86_400
