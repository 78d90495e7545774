"""Prices kept as whole steps come back as the very doubles that they were."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fks_desk.adapters.storage.rollups import ROLLED
from fks_desk.adapters.storage.steps import (
    FINEST,
    MOST_STEPS,
    from_steps,
    steps_of_rows,
    steps_of_series,
)
from fks_desk.core.clock import to_ms
from fks_desk.core.frame import Frame
from fks_desk.core.model import Provenance, Span, Timeframe
from tests.adapters.storage.test_rollups import assert_same, context, rolled_by_hand
from tests.fakes.candles import MINUTE_MS
from tests.fakes.rows import BTC, NOW, candle, instrument

MIDNIGHT = NOW.replace(hour=0)
DAY = timedelta(days=1)

doubles = st.floats(min_value=0, allow_nan=False, allow_infinity=False)


@st.composite
def decimals(draw, digits=15):
    """Make the doubles of decimals of up to so many digits, as venues write them."""
    scale = draw(st.integers(0, 12))
    steps = draw(st.integers(1, 10**digits - 1))
    return float(Decimal(steps).scaleb(-scale))


@given(st.lists(st.one_of(doubles, decimals()), min_size=1, max_size=30), st.integers(0, FINEST))
def test_any_double_comes_back_bit_for_bit(numbers, least):
    column = np.array(numbers)

    steps = steps_of_series([column, column[::-1]], least)

    assert from_steps(steps.columns[0], steps.scales).tobytes() == column.tobytes()
    assert from_steps(steps.columns[1], steps.scales).tobytes() == column[::-1].tobytes()


@given(decimals())
def test_a_decimal_of_fifteen_digits_is_kept_exactly(number):
    steps = steps_of_series([np.array([number])])

    kept = Decimal(int(steps.columns[0][0])).scaleb(-int(steps.scales[0]))
    assert kept == Decimal(repr(number))
    assert steps.columns[0][0] < MOST_STEPS


@given(
    st.lists(st.integers(1, 10**5), min_size=1, max_size=50),
    st.integers(0, 9),
    st.integers(0, 9),
)
def test_a_series_has_one_scale_and_none_coarser_than_its_venue_counts(counts, scale, least):
    column = np.array([float(Decimal(count).scaleb(-scale)) for count in counts])

    steps = steps_of_series([column], least)

    assert steps.common is not None
    assert least <= steps.common <= max(scale, least)
    assert (steps.columns == np.rint(steps.columns)).all()


def test_a_long_series_keeps_one_scale_whatever_its_sample_missed():
    column = np.round(np.random.default_rng(3).uniform(60_000, 70_000, 100_000), 2)
    column[77] = 64_000.123

    steps = steps_of_series([column])

    assert steps.common == 3
    assert np.array_equal(from_steps(steps.columns[0], steps.scales), column)


def test_a_number_that_is_no_decimal_stays_alone_with_scale_zero():
    column = np.round(np.random.default_rng(3).uniform(60_000, 70_000, 10_000), 2)
    column[5] = 64_000.0 / 3

    steps = steps_of_series([column])

    assert steps.scales[5] == 0
    assert steps.columns[0][5] == 64_000.0 / 3
    assert (np.delete(steps.scales, 5) == 2).all()


def test_rows_of_several_series_keep_their_own_scales():
    table = np.array([[64_000.1, 0.5, 64_000.0, 0.000012]])

    steps = steps_of_rows(table, np.array([0, 1, 0, 2]), np.array([2, 0, 0]))

    assert steps.scales.tolist() == [2, 1, 2, 6]
    assert steps.columns.tolist() == [[6_400_010, 5, 6_400_000, 12]]


async def scales(database):
    rows = await database.rows(
        "SELECT DISTINCT price_scale, volume_scale FROM ohlcv_data ORDER BY 1, 2"
    )
    return [(row["price_scale"], row["volume_scale"]) for row in rows]


async def test_the_venues_tick_and_lot_set_the_scale_of_what_streams_in(stores, database):
    await stores.instruments.save_instruments([instrument()])

    for number, close in enumerate(("100", "100.1", "100.12")):
        await stores.candle_writer.upsert([candle(number, close=close)])

    assert await scales(database) == [(2, 5)]
    rows = await database.rows("SELECT close_steps FROM ohlcv_data ORDER BY ts")
    assert [row["close_steps"] for row in rows] == [10_000, 10_010, 10_012]


async def test_people_see_prices_whatever_the_scale(stores, database):
    await stores.candle_writer.upsert([candle(0, close="100.25"), candle(1, close="101")])

    rows = await database.rows("SELECT close, volume, provenance FROM candles ORDER BY ts")

    assert [row["close"] for row in rows] == [100.25, 101.0]


@pytest.mark.parametrize("is_again", [False, True])
async def test_a_finer_price_is_no_revision_of_the_others(stores, database, is_again):
    await stores.candle_writer.upsert([candle(0, close="100.5")])
    await stores.candle_writer.upsert([candle(1, close="100.1234")])
    if is_again:
        count = await stores.candle_writer.upsert(
            [candle(0, close="100.5", low=Decimal("90.12345"))]
        )
        assert count.revised == 1
    again = await stores.candle_writer.upsert([candle(1, close="100.123400")])

    assert (again.inserted, again.revised) == (0, 0)
    frame = await stores.candles.latest(BTC, Timeframe.M5, 9)
    assert frame.close.tolist() == [100.5, 100.1234]


mixed = st.lists(
    st.tuples(
        st.integers(10**6, 10**9), st.integers(0, 10), st.integers(0, 6), st.integers(0, 500)
    ),
    min_size=1,
    max_size=40,
)


@settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(rows=mixed, is_rolled=st.booleans())
async def test_roll_ups_are_right_across_scales(stores, database, rows, is_rolled):
    """Minutes of one bucket may have come with different scales, one batch after another."""
    await database.rows("DELETE FROM ohlcv_data RETURNING 1")
    await database.rows("DELETE FROM candle_rollups RETURNING 1")
    made = []
    for steps, scale, finer, wick in rows:
        price = Decimal(steps).scaleb(-4)
        top = price + Decimal(wick).scaleb(-finer)
        made.append([float(price), float(top), float(price), float(top), float(Decimal(scale))])
    table = np.array(made).T
    frame = Frame(
        time=to_ms(MIDNIGHT) + MINUTE_MS * np.arange(len(rows), dtype=np.int64),
        open=table[0],
        high=table[1],
        low=table[2],
        close=table[3],
        volume=table[4],
    )
    for start in range(0, len(rows), 3):
        part = frame.slice(start, min(start + 3, len(rows)))
        await stores.candle_writer.upsert_frame(BTC, Timeframe.M1, part, Provenance.IMPORTED)
    if is_rolled:
        await stores.rollups.roll_up(context())

    span = Span(start=MIDNIGHT, end=MIDNIGHT + DAY)
    assert_same(await stores.candles.range(BTC, Timeframe.M1, span), frame)
    assert_same(await stores.candles.latest(BTC, Timeframe.M1, 99), frame)
    for timeframe in ROLLED:
        found, _minutes = await stores.rolled.rolled(BTC, timeframe, span)
        assert_same(found, rolled_by_hand(frame, timeframe)[0])
