"""Roll minutes up, across holes and revisions, on whichever server there is."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fks_desk.adapters.storage.rollups import ROLLED
from fks_desk.core.clock import from_ms, to_ms
from fks_desk.core.frame import Frame
from fks_desk.core.job import CancelToken, JobContext
from fks_desk.core.model import Provenance, Span, Timeframe
from tests.fakes.candles import MINUTE_MS, walk
from tests.fakes.rows import BTC, ETH, NOW

DAY = timedelta(days=1)
MIDNIGHT = NOW.replace(hour=0)
DAY_MS = 86_400_000


def context():
    return JobContext(progress=lambda _part, _note: None, cancel=CancelToken())


def minutes(days=1.0, seed=1, start=MIDNIGHT):
    return walk(int(days * 1440), seed, step_ms=MINUTE_MS, start_ms=to_ms(start), swing=0.0005)


def kept(frame, mask):
    return Frame(**{name: getattr(frame, name)[mask] for name in Frame.__slots__})


def rolled_by_hand(frame, timeframe):
    """Return bars computed with numpy alone, and how many minutes each is made of."""
    bucket = frame.time // timeframe.milliseconds * timeframe.milliseconds
    times, first, counts = np.unique(bucket, return_index=True, return_counts=True)
    if not times.size:
        return Frame.empty(), counts
    return Frame(
        time=times,
        open=frame.open[first],
        high=np.maximum.reduceat(frame.high, first),
        low=np.minimum.reduceat(frame.low, first),
        close=frame.close[first + counts - 1],
        volume=np.add.reduceat(frame.volume, first),
    ), counts


def assert_same(found, expected):
    for name in ("time", "open", "high", "low", "close"):
        assert np.array_equal(getattr(found, name), getattr(expected, name)), name
    assert np.allclose(found.volume, expected.volume, rtol=1e-12, atol=1e-12)


async def assert_rolled(stores, frame, *, days):
    span = Span(start=MIDNIGHT, end=MIDNIGHT + days * DAY)
    for timeframe in ROLLED:
        found, made_of = await stores.rolled.rolled(BTC, timeframe, span)
        expected, counts = rolled_by_hand(frame, timeframe)
        assert_same(found, expected)
        assert np.array_equal(made_of, counts)


async def store(stores, frame, instrument=BTC):
    return await stores.candle_writer.upsert_frame(
        instrument, Timeframe.M1, frame, Provenance.IMPORTED
    )


@settings(
    max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    seed=st.integers(0, 9999),
    holes=st.lists(st.tuples(st.integers(0, 2879), st.integers(1, 700)), max_size=4),
    revised=st.lists(st.integers(0, 2879), max_size=5),
    is_rolled=st.tuples(st.booleans(), st.booleans()),
)
async def test_every_roll_up_equals_the_one_from_raw_rows(
    stores, database, seed, holes, revised, is_rolled
):
    await database.rows("DELETE FROM ohlcv_data RETURNING 1")
    await database.rows("DELETE FROM candle_rollups RETURNING 1")
    whole = minutes(2, seed)
    there = np.ones(len(whole), dtype=bool)
    for start, length in holes:
        there[start : start + length] = False
    if not there.any():
        return
    frame = kept(whole, there)
    await store(stores, frame)
    if is_rolled[0]:
        await stores.rollups.roll_up(context())
    place = sorted({one % len(frame) for one in revised})
    if place:
        frame.close[place] = frame.low[place]
        frame.high[place] = frame.high[place] * 1.01
        await store(stores, kept(frame, place))
    if is_rolled[1]:
        await stores.rollups.roll_up(context())
        assert await stores.rollups.waiting() == 0

    await assert_rolled(stores, frame, days=2)


async def test_a_candle_that_arrives_late_is_in_the_bar_at_once(stores):
    frame = minutes(1)
    early = np.ones(1440, dtype=bool)
    early[700:760] = False
    await store(stores, kept(frame, early))
    await stores.rollups.roll_up(context())

    await store(stores, kept(frame, ~early))

    await assert_rolled(stores, frame, days=1)
    assert await stores.rollups.waiting() == 1


async def test_a_chart_of_hours_is_drawn_from_minutes(stores):
    frame = minutes(3)
    await store(stores, frame)
    expected, _counts = rolled_by_hand(frame, Timeframe.H1)

    assert_same(await stores.rolled.latest(BTC, Timeframe.H1, 50), expected.tail(50))
    assert await stores.rolled.extent(BTC, Timeframe.H1) == Span(
        start=MIDNIGHT, end=MIDNIGHT + 3 * DAY
    )
    before = MIDNIGHT + timedelta(hours=30, minutes=20)
    found = await stores.rolled.latest(BTC, Timeframe.H1, 5, before)
    assert_same(found, expected.slice(26, 31))


async def test_a_bar_with_a_minute_missing_is_left_out(stores):
    frame = minutes(1)
    there = np.ones(1440, dtype=bool)
    there[125] = False
    await store(stores, kept(frame, there))

    hours = await stores.rolled.latest(BTC, Timeframe.H1, 99)

    assert len(hours) == 23
    assert to_ms(MIDNIGHT + timedelta(hours=2)) not in hours.time


async def test_a_bar_stored_as_such_wins_over_one_rolled_up(stores):
    frame = minutes(1)
    await store(stores, frame)
    expected, _counts = rolled_by_hand(frame, Timeframe.H1)
    told = expected.slice(5, 6)
    told.close[0] = told.low[0]
    await stores.candle_writer.upsert_frame(BTC, Timeframe.H1, told, Provenance.BACKFILLED)

    found = await stores.rolled.range(BTC, Timeframe.H1, Span(start=MIDNIGHT, end=MIDNIGHT + DAY))

    assert len(found) == 24
    assert found.close[5] == told.low[0]
    assert found.close[6] == expected.close[6]


async def test_holes_of_weeks_do_not_hide_older_bars(stores):
    old, new = minutes(1), minutes(1, seed=2, start=MIDNIGHT + 40 * DAY)
    await store(stores, old)
    await store(stores, new)

    found = await stores.rolled.latest(BTC, Timeframe.H4, 10)

    assert len(found) == 10
    assert from_ms(int(found.time[0])) == MIDNIGHT + timedelta(hours=8)


async def test_instruments_roll_up_apart(stores):
    one, other = minutes(1), minutes(1, seed=7)
    await store(stores, one)
    await store(stores, other, ETH)
    await stores.rollups.roll_up(context())

    await assert_rolled(stores, one, days=1)
    found = await stores.rolled.latest(ETH, Timeframe.D1, 3)
    assert_same(found, rolled_by_hand(other, Timeframe.D1)[0])


async def test_a_cancelled_roll_up_leaves_the_rest_waiting(stores):
    await store(stores, minutes(3))
    stopped = context()
    stopped.cancel.cancel()

    assert await stores.rollups.roll_up(stopped) == 0
    assert await stores.rollups.waiting() == 3


async def test_a_day_that_changes_again_gets_another_stamp(stores, database):
    frame = minutes(1)
    await store(stores, frame)
    frame.close[9] = frame.low[9]
    before = await database.rows("SELECT stamp FROM rollup_days")

    await store(stores, frame.slice(9, 10))

    after = await database.rows("SELECT stamp FROM rollup_days")
    assert after[0]["stamp"] > before[0]["stamp"]


async def test_minutes_themselves_are_read_as_they_are(stores):
    frame = minutes(1)
    await store(stores, frame)

    assert_same(await stores.rolled.latest(BTC, Timeframe.M1, 9999), frame)


async def test_a_revised_candle_leaves_a_trace(stores, database):
    frame = minutes(1).slice(0, 3)
    await store(stores, frame)
    first = frame.close[1]
    frame.close[1] = frame.low[1]

    await store(stores, frame)

    trace = await database.rows("SELECT close, revision, provenance, ts FROM candle_revisions")
    assert trace == [
        {
            "close": first,
            "revision": 0,
            "provenance": "imported",
            "ts": from_ms(int(frame.time[1])),
        }
    ]
