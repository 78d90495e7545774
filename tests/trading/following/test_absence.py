from __future__ import annotations

from datetime import timedelta

from fks_desk.core.clock import SteppedClock
from fks_desk.core.model import ClientOrderId
from fks_desk.trading.following.absence import AbsenceCases
from fks_desk.trading.options import TradingOptions
from tests.fakes.trading import START

ORDER = ClientOrderId("t-1")


def looks(*gaps_s: int) -> list[str | None]:
    """Return what each look says; the gaps are the seconds before it."""
    clock = SteppedClock(START)
    cases = AbsenceCases(clock=clock, options=TradingOptions())
    said = []
    for gap in gaps_s:
        clock.advance(timedelta(seconds=gap))
        said.append(cases.agree(ORDER))
    return said


def test_absence_needs_a_minute_and_three_looks() -> None:
    reasons = looks(0, 30, 30)

    assert reasons[:2] == [None, None]
    assert reasons[2] is not None
    assert "agreed 3 times over 60 s" in reasons[2]


def test_many_looks_in_a_short_time_prove_nothing() -> None:
    assert looks(*[1] * 60) == [None] * 60


def test_two_looks_prove_nothing_however_far_apart() -> None:
    assert looks(0, 3600) == [None, None]


def test_quick_looks_count_as_one() -> None:
    assert looks(0, 1, 1, 58) == [None] * 4


def test_an_order_that_showed_up_starts_anew() -> None:
    clock = SteppedClock(START)
    cases = AbsenceCases(clock=clock, options=TradingOptions())
    for _ in range(2):
        cases.agree(ORDER)
        clock.advance(timedelta(seconds=30))
    cases.close(ORDER)
    cases.close(ORDER)

    assert cases.agree(ORDER) is None
