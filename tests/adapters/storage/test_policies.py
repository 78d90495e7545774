"""Thin out what is old: first as a dry run, then exactly that, on whichever server there is."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import numpy as np
import pytest

from fks_desk.adapters.storage.policies import NO_COMPRESSION
from fks_desk.adapters.storage.upkeep import Upkeep
from fks_desk.core.clock import to_ms
from fks_desk.core.errors import TaskError
from fks_desk.core.model import Provenance, Span, Timeframe
from fks_desk.core.storage_report import (
    CLEAN_UP_JOB,
    ROLL_UP_JOB,
    DataSet,
    ForgetStoragePolicy,
    PolicyKind,
    SaveStoragePolicy,
    StorageCleaned,
    StoragePoliciesMoved,
    StoragePolicy,
)
from tests.adapters.storage.test_rollups import (
    assert_same,
    context,
    minutes,
    rolled_by_hand,
    store,
)
from tests.adapters.storage.test_tables import market_trade
from tests.fakes.candles import walk
from tests.fakes.rows import BTC, ETH, NOW, candle

DAY = timedelta(days=1)
MIDNIGHT = NOW.replace(hour=0)


def retention(days, **changes):
    values = {"kind": PolicyKind.RETENTION, "data_set": DataSet.CANDLES, "after": days * DAY}
    return StoragePolicy(**values | changes)


def compression(days, data_set=DataSet.CANDLES):
    return StoragePolicy(kind=PolicyKind.COMPRESSION, data_set=data_set, after=days * DAY)


@pytest.fixture
def told():
    return []


@pytest.fixture
def upkeep(stores, told):
    return Upkeep(
        rollups=stores.rollups,
        policies=stores.policies,
        reader=stores.storage,
        publish=told.append,
    )


async def candle_count(database):
    return (await database.rows("SELECT count(*) AS rows FROM ohlcv_data"))[0]["rows"]


async def fill(stores, days=40):
    """Store minutes of one pair and bars of five minutes of another, up to now."""
    start = MIDNIGHT - days * DAY
    await store(stores, minutes(days, start=start))
    await stores.candle_writer.upsert_frame(
        ETH, Timeframe.M5, walk(days * 288, start_ms=to_ms(start)), Provenance.IMPORTED
    )


async def test_a_preview_counts_and_changes_nothing(stores, database):
    await fill(stores)
    before = await candle_count(database)

    effect = await stores.policies.preview(retention(10))

    assert effect.cutoff == MIDNIGHT - 10 * DAY
    assert effect.rows == 30 * 1440 + 30 * 288
    assert effect.bytes > effect.rows * 50
    assert {(one.instrument, one.timeframe, one.rows) for one in effect.series} == {
        (BTC, Timeframe.M1, 30 * 1440),
        (ETH, Timeframe.M5, 30 * 288),
    }
    assert await candle_count(database) == before


@pytest.mark.parametrize(
    "changes", [{}, {"timeframe": Timeframe.M1}, {"instrument": ETH}], ids=["all", "1m", "ETH"]
)
async def test_a_clean_up_removes_exactly_what_the_preview_said(stores, database, changes):
    await fill(stores)
    policy = retention(10, **changes)
    before = await candle_count(database)
    promised = await stores.policies.preview(policy)

    done = await stores.policies.carry_out(context(), policy)

    assert (done.rows, done.cutoff) == (promised.rows, promised.cutoff)
    assert await candle_count(database) == before - promised.rows
    assert (await stores.policies.preview(policy)).rows == 0
    kept = await stores.candles.range(BTC, Timeframe.M1, Span(start=done.cutoff, end=NOW))
    assert len(kept) == 10 * 1440


async def test_whole_years_go_at_once_and_late_candles_still_find_their_place(stores, database):
    old = NOW - 900 * DAY
    for opened in (old, NOW - 5 * DAY):
        await stores.candle_writer.upsert(
            [candle(0, opened=opened, ts_event=opened, ts_init=opened)]
        )

    done = await stores.policies.carry_out(context(), retention(365))
    count = await stores.candle_writer.upsert([candle(0, opened=old, ts_event=old, ts_init=old)])

    assert done.rows == 1
    assert count.inserted == 1
    assert await candle_count(database) == 2


async def test_roll_ups_outlive_their_minutes(stores):
    start = MIDNIGHT - 20 * DAY
    frame = minutes(20, start=start)
    await store(stores, frame)
    expected, _counts = rolled_by_hand(frame, Timeframe.H1)

    await stores.policies.carry_out(context(), retention(10, timeframe=Timeframe.M1))
    await stores.rollups.roll_up(context())

    found = await stores.rolled.range(BTC, Timeframe.H1, Span(start=start, end=MIDNIGHT))
    assert_same(found, expected)
    assert len(await stores.candles.latest(BTC, Timeframe.M1, 99_999)) == 10 * 1440


async def test_a_minute_that_comes_after_its_day_was_cleaned_does_not_spoil_the_roll_up(stores):
    start = MIDNIGHT - 20 * DAY
    frame = minutes(20, start=start)
    await store(stores, frame)
    expected, _counts = rolled_by_hand(frame, Timeframe.H1)
    await stores.policies.carry_out(context(), retention(10, timeframe=Timeframe.M1))

    await store(stores, frame.slice(0, 1))

    span = Span(start=start, end=MIDNIGHT)
    assert_same(await stores.rolled.range(BTC, Timeframe.H1, span), expected)
    await stores.rollups.roll_up(context())
    assert_same(await stores.rolled.range(BTC, Timeframe.H1, span), expected)


async def test_prints_are_thinned_out_too(stores):
    await stores.market_trades.record_market_trades(
        [market_trade(number, minutes=-1440 * number) for number in range(40)]
    )

    done = await stores.policies.carry_out(context(), retention(20, data_set=DataSet.MARKET_TRADES))

    assert done.rows == 19
    assert [one.rows for one in done.series] == [19]


async def test_policies_are_kept_replaced_and_forgotten(stores, told, upkeep):
    before = await stores.storage.policies()
    await upkeep.save(SaveStoragePolicy(policy=retention(10)))
    await upkeep.save(SaveStoragePolicy(policy=retention(20, is_enabled=False)))
    await upkeep.save(SaveStoragePolicy(policy=retention(5, instrument=BTC)))

    kept = await stores.storage.policies()
    assert set(kept) - set(before) == {
        retention(20, is_enabled=False),
        retention(5, instrument=BTC),
    }
    await upkeep.forget(ForgetStoragePolicy(name=retention(20).name))
    assert told[-1] == StoragePoliciesMoved(policies=await stores.storage.policies())
    assert retention(20).name not in [one.name for one in await stores.storage.policies()]


async def test_the_scheduled_clean_up_carries_out_what_is_enabled(stores, told, upkeep):
    await fill(stores)
    await stores.policies.save(retention(10, timeframe=Timeframe.M1))
    await stores.policies.save(retention(3, instrument=ETH, is_enabled=False))
    name = retention(10, timeframe=Timeframe.M1).name

    promised = await upkeep.clean_up(context(), {"dry_run": True})
    done = await upkeep.clean_up(context(), {})

    assert promised[name]["rows"] == done[name]["rows"] == 30 * 1440
    assert retention(3, instrument=ETH).name not in done
    assert isinstance(told[-1], StorageCleaned)
    chosen = await upkeep.clean_up(context(), {"policy": retention(3, instrument=ETH).name})
    assert [one["rows"] for one in chosen.values()] == [37 * 288]
    with pytest.raises(TaskError, match="no policy"):
        await upkeep.clean_up(context(), {"policy": "nothing"})


async def test_the_database_offers_its_work_on_a_schedule(upkeep, stores):
    jobs = {job.name: job for job in upkeep.jobs()}

    assert jobs.keys() == {CLEAN_UP_JOB, ROLL_UP_JOB}
    assert all(job.cron for job in jobs.values())
    await store(stores, minutes(2))
    assert await jobs[ROLL_UP_JOB].run(context(), {}) == {"days": 2, "measured": True}
    assert await jobs[ROLL_UP_JOB].run(context(), {}) == {"days": 0, "measured": False}


async def test_a_server_that_cannot_compress_says_what_can(stores):
    if stores.features.can_compress:
        pytest.skip("this server can")

    effect = await stores.policies.carry_out(context(), compression(7))

    assert (effect.rows, effect.note) == (0, NO_COMPRESSION)


async def test_compressed_candles_are_read_revised_and_written_as_before(stores, database):
    if not stores.features.can_compress:
        pytest.skip("needs TimescaleDB's community edition in FKS_TEST_TIMESCALE_URL")
    frame = minutes(200, start=MIDNIGHT - 300 * DAY)
    await store(stores, frame)
    await stores.policies.save(compression(30))

    promised = await stores.policies.preview(compression(30))
    done = await stores.policies.carry_out(context(), compression(30))
    report = await stores.storage.report()

    candles = next(one for one in report.tables if one.name == "ohlcv_data")
    assert done.rows == promised.rows > 0
    assert candles.compressed_parts > 0
    assert candles.compression_ratio > 2
    assert_same(await stores.candles.latest(BTC, Timeframe.M1, len(frame)), frame)
    revised = replace(frame, close=np.where(np.arange(len(frame)) == 50, frame.low, frame.close))
    count = await store(stores, revised)
    assert (count.inserted, count.revised) == (0, 1)
    assert_same(await stores.candles.latest(BTC, Timeframe.M1, len(frame)), revised)
    trace = await database.rows("SELECT close FROM candle_revisions")
    assert [row["close"] for row in trace] == [frame.close[50]]
    jobs = await database.rows(
        "SELECT count(*) AS jobs FROM timescaledb_information.jobs "
        "WHERE proc_name = 'policy_compression' AND hypertable_name = 'ohlcv_data'"
    )
    assert jobs[0]["jobs"] == 1


async def test_the_report_tells_what_is_stored_how_big_and_how_it_grows(stores, clock):
    await fill(stores)
    await stores.market_trades.record_market_trades([market_trade(1)])
    await stores.storage.note_sizes()
    clock.advance(2 * DAY)
    await store(stores, minutes(30, start=MIDNIGHT - 100 * DAY))

    report = await stores.storage.report()

    tables = {table.name: table for table in report.tables}
    candles = tables["ohlcv_data"]
    assert report.features == stores.features
    assert report.database_bytes > candles.bytes > 0
    assert candles.rows == 70 * 1440 + 40 * 288
    assert candles.data_set is DataSet.CANDLES
    assert candles.growth_bytes_per_day > 0
    assert candles.span.start == MIDNIGHT - 100 * DAY
    assert [one.bytes for one in report.tables] == sorted(
        (one.bytes for one in report.tables), reverse=True
    )
    series = {(one.data_set, one.instrument, one.timeframe): one for one in report.series}
    minutes_of_btc = series[DataSet.CANDLES, BTC, Timeframe.M1]
    assert minutes_of_btc.rows == 70 * 1440
    assert 0 < minutes_of_btc.bytes < candles.bytes
    assert series[DataSet.MARKET_TRADES, BTC, None].rows == 1
    assert "journal" in tables


async def test_the_report_of_an_empty_desk_is_empty_and_not_wrong(stores):
    report = await stores.storage.report()

    assert report.series == ()
    assert {table.growth_bytes_per_day for table in report.tables} == {None}
    assert Decimal(report.database_bytes) > 0
