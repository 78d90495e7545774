"""The storage page counts before it removes, and asks."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from fks_desk.core.messages import StartTask
from fks_desk.core.model import Span, Timeframe
from fks_desk.core.nursery import Nursery
from fks_desk.core.storage_report import (
    CLEAN_UP_JOB,
    DataSet,
    ForgetStoragePolicy,
    PolicyEffect,
    PolicyKind,
    SaveStoragePolicy,
    ServerFeatures,
    StorageCleaned,
    StoragePoliciesMoved,
    StoragePolicy,
    StorageReport,
    StoredSeries,
    StoredTable,
    TimescaleEdition,
)
from fks_desk.ui.models.data.storage import PolicyRow, StorageModel, effect_text, size_text
from tests.fakes.panes import BTC, NOON, Desk

POLICY = StoragePolicy(
    kind=PolicyKind.RETENTION, data_set=DataSet.MARKET_TRADES, after=timedelta(days=30)
)
SPAN = Span(start=NOON - timedelta(days=60), end=NOON)
REPORT = StorageReport(
    taken=NOON,
    features=ServerFeatures(
        server="18", timescale="2.19", edition=TimescaleEdition.COMMUNITY, vector="0.8"
    ),
    database_bytes=5_300_000_000,
    tables=(
        StoredTable(
            name="ohlcv_data",
            rows=1_000_000,
            bytes=4_000_000,
            span=SPAN,
            raw_bytes=90,
            compressed_bytes=10,
            growth_bytes_per_day=1_500_000.0,
        ),
    ),
    series=(
        StoredSeries(
            data_set=DataSet.CANDLES,
            instrument=BTC.id,
            timeframe=Timeframe.M1,
            rows=1_000_000,
            bytes=4_000_000,
            span=SPAN,
        ),
    ),
)


def effect(rows: int = 1200, policy: StoragePolicy = POLICY, note: str = "") -> PolicyEffect:
    return PolicyEffect(
        policy=policy, cutoff=NOON - policy.after, rows=rows, bytes=rows * 100, note=note
    )


class MemoryStorage:
    def __init__(self) -> None:
        self.rows, self.tried = 1200, []

    async def report(self):
        return REPORT

    async def policies(self):
        return (POLICY,)

    async def preview(self, policy):
        self.tried.append(policy)
        return effect(self.rows, policy)


class Bench:
    def __init__(self) -> None:
        self.desk = Desk(Nursery())
        self.storage, self.notices, self.wanted, self.summaries = MemoryStorage(), [], [], []
        self.model = StorageModel(
            storage=self.storage, send=self.desk.sent.append, nursery=self.desk.nursery
        )
        self.model.notice_changed.connect(self.notices.append)
        self.model.confirm_wanted.connect(self.wanted.append)
        self.model.summary_changed.connect(self.summaries.append)

    async def until(self, is_so) -> None:
        async with asyncio.timeout(30):
            while not is_so():
                await asyncio.sleep(0)

    async def loaded(self) -> None:
        self.model.load()
        await self.until(lambda: self.model.rows and self.model.rows[0].effect is not None)
        await self.until(lambda: self.model.report is not None)


@pytest.fixture
async def bench(qapp) -> Bench:
    return Bench()


async def test_the_summary_says_size_growth_and_compression(bench):
    await bench.loaded()

    assert bench.summaries[-1] == (
        "5.3 GB in the database · grows by 1.5 MB a day · compressed 9.0 times · "
        "PostgreSQL 18, pgvector 0.8, TimescaleDB 2.19 (community)"
    )


async def test_each_policy_shows_what_it_would_take(bench):
    await bench.loaded()

    (row,) = bench.model.rows
    assert effect_text(row.effect) == (
        "would remove 1,200 rows before 2026-10-21 12:00, about 120.0 kB"
    )


async def test_nothing_is_removed_before_a_person_agreed_to_the_numbers(bench):
    await bench.loaded()
    bench.model.ask_clean_up()

    assert bench.desk.sent == []
    assert bench.wanted == ["1,200 market trades older than 2026-10-21 12:00 UTC (about 120.0 kB)"]
    bench.model.clean_up()
    assert bench.desk.sent == [StartTask(job=CLEAN_UP_JOB)]


async def test_a_clean_up_that_removes_nothing_needs_no_question(bench):
    bench.storage.rows = 0
    await bench.loaded()
    bench.model.ask_clean_up()

    assert bench.wanted == []
    assert bench.desk.sent == [StartTask(job=CLEAN_UP_JOB)]


async def test_an_uncounted_policy_delays_the_clean_up(bench):
    bench.model.rows = [PolicyRow(policy=POLICY)]
    bench.model.ask_clean_up()

    assert bench.desk.sent == []
    assert "still counting" in bench.notices[-1]


async def test_a_policy_is_tried_kept_and_forgotten(bench):
    tried = []
    bench.model.trial_changed.connect(tried.append)
    bench.model.try_out(PolicyKind.RETENTION, DataSet.CANDLES, "90", "1m")
    await bench.until(lambda: tried)
    bench.model.save(PolicyKind.RETENTION, DataSet.CANDLES, "90", "1m")
    bench.model.forget(PolicyRow(policy=POLICY))
    bench.model.forget(None)

    wanted = StoragePolicy(
        kind=PolicyKind.RETENTION,
        data_set=DataSet.CANDLES,
        after=timedelta(days=90),
        timeframe=Timeframe.M1,
    )
    assert tried[0].policy == wanted
    assert bench.desk.sent == [
        SaveStoragePolicy(policy=wanted),
        ForgetStoragePolicy(name=POLICY.name),
    ]


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ((PolicyKind.RETENTION, DataSet.CANDLES, "soon", ""), "number of days such as 30"),
        ((PolicyKind.RETENTION, DataSet.CANDLES, "0.1", ""), "a day or more"),
        ((PolicyKind.COMPRESSION, DataSet.CANDLES, "9", "1m"), "whole data set"),
    ],
)
async def test_a_policy_that_cannot_be_is_told(bench, words, sentence):
    bench.model.save(*words)

    assert bench.desk.sent == []
    assert sentence in bench.notices[-1]


async def test_policies_and_clean_ups_from_elsewhere_are_shown(bench):
    bench.model.on_policies_moved(StoragePoliciesMoved(policies=(POLICY,)))
    bench.model.on_cleaned(StorageCleaned(effects=(effect(),)))
    await bench.until(lambda: bench.model.report is not None)

    assert bench.notices[0] == "The clean-up removed 1,200 rows."


def test_sizes_and_notes_are_short():
    assert [size_text(size) for size in (999, 1_000, 2_340_000_000)] == [
        "999 B",
        "1.0 kB",
        "2.3 GB",
    ]
    assert effect_text(effect(note="this server cannot compress")) == "this server cannot compress"
