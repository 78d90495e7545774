"""Where candles are missing, while bars come at both ends and in between."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from fks_desk.core.frame import Frame
from fks_desk.ui.models.history import Change, ChangeKind
from fks_desk.ui.models.holes import Holes
from fks_desk.ui.models.series import Series

STEP = 60_000


def frame(*minutes: int) -> Frame:
    flat = np.ones(len(minutes))
    times = np.array(minutes, dtype=np.int64) * STEP
    return Frame(time=times, open=flat, high=flat, low=flat, close=flat, volume=flat)


def series(*minutes: int) -> tuple[Series, Holes]:
    bars = Series()
    bars.step_ms = STEP
    bars.replace(frame(*minutes))
    holes = Holes(bars)
    tell(holes, ChangeKind.REPLACED, bars.first, bars.stop)
    return bars, holes


def tell(holes: Holes, kind: ChangeKind, low: int, high: int) -> None:
    holes.follow(Change(kind=kind, low=low, high=high))


def test_a_hole_is_known_by_the_bar_behind_it_and_its_size():
    _, holes = series(0, 1, 2, 5, 6, 10)

    assert holes.numbers.tolist() == [3, 5]
    assert [holes.missing(number) for number in range(7)] == [0, 0, 0, 2, 0, 3, 0]
    assert holes.between(4, 9).tolist() == [5]


def test_a_market_that_nobody_streams_has_no_holes():
    bars, holes = series(0, 5)
    bars.step_ms = 0
    tell(holes, ChangeKind.SPLICED, bars.first, bars.stop)

    assert len(holes) == 0


def test_a_repair_closes_the_hole():
    bars, holes = series(0, 1, 4, 5)
    assert len(holes) == 1
    bars.splice(frame(2, 3), 2 * STEP, 4 * STEP)
    tell(holes, ChangeKind.SPLICED, bars.first, bars.stop)

    assert len(holes) == 0


@given(st.lists(st.integers(0, 60), min_size=3, max_size=40, unique=True), st.data())
def test_following_change_by_change_is_looking_at_all(minutes, data):
    minutes.sort()
    first = data.draw(st.integers(1, len(minutes) - 1))
    last = data.draw(st.integers(first, len(minutes)))
    bars, holes = series(*minutes[first:last])
    for minute in minutes[last:]:
        bars.place(frame(minute))
        tell(holes, ChangeKind.APPENDED, bars.stop - 1, bars.stop)
    old = bars.first
    if bars.prepend(frame(*minutes[:first])):
        tell(holes, ChangeKind.PREPENDED, bars.first, old)

    assert holes.numbers.tolist() == bars.breaks(bars.first, bars.stop).tolist()
    pieces = [bars.frame(*piece).time for piece in bars.pieces(bars.first, bars.stop)]
    assert all((np.diff(times) == STEP).all() for times in pieces)
    assert sum(map(len, pieces)) == len(bars)
