"""Hold the candle stores, real and in memory, to one contract."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fks_desk.core.clock import to_ms
from fks_desk.core.errors import DataError
from fks_desk.core.frame import Frame
from fks_desk.core.model import InstrumentId, Provenance, Span, Timeframe
from fks_desk.core.ports import WriteCount
from tests.adapters.storage.conftest import native_only
from tests.fakes.candles import walk
from tests.fakes.rows import BTC, ETH, NOW, candle
from tests.fakes.storage import MemoryCandles

M5 = Timeframe.M5
IMPORTED = Provenance.IMPORTED


@dataclass
class Shelf:
    reader: Any
    writer: Any


@pytest.fixture(params=["memory", "postgres"])
def shelf(request):
    if request.param == "memory":
        memory = MemoryCandles()
        return Shelf(memory, memory)
    stores = request.getfixturevalue("stores")
    return Shelf(stores.candles, stores.candle_writer)


def same(one, other):
    return all(np.array_equal(getattr(one, name), getattr(other, name)) for name in Frame.__slots__)


async def test_a_frame_comes_back_bit_for_bit(shelf):
    frame = walk(3000)

    count = await shelf.writer.upsert_frame(BTC, M5, frame, IMPORTED)

    assert count == WriteCount(inserted=3000, revised=0, unchanged=0)
    assert same(await shelf.reader.latest(BTC, M5, 9999), frame)


async def test_each_column_lies_in_one_piece_in_the_machines_own_byte_order(stores):
    await stores.candle_writer.upsert_frame(BTC, M5, walk(50), IMPORTED)

    read = await stores.candles.latest(BTC, M5, 40)

    columns = [getattr(read, name) for name in ("open", "high", "low", "close", "volume")]
    assert all(column.dtype == np.float64 and column.dtype.isnative for column in columns)
    assert all(column.flags.c_contiguous for column in columns)


async def test_importing_twice_is_importing_once(shelf):
    frame = walk(500)
    await shelf.writer.upsert_frame(BTC, M5, frame, IMPORTED)

    count = await shelf.writer.upsert_frame(BTC, M5, frame, IMPORTED)

    assert count == WriteCount(inserted=0, revised=0, unchanged=500)
    assert list(await shelf.reader.stored()) == [(BTC, M5, 500)]


async def test_an_overlap_inserts_revises_and_leaves(shelf):
    frame = walk(100)
    await shelf.writer.upsert_frame(BTC, M5, frame.slice(0, 60), IMPORTED)
    later = replace(frame, close=np.where(np.arange(100) == 50, frame.low, frame.close))

    count = await shelf.writer.upsert_frame(BTC, M5, later.slice(40, 100), IMPORTED)

    assert count == WriteCount(inserted=40, revised=1, unchanged=19)


async def test_streamed_candles_are_stored_once_and_the_last_word_counts(shelf):
    first = await shelf.writer.upsert([candle(0), candle(1), candle(0, close="100.5")])
    again = await shelf.writer.upsert([candle(0, close="100.5"), candle(1, close="101.5")])

    assert (first.inserted, first.revised) == (2, 0)
    assert (again.inserted, again.revised, again.unchanged) == (0, 1, 1)
    assert (await shelf.reader.latest(BTC, M5, 5)).close.tolist() == [100.5, 101.5]


async def test_a_bar_built_by_us_never_overrules_one_told_by_a_venue(shelf):
    await shelf.writer.upsert([candle(0, close="101", provenance=Provenance.STREAMED)])

    await shelf.writer.upsert([candle(0, close="100", provenance=Provenance.BUILT)])

    assert (await shelf.reader.latest(BTC, M5, 5)).close.tolist() == [101.0]


async def test_a_venues_bar_overrules_one_built_by_us(shelf):
    await shelf.writer.upsert([candle(0, close="100", provenance=Provenance.BUILT)])

    await shelf.writer.upsert([candle(0, close="101", provenance=Provenance.BACKFILLED)])

    assert (await shelf.reader.latest(BTC, M5, 5)).close.tolist() == [101.0]


async def test_a_candle_in_progress_is_refused(shelf):
    with pytest.raises(DataError, match="in progress"):
        await shelf.writer.upsert([candle(0, is_closed=False)])


async def test_latest_ends_before_the_moment(shelf):
    await shelf.writer.upsert([candle(number) for number in range(10)])

    frame = await shelf.reader.latest(BTC, M5, 3, before=NOW + 5 * M5.delta)

    assert frame.time.tolist() == [to_ms(NOW + number * M5.delta) for number in (2, 3, 4)]


async def test_a_range_holds_its_start_and_not_its_end(shelf):
    await shelf.writer.upsert([candle(number) for number in range(10)])

    span = Span(start=NOW + 2 * M5.delta, end=NOW + 4 * M5.delta)
    frame = await shelf.reader.range(BTC, M5, span)

    assert frame.time.tolist() == [to_ms(NOW + number * M5.delta) for number in (2, 3)]


async def test_the_extent_is_first_open_to_last_close(shelf):
    assert await shelf.reader.extent(BTC, M5) is None
    await shelf.writer.upsert([candle(number) for number in (3, 7)])

    extent = await shelf.reader.extent(BTC, M5)

    assert extent == Span(start=NOW + 3 * M5.delta, end=NOW + 8 * M5.delta)


async def test_instruments_and_timeframes_do_not_mix(shelf):
    await shelf.writer.upsert([candle(0), candle(0, close="99", instrument_id=ETH)])
    await shelf.writer.upsert([candle(0, close="101.5", timeframe=Timeframe.H1)])

    assert (await shelf.reader.latest(BTC, M5, 9)).close.tolist() == [101.0]
    assert (await shelf.reader.latest(ETH, M5, 9)).close.tolist() == [99.0]
    assert (await shelf.reader.latest(BTC, Timeframe.H1, 9)).close.tolist() == [101.5]


async def test_what_nobody_stored_is_an_empty_frame(shelf):
    assert len(await shelf.reader.latest(InstrumentId("binance:spot:NO/NE"), M5, 9)) == 0
    assert list(await shelf.reader.stored()) == []


BAD = {
    "NaN close": ("close", np.nan),
    "negative low": ("low", -1.0),
    "zero open": ("open", 0.0),
    "infinite high": ("high", np.inf),
    "low above": ("low", 1e9),
    "high below": ("high", 1e-9),
    "negative volume": ("volume", -1.0),
    "NaN volume": ("volume", np.nan),
}


@pytest.mark.parametrize("name", BAD)
async def test_one_impossible_candle_refuses_the_whole_frame(stores, name):
    column, value = BAD[name]
    frame = walk(100)
    getattr(frame, column)[77] = value

    with pytest.raises(DataError, match="candle 78 of"):
        await stores.candle_writer.upsert_frame(BTC, M5, frame, IMPORTED)

    assert list(await stores.candles.stored()) == []


@pytest.mark.parametrize("name", BAD)
async def test_the_database_refuses_what_slipped_past(stores, database, name):
    column, value = BAD[name]
    await stores.candle_writer.upsert([candle(0)])

    with pytest.raises(DataError, match="refuses a value"):
        await database.rows(f"UPDATE ohlcv_data SET {column}_steps = %s RETURNING 1", [value])


async def test_times_must_be_starts_of_bars_and_rise(stores):
    frame = walk(10)
    late = replace(frame, time=frame.time + 1)
    doubled = replace(frame, time=np.sort(np.concatenate([frame.time[:9], frame.time[:1]])))

    with pytest.raises(DataError, match="no start of a 5m bar"):
        await stores.candle_writer.upsert_frame(BTC, M5, late, IMPORTED)
    with pytest.raises(DataError, match="not after the one before"):
        await stores.candle_writer.upsert_frame(BTC, M5, doubled, IMPORTED)


async def test_a_bulk_write_after_a_revision_keeps_count_of_it(stores, database):
    await stores.candle_writer.upsert([candle(0)])
    await stores.candle_writer.upsert([candle(0, close="100.5")])

    rows = await database.rows("SELECT revision, provenance, ts_event, ts_init FROM ohlcv_data")
    assert [(row["revision"], row["provenance"]) for row in rows] == [(1, "streamed")]
    assert rows[0]["ts_event"] == NOW + M5.delta


@native_only
async def test_years_land_in_partitions_of_their_own(stores, database):
    for days in (0, 366, 5 * 366):
        opened = NOW - timedelta(days=days)
        one = candle(0, opened=opened, ts_event=opened, ts_init=opened)
        await stores.candle_writer.upsert([one])

    rows = await database.rows(
        "SELECT relname FROM pg_class WHERE relispartition AND relkind = 'r' "
        "AND relname LIKE 'ohlcv_data_%%' ORDER BY relname",
        [],
    )
    assert [row["relname"] for row in rows] == [
        "ohlcv_data_2021",
        "ohlcv_data_2025",
        "ohlcv_data_2026",
    ]


async def test_an_unreadable_instrument_is_refused(stores):
    with pytest.raises(DataError, match="venue:kind:SYMBOL"):
        await stores.candle_writer.upsert_frame(InstrumentId("BTC"), M5, walk(3), IMPORTED)


prices = st.floats(min_value=1e-8, max_value=1e9, allow_nan=False)


@settings(
    max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(rows=st.lists(st.tuples(prices, prices, prices, prices, prices), min_size=1, max_size=40))
async def test_any_doubles_come_back_as_they_were(stores, rows):
    table = np.array(rows)
    frame = Frame(
        time=to_ms(NOW) + np.arange(len(rows), dtype=np.int64) * M5.milliseconds,
        open=table[:, 0],
        high=table[:, :4].max(axis=1),
        low=table[:, :4].min(axis=1),
        close=table[:, 1],
        volume=table[:, 4],
    )

    await stores.candle_writer.upsert_frame(BTC, M5, frame, IMPORTED)

    span = Span(start=NOW, end=NOW + len(rows) * M5.delta)
    assert same(await stores.candles.range(BTC, M5, span), frame)


async def test_a_streamed_decimal_becomes_the_nearest_double(stores):
    await stores.candle_writer.upsert([candle(0, close="101.1")])

    frame = await stores.candles.latest(BTC, M5, 1)
    assert frame.close[0] == float(Decimal("101.1"))
