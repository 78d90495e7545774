"""The recorder's decisions, without a screen."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from fks_desk.core.model import Span
from fks_desk.core.nursery import Nursery
from fks_desk.core.recordings import (
    DeleteRecordings,
    Recorder,
    RecordersMoved,
    RecorderState,
    Recording,
    ReplayRecording,
    StartRecording,
    StopRecording,
)
from fks_desk.ui.models.data.recorder import RecorderModel
from tests.fakes.panes import BTC, NOON, Desk

IDLE = RecorderState(
    instrument=BTC.id,
    recorder=None,
    prints_per_s=5.0,
    changes_per_s=250.0,
    bytes_per_day=90_000_000.0,
    bytes_stored=0,
)
ACTIVE = replace(IDLE, recorder=Recorder(instrument=BTC.id), bytes_stored=3_000_000)
FILE = Recording(
    path="/r/a.recording.parquet",
    instrument=BTC.id,
    span=Span(start=NOON - timedelta(hours=1), end=NOON),
    prints=100,
    changes=9_000,
    bytes=45_000,
)


class MemoryRecordings:
    async def recorders(self):
        return [IDLE]

    async def recordings(self):
        return [FILE]


class Bench:
    def __init__(self) -> None:
        self.desk = Desk(Nursery())
        self.notices, self.summaries, self.files, self.asked = [], [], [], []
        self.model = RecorderModel(
            recordings=MemoryRecordings(), send=self.desk.sent.append, nursery=self.desk.nursery
        )
        self.model.notice_changed.connect(self.notices.append)
        self.model.summary_changed.connect(self.summaries.append)
        self.model.recordings_changed.connect(self.files.extend)
        self.model.confirm_wanted.connect(lambda text, files: self.asked.append((text, files)))

    async def loaded(self) -> None:
        self.model.load()
        async with asyncio.timeout(30):
            while not (self.files and self.summaries):
                await asyncio.sleep(0)


@pytest.fixture
async def bench(qapp) -> Bench:
    return Bench()


async def test_recording_begins_with_its_forecast(bench):
    bench.model.toggle(IDLE, "7", with_book=False)

    recorder = Recorder(instrument=BTC.id, with_book=False, keep=timedelta(days=7))
    assert bench.desk.sent == [StartRecording(recorder=recorder)]
    assert bench.notices == ["Recording; about 90.0 MB a day, 630.0 MB until the oldest goes."]


async def test_the_same_key_stops(bench):
    bench.model.toggle(ACTIVE, "7", with_book=True)

    assert bench.desk.sent == [StopRecording(instrument=BTC.id)]


@pytest.mark.parametrize("days", ["soon", "0", "-3"])
async def test_days_that_cannot_be_are_told(bench, days):
    bench.model.toggle(IDLE, days, with_book=True)
    bench.model.toggle(None, "7", with_book=True)

    assert bench.desk.sent == []
    assert "number of days such as 7" in bench.notices[0]
    assert "Choose an instrument" in bench.notices[1]


async def test_the_summary_counts_what_is_kept_at_most(bench):
    bench.model.on_recorders_moved(RecordersMoved(states=(ACTIVE,)))

    assert bench.summaries == [
        "1 recorded · 3.0 MB stored · about 90.0 MB a day, 630.0 MB kept at most"
    ]


async def test_files_go_only_after_a_person_agreed(bench):
    await bench.loaded()
    bench.model.ask_delete([FILE, replace(FILE, path="b", is_growing=True)])
    assert bench.desk.sent == []
    text, files = bench.asked[0]
    bench.model.delete(files)
    bench.model.ask_delete([])

    assert text == "1 recordings with 45.0 kB go for good."
    assert bench.desk.sent == [DeleteRecordings(paths=(FILE.path,))]
    assert "Choose a finished recording" in bench.notices[-1]


async def test_a_finished_recording_is_replayed(bench):
    bench.model.replay(FILE)
    bench.model.replay(replace(FILE, is_growing=True))
    bench.model.replay(None)

    assert bench.desk.sent == [ReplayRecording(path=FILE.path)]
    assert "a window of its own" in bench.notices[0]
    assert "Choose a finished recording" in bench.notices[1]
