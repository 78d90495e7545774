"""Show that bars keep their numbers while older and newer ones come in."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from fks_desk.core.frame import Frame
from fks_desk.ui.models.series import Columns, Placed, Series

MINUTE = 60_000


def frame(*minutes, price=1.0):
    values = np.full(len(minutes), price)
    return Frame(
        time=np.array(minutes, dtype=np.int64) * MINUTE,
        open=values,
        high=values,
        low=values,
        close=values,
        volume=values,
    )


@given(st.lists(st.tuples(st.booleans(), st.integers(0, 300)), max_size=12))
def test_a_column_keeps_its_number_and_its_value_whichever_end_grows(growth):
    columns = Columns(2)
    expected = {}
    for to_the_left, count in growth:
        added = columns.grow_left(count) if to_the_left else columns.grow_right(count)
        first = columns.first if to_the_left else columns.stop - count
        for offset in range(count):
            added[:, offset] = expected[first + offset] = (first + offset) * 7

    assert columns.all.shape == (2, len(expected))
    for number, value in expected.items():
        assert columns.between(number, number + 1)[:, 0].tolist() == [value, value]


def test_older_bars_get_negative_numbers_and_move_nothing():
    series = Series()
    series.replace(frame(10, 11, 12, price=2.0))

    assert series.prepend(frame(7, 8, 9, 10, price=1.0)) == 3
    assert (series.first, series.stop) == (-3, 3)
    assert series.bar(0).tolist() == [2.0] * 5
    assert series.bar(-1).tolist() == [1.0] * 5
    assert series.time.tolist() == [minute * MINUTE for minute in range(7, 13)]


def test_a_streamed_bar_finds_its_place_by_its_time():
    series = Series()
    series.replace(frame(1, 2, 4))

    assert series.place(frame(4, price=9.0)) == (Placed.LAST, 2)
    assert series.place(frame(5, price=8.0)) == (Placed.APPENDED, 3)
    assert series.place(frame(2, price=7.0)) == (Placed.OLDER, 1)
    assert series.place(frame(3))[0] is Placed.UNKNOWN
    assert series.frame().close.tolist() == [1.0, 7.0, 9.0, 8.0]


def test_the_first_streamed_bar_starts_an_empty_series():
    series = Series()

    assert series.place(frame(4)) == (Placed.APPENDED, 0)
    assert len(series) == 1


def test_times_go_on_in_whole_steps_beyond_both_ends():
    series = Series()
    series.replace(frame(10, 11, 15))

    assert series.time_at(1, MINUTE) == 11 * MINUTE
    assert series.time_at(4, MINUTE) == 17 * MINUTE
    assert series.time_at(-2, MINUTE) == 8 * MINUTE


def test_a_moment_belongs_to_the_bar_that_was_open():
    series = Series()
    series.replace(frame(10, 11, 15))
    moments = np.array([9, 10, 10.5, 14, 15, 99]) * MINUTE

    assert series.holding(moments.astype(np.int64)).tolist() == [-1, 0, 0, 1, 2, 2]
    assert series.number_at(12 * MINUTE) == 2


def test_a_replaced_frame_can_keep_the_number_of_the_newest_bar():
    series = Series()
    series.replace(frame(1, 2, 3))
    series.replace(frame(0, 1, 2, 3), stop=series.stop)

    assert (series.first, series.stop) == (-1, 3)
    assert series.bar(9) is None


def test_a_repaired_stretch_of_the_same_bars_is_overwritten_where_it_stands():
    series = Series()
    series.replace(frame(1, 2, 3, 4))

    assert series.splice(frame(2, 3, price=5.0), 2 * MINUTE, 4 * MINUTE) == (1, 3, True)
    assert series.frame().close.tolist() == [1.0, 5.0, 5.0, 1.0]


def test_a_filled_gap_leaves_the_newest_bar_its_number():
    series = Series()
    series.replace(frame(1, 2, 6, 7))

    assert series.splice(frame(2, 3, 4, 5, price=5.0), 2 * MINUTE, 6 * MINUTE) == (-2, 2, False)
    assert (series.first, series.stop) == (-3, 4)
    assert series.time.tolist() == [minute * MINUTE for minute in range(1, 8)]
    assert series.bar(3).tolist() == [1.0] * 5
