"""Show that axes are labelled with round prices and round moments of UTC."""

from datetime import UTC, datetime
from itertools import pairwise
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fks_desk.core.clock import from_ms, to_ms
from fks_desk.core.frame import Frame
from fks_desk.ui.chart.ticks import (
    Weight,
    day_starts,
    moment_text,
    price_step,
    price_ticks,
    step_digits,
    time_ticks,
    zone_text,
)
from fks_desk.ui.models.series import Series

MINUTE = 60_000


def series(start, count, step_ms, missing=()):
    times = np.array(
        [to_ms(start) + n * step_ms for n in range(count) if n not in set(missing)], dtype=np.int64
    )
    ones = np.ones(len(times))
    made = Series()
    made.replace(Frame(time=times, open=ones, high=ones, low=ones, close=ones, volume=ones))
    return made


@given(low=st.floats(1e-8, 1e6), gain=st.floats(1e-4, 100), places=st.integers(1, 20))
def test_there_are_never_more_prices_than_places(low, gain, places):
    ticks = price_ticks(low, low * (1 + gain), places)

    assert len(ticks) <= places + 1
    assert all(low <= tick * (1 + 1e-9) and tick <= low * (1 + gain) * (1 + 1e-9) for tick in ticks)


def test_prices_are_never_closer_than_the_tick():
    assert price_step(0.02, 10, 0.01) == pytest.approx(0.01)
    assert price_ticks(1.0, 1.02, 50, least=0.01) == pytest.approx([1.0, 1.01, 1.02])


@pytest.mark.parametrize(
    ("ticks", "digits"),
    [([1.0, 2.0], 0), ([0.5, 1.0], 1), ([1e-8, 2e-8], 8), ([0.25, 0.5], 2), ([5000, 7500], 0)],
)
def test_labels_show_just_the_digits_that_tell_them_apart(ticks, digits):
    assert step_digits(ticks) == digits


def test_a_long_logarithmic_scale_is_labelled_by_decades():
    assert price_ticks(0.9, 1100, 5, is_log=True) == [1.0, 10.0, 100.0, 1000.0]


def test_five_minute_bars_are_labelled_at_round_hours_and_the_day_by_its_number():
    bars = series(datetime(2026, 3, 9, 22, 5, tzinfo=UTC), 60, 5 * MINUTE)
    ticks = time_ticks(bars, 0, 59, 12, 5 * MINUTE)

    assert [tick.text for tick in ticks] == ["23:00", "10", "01:00", "02:00", "03:00"]
    assert [tick.weight for tick in ticks][1] is Weight.DAY
    for tick in ticks:
        assert from_ms(bars.time_at(int(tick.number), 5 * MINUTE)).minute == 0


def test_days_are_labelled_by_months_and_years():
    bars = series(datetime(2025, 11, 20, tzinfo=UTC), 100, 24 * 60 * MINUTE)
    ticks = time_ticks(bars, 0, 99, 28, 24 * 60 * MINUTE)

    assert [tick.text for tick in ticks] == ["Dec", "2026", "Feb"]


def test_days_of_several_months_tell_which_month_they_are_of():
    bars = series(datetime(2025, 2, 20, tzinfo=UTC), 130, 24 * 60 * MINUTE)
    ticks = time_ticks(bars, 0, 129, 12, 24 * 60 * MINUTE)

    assert [tick.text for tick in ticks if tick.is_heavy] == ["Mar", "Apr", "May", "Jun"]
    assert len([tick for tick in ticks if not tick.is_heavy]) >= 3


def test_labels_of_one_weight_are_all_light():
    bars = series(datetime(2026, 3, 9, 1, tzinfo=UTC), 60, MINUTE)

    assert not any(tick.is_heavy for tick in time_ticks(bars, 0, 59, 10, MINUTE))


def test_the_axis_goes_on_beyond_the_newest_bar():
    bars = series(datetime(2026, 3, 9, tzinfo=UTC), 10, MINUTE)
    ticks = time_ticks(bars, 0, 40, 10, MINUTE)

    assert [(tick.number, tick.text) for tick in ticks] == [
        (0, "9"),
        (10, "00:10"),
        (20, "00:20"),
        (30, "00:30"),
        (40, "00:40"),
    ]


def test_a_gap_takes_no_room_and_the_next_bar_carries_the_label():
    bars = series(datetime(2026, 3, 9, 23, 50, tzinfo=UTC), 40, MINUTE, missing=range(5, 25))

    assert day_starts(bars, 0, 20, MINUTE) == [5.0]


def test_the_moment_is_told_in_full():
    moment = to_ms(datetime(2026, 11, 20, 14, 35, tzinfo=UTC))

    assert moment_text(moment, 5 * MINUTE) == "Fri 20 Nov 2026 14:35"
    assert moment_text(moment, 24 * 60 * MINUTE) == "Fri 20 Nov 2026"


@given(
    minutes=st.sampled_from([1, 5, 15, 60, 240, 1440]),
    left=st.integers(-500, 400),
    width=st.integers(10, 5_000),
    apart=st.floats(1, 300),
)
def test_labels_rise_and_keep_their_distance(minutes, left, width, apart):
    bars = series(datetime(2024, 2, 27, 3, tzinfo=UTC), 300, minutes * MINUTE)
    ticks = time_ticks(bars, left, left + width, apart, minutes * MINUTE)
    numbers = [tick.number for tick in ticks]

    assert all(b - a >= apart * 0.8 for a, b in pairwise(numbers))


def test_local_days_begin_on_the_clock_of_the_zone_through_a_change_of_the_hour():
    berlin = ZoneInfo("Europe/Berlin")
    hour = 60 * MINUTE
    bars = series(datetime(2026, 3, 27, 13, tzinfo=UTC), 72, hour)
    starts = day_starts(bars, 0, 71, hour, berlin)
    moments = [from_ms(bars.time_at(int(number), hour)) for number in starts]

    assert [f"{moment:%d %H}" for moment in moments] == ["27 23", "28 23", "29 22"]
    for tick in time_ticks(bars, 0, 71, 6, hour, berlin):
        shown = from_ms(bars.time_at(int(tick.number), hour)).astimezone(berlin)
        assert tick.text in {f"{shown:%H:%M}", str(shown.day)}
    assert zone_text(int(bars.time[0]), berlin) == "UTC+1"
    assert zone_text(int(bars.time[-1]), berlin) == "UTC+2"
    assert zone_text(0, ZoneInfo("Asia/Kolkata")) == "UTC+5:30"
    assert zone_text(0, UTC) == "UTC"
    assert moment_text(int(bars.time[-1]), hour, berlin) == "Mon 30 Mar 2026 14:00"
