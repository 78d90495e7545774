from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fks_desk.core.clock import EPOCH, SteppedClock, SystemClock, from_ms, require_utc, to_ms

START = datetime(2026, 3, 1, tzinfo=UTC)


def test_the_machines_time_is_aware_utc_and_goes_forward() -> None:
    clock = SystemClock()
    first, second = clock.monotonic(), clock.monotonic()

    assert clock.now().utcoffset() == timedelta(0)
    assert second >= first


def test_a_stepped_clock_moves_only_when_told() -> None:
    clock = SteppedClock(START)
    clock.advance(timedelta(seconds=90))

    assert clock.now() == START + timedelta(seconds=90)
    assert clock.monotonic() == 90.0


def test_a_corrected_wall_clock_leaves_monotonic_time_alone() -> None:
    clock = SteppedClock(START)
    clock.step(START - timedelta(hours=1))

    assert clock.now() == START - timedelta(hours=1)
    assert clock.monotonic() == 0.0


@pytest.mark.parametrize(
    "moment", [datetime(2026, 3, 1), START.astimezone(timezone(timedelta(hours=1)))]
)
def test_a_time_that_is_not_utc_is_refused(moment: datetime) -> None:
    with pytest.raises(ValueError, match="start must be aware UTC"):
        SteppedClock(moment)
    with pytest.raises(ValueError, match="opened must be aware UTC"):
        require_utc(moment, "opened")


@given(st.integers(-(10**12), 4 * 10**12))
def test_milliseconds_come_back_unchanged(milliseconds: int) -> None:
    assert to_ms(from_ms(milliseconds)) == milliseconds


@given(st.integers(-(10**12), 10**13) | st.integers(2**32 * 1000 - 10**6, 2**32 * 1000 + 10**6))
def test_a_stamp_becomes_the_moment_that_whole_numbers_give(milliseconds: int) -> None:
    moment = from_ms(milliseconds)

    assert moment == EPOCH + timedelta(milliseconds=milliseconds)
    assert moment.tzinfo is UTC


def test_a_part_of_a_millisecond_is_rounded_down() -> None:
    assert to_ms(START + timedelta(microseconds=1999)) == to_ms(START) + 1
    assert to_ms(from_ms(0) - timedelta(microseconds=1)) == -1
