"""Show that bars made candle by candle are the bars made at once."""

from __future__ import annotations

import numpy as np
import pytest

from fks_desk.core.frame import Frame
from fks_desk.ui.models.history import Change, ChangeKind
from fks_desk.ui.models.series import Placed, Series
from fks_desk.ui.models.shaped import BarKind, Shaped, guessed_size
from tests.fakes.charts import made_frame

KINDS = (BarKind.HEIKIN_ASHI, BarKind.RENKO, BarKind.RANGE, BarKind.VOLUME)


def columns(series):
    frame = series.frame()
    return np.array([getattr(frame, name) for name in Frame.__slots__], dtype=np.float64)


def made(kind, frame, size=None):
    candles = Series()
    candles.replace(frame)
    shaped = Shaped(candles)
    shaped.choose(kind, size)
    return candles, shaped


@pytest.mark.parametrize("kind", KINDS)
def test_live_candles_give_the_bars_of_one_computation(kind):
    frame = made_frame(900)
    candles, shaped = made(kind, frame.slice(0, 600), None)
    copy = Series()
    copy.replace(shaped.series.frame())
    for number in range(600, 900):
        for bar in (_half(frame, number), frame.slice(number, number + 1)):
            placed, at = candles.place(bar)
            what = ChangeKind.APPENDED if placed is Placed.APPENDED else ChangeKind.MOVED
            for change in shaped.follow(Change(kind=what, low=at, high=at + 1)):
                _mirror(copy, shaped.series, change)
    _, whole = made(kind, frame, None if kind is BarKind.HEIKIN_ASHI else shaped.size)

    np.testing.assert_allclose(columns(shaped.series), columns(whole.series), rtol=1e-12)
    np.testing.assert_allclose(columns(copy), columns(whole.series), rtol=1e-12)
    assert (np.diff(shaped.series.time) > 0).all()


@pytest.mark.parametrize("kind", KINDS)
def test_older_candles_in_chunks_give_the_bars_of_one_computation(kind):
    frame = made_frame(3_000)
    candles, shaped = made(kind, frame.tail(400))
    newest = shaped.series.stop
    for stop in (2_600, 1_900, 700):
        old = candles.first
        candles.prepend(frame.slice(max(0, stop - 700) if stop > 700 else 0, stop))
        list(shaped.follow(Change(kind=ChangeKind.PREPENDED, low=candles.first, high=old)))
    list(shaped.complete())
    _, whole = made(kind, candles.frame(), shaped.size)

    assert shaped.series.stop == newest
    np.testing.assert_allclose(columns(shaped.series), columns(whole.series), rtol=1e-12)


def test_a_changed_older_candle_makes_the_bars_anew():
    frame = made_frame(300)
    candles, shaped = made(BarKind.RANGE, frame)
    changed = frame.slice(100, 101)
    candles.put(
        100,
        Frame(**{n: getattr(changed, n) * (1 if n == "time" else 1.01) for n in Frame.__slots__}),
    )
    told = list(shaped.follow(Change(kind=ChangeKind.MOVED, low=100, high=101)))
    _, whole = made(BarKind.RANGE, candles.frame(), shaped.size)

    assert [change.kind for change in told] == [ChangeKind.SPLICED]
    np.testing.assert_allclose(columns(shaped.series), columns(whole.series))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("count", [0, 1, 2])
def test_no_candle_and_one_candle_are_no_trouble(kind, count):
    candles, shaped = made(kind, Frame.empty())
    frame = made_frame(3)
    for number in range(count):
        candles.place(frame.slice(number, number + 1))
        list(shaped.follow(Change(kind=ChangeKind.APPENDED, low=number, high=number + 1)))

    assert bool(len(shaped.series)) == bool(count)


def test_a_size_is_guessed_in_round_figures():
    frame = made_frame(600)
    height = float(np.mean(frame.tail(500).high - frame.tail(500).low))
    size = guessed_size(BarKind.RENKO, frame)

    assert 0.5 < size / height < 4
    assert f"{size:g}".strip("0.")[:1] in "125"
    assert guessed_size(BarKind.VOLUME, Frame.empty()) == 1.0


def _half(frame, number):
    bar = frame.slice(number, number + 1)
    rows = {name: getattr(bar, name) for name in Frame.__slots__}
    return Frame(**{**rows, "close": rows["open"], "volume": rows["volume"] / 2})


def _mirror(copy, series, change):
    """Keep a copy from what is told alone, as a painter's sums do."""
    if change.kind is ChangeKind.APPENDED:
        copy.append(series.frame(change.low, change.high))
    elif change.kind is ChangeKind.MOVED:
        copy.put(change.low, series.frame(change.low, change.high))
    else:
        copy.replace(series.frame())
