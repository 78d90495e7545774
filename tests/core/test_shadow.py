from __future__ import annotations

from decimal import Decimal

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from fks_desk.core.frame import Frame
from fks_desk.core.model import Side
from fks_desk.core.shadow import Ending, Plan, follow, next_open, result

STEP = 60_000
LONG = Plan(side=Side.BUY, stop=Decimal(95), target=Decimal(110))


def frame(*rows: tuple[float, float, float, float], skip: int | None = None) -> Frame:
    table = np.array(rows, dtype=np.float64)
    time = np.arange(len(rows), dtype=np.int64) * STEP
    if skip is not None:
        time[skip:] += STEP
    return Frame(
        time=time, open=table[:, 0], high=table[:, 1], low=table[:, 2], close=table[:, 3],
        volume=np.ones(len(rows)),
    )  # fmt: skip


CALM = (100.0, 101.0, 99.0, 100.0)


def test_the_target_that_is_reached_first_ends_the_trade() -> None:
    found = follow(LONG, frame(CALM, CALM, (105, 111, 104, 110), (96, 97, 90, 91)), 10, STEP)

    assert (found.ending, found.price, found.at_ms) == (Ending.TARGET, 110, 2 * STEP)


def test_both_inside_one_candle_count_as_the_stop() -> None:
    found = follow(LONG, frame(CALM, (100, 111, 94, 100)), 10, STEP)

    assert (found.ending, found.price) == (Ending.STOP, 95)


def test_a_candle_that_begins_beyond_the_stop_leaves_at_its_open() -> None:
    assert follow(LONG, frame(CALM, (93, 94, 90, 91)), 10, STEP).price == 93


def test_the_candle_of_the_moment_itself_is_left_out() -> None:
    found = follow(LONG, frame((100, 120, 90, 100), CALM), 10, STEP)

    assert (found.ending, found.price) == (Ending.OPEN, 100)


def test_a_hole_before_the_decision_leaves_it_unknown() -> None:
    found = follow(LONG, frame(CALM, CALM, (105, 111, 104, 110), skip=2), 10, STEP)

    assert (found.ending, found.price, found.until_ms) == (Ending.UNKNOWN, None, 2 * STEP)


def test_a_decision_before_the_hole_counts() -> None:
    found = follow(LONG, frame(CALM, (105, 111, 104, 110), CALM, skip=2), 10, STEP)

    assert found.ending is Ending.TARGET


def test_without_candles_nothing_is_known() -> None:
    assert follow(LONG, Frame.empty(), 10, STEP).ending is Ending.UNKNOWN
    late = frame(CALM, CALM)
    assert follow(LONG, late, -5 * STEP, STEP).ending is Ending.UNKNOWN
    assert next_open(late, -5 * STEP, STEP) is None
    assert next_open(late, STEP, STEP) == (STEP, Decimal("100.0"))


def test_fees_are_paid_on_both_ways() -> None:
    made = result(Side.BUY, Decimal(2), Decimal(100), Decimal(110), Decimal("0.001"))

    assert made == Decimal(20) - Decimal("0.42")


@given(
    closes=st.lists(st.integers(80, 120), min_size=2, max_size=40),
    more=st.lists(st.integers(80, 120), max_size=10),
)
def test_later_candles_never_change_what_was_decided(closes: list[int], more: list[int]) -> None:
    rows = [(float(c), c + 1.0, c - 1.0, float(c)) for c in closes]
    later = [(float(c), c + 1.0, c - 1.0, float(c)) for c in more]

    first = follow(LONG, frame(*rows), 10, STEP)
    again = follow(LONG, frame(*rows, *later), 10, STEP)

    if first.ending in {Ending.STOP, Ending.TARGET}:
        assert (again.ending, again.price, again.at_ms) == (first.ending, first.price, first.at_ms)
