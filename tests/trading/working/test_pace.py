from __future__ import annotations

from datetime import timedelta

from fks_desk.core.clock import SteppedClock
from fks_desk.core.terms import ParentId
from fks_desk.trading.working.pace import Pace
from tests.fakes.trading import START

ONE = ParentId("one")


def test_each_step_doubles_the_wait_up_to_ten_seconds() -> None:
    clock = SteppedClock(START)
    pace = Pace(clock)
    waits = []

    for _ in range(8):
        pace.step(ONE)
        waited = 0
        while pace.is_early(ONE):
            clock.advance(timedelta(milliseconds=250))
            waited += 250
        waits.append(waited)

    assert waits == [250, 500, 1_000, 2_000, 4_000, 8_000, 10_000, 10_000]


def test_a_family_comes_back_once_when_its_wait_is_over() -> None:
    clock = SteppedClock(START)
    pace = Pace(clock)
    pace.step(ONE)
    pace.come_back(ONE)

    assert pace.due() == ()
    clock.advance(timedelta(seconds=1))
    assert pace.due() == (ONE,)
    assert pace.due() == ()


def test_a_step_that_fails_is_tried_again_but_not_for_ever() -> None:
    clock = SteppedClock(START)
    pace = Pace(clock)
    tries = 0

    for _ in range(20):
        pace.fail(ONE)
        clock.advance(timedelta(minutes=1))
        tries += len(pace.due())

    assert tries == 8
