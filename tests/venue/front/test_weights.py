"""Budgets: windows that start anew, and numbers that clients see."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from fks_desk.core.clock import SteppedClock
from fks_desk.venue.front.errors import ApiError
from fks_desk.venue.front.weights import ORDERS_PER_10S, Budget


def test_a_budget_is_used_up_and_comes_back_with_the_next_minute():
    clock = SteppedClock(datetime(2026, 1, 1, tzinfo=UTC))
    budget = Budget(clock, weight_per_minute=10)
    budget.spend(10)
    with pytest.raises(ApiError) as refused:
        budget.spend(1)
    assert (refused.value.code, refused.value.status, budget.retry_after_s) == (-1003, 429, 60)

    clock.advance(timedelta(seconds=60))
    budget.spend(4)

    assert budget.headers(with_orders=False) == {
        "X-MBX-USED-WEIGHT": "4",
        "X-MBX-USED-WEIGHT-1M": "4",
    }


def test_orders_have_a_budget_of_their_own():
    budget = Budget(SteppedClock(datetime(2026, 1, 1, tzinfo=UTC)))
    for _ in range(ORDERS_PER_10S):
        budget.spend_order()

    with pytest.raises(ApiError) as refused:
        budget.spend_order()
    assert refused.value.code == -1015
