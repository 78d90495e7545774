"""Recorders write what they were asked to, tell what it costs, and forget what is old."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest

from fks_desk.core.clock import SteppedClock
from fks_desk.core.errors import DataError
from fks_desk.core.messages import (
    BookMoved,
    FeedMoved,
    FeedState,
    MarketTraded,
    NoticeRaised,
)
from fks_desk.core.model import Span
from fks_desk.core.recordings import (
    DeleteRecordings,
    RecordedRows,
    Recorder,
    RecordersMoved,
    Recording,
    RowKind,
    StartRecording,
    StopRecording,
)
from fks_desk.market import recordings as module
from fks_desk.market.recordings import USUAL_BYTES, Recordings
from tests.fakes.market import START, a_trade, an_instrument, until
from tests.market.test_ticker_tape import a_book

BTC = an_instrument()


class MemorySink:
    def __init__(self, shelf, began) -> None:
        self.shelf, self.began, self.rows = shelf, began, []

    def append(self, rows: RecordedRows) -> int:
        if self.shelf.is_full:
            raise DataError("no space is left")
        self.rows.append(rows)
        return 1

    def close(self) -> Recording:
        count = sum(len(rows) for rows in self.rows)
        done = Recording(
            path=f"{self.began:%H%M%S}",
            instrument=BTC.id,
            span=Span(start=self.began, end=self.began + timedelta(minutes=1)),
            prints=count,
            changes=0,
            bytes=count * 3,
        )
        self.shelf.closed.append(done)
        return done


class MemoryShelf:
    def __init__(self) -> None:
        self.sinks: list[MemorySink] = []
        self.closed: list[Recording] = []
        self.recovered = 0
        self.is_full = False

    def recover(self) -> int:
        self.recovered += 1
        return 0

    def open(self, _instrument, began) -> MemorySink:
        self.sinks.append(MemorySink(self, began))
        return self.sinks[-1]

    def all(self):
        return list(self.closed)

    def delete(self, paths) -> int:
        before = len(self.closed)
        self.closed = [one for one in self.closed if one.path not in paths]
        return before - len(self.closed)

    @property
    def kinds(self) -> list[int]:
        parts = [rows.kind for sink in self.sinks for rows in sink.rows]
        return np.concatenate(parts).tolist() if parts else []


class Bench:
    def __init__(self) -> None:
        self.shelf, self.told, self.kept = MemoryShelf(), [], {}
        self.clock = SteppedClock(START)
        self.recordings = self.fresh()

    def fresh(self) -> Recordings:
        async def load():
            return self.kept or None

        async def save(chosen) -> None:
            self.kept = dict(chosen)

        return Recordings(
            shelf=self.shelf,
            lookup={BTC.id: BTC}.__getitem__,
            load=load,
            save=save,
            clock=self.clock,
            publish=self.told.append,
        )

    async def start(self, **changes) -> None:
        recorder = replace(Recorder(instrument=BTC.id), **changes)
        await self.recordings.start(StartRecording(recorder=recorder))

    def market(self, count: int = 3) -> None:
        for number in range(count):
            self.recordings.on_market_traded(MarketTraded(trade=a_trade(number)))
            self.recordings.on_book_moved(BookMoved(book=a_book({100 + number: 5}, {120: 5})))


@pytest.fixture
async def bench(monkeypatch):
    monkeypatch.setattr(module, "WRITE_EVERY_S", 0.01)
    one = Bench()
    await one.recordings.open()
    yield one
    await one.recordings.close()


async def test_only_what_was_chosen_is_written(bench):
    bench.market()
    await until(lambda: any(isinstance(event, RecordersMoved) for event in bench.told))
    assert bench.shelf.sinks == []

    await bench.start()
    bench.market()
    await until(lambda: bench.shelf.kinds)
    assert bench.shelf.kinds.count(RowKind.BOUGHT) == 3
    assert bench.shelf.kinds.count(RowKind.BOOK) == 1


async def test_prints_alone_can_be_recorded(bench):
    await bench.start(with_book=False)
    bench.market()
    await until(lambda: bench.shelf.kinds)

    assert set(bench.shelf.kinds) == {RowKind.BOUGHT}


async def test_a_lost_stream_starts_the_book_anew(bench):
    await bench.start()
    bench.market()
    bench.recordings.on_feed_moved(
        FeedMoved(instrument=BTC.id, stream="books", state=FeedState.DOWN)
    )
    bench.market()
    await until(lambda: bench.shelf.kinds.count(RowKind.BOOK) == 2)


async def test_stopping_packs_the_file_and_a_restart_does_not_go_on(bench):
    await bench.start()
    bench.market()
    await bench.recordings.stop(StopRecording(instrument=BTC.id))

    assert len(bench.shelf.closed) == 1
    assert bench.kept == {"recorders": []}
    (state,) = await bench.recordings.recorders()
    assert state.recorder is None
    assert state.bytes_stored == bench.shelf.closed[0].bytes


async def test_a_restart_goes_on_recording(bench):
    await bench.start(keep=timedelta(days=2))
    await bench.recordings.close()
    bench.recordings = bench.fresh()
    await bench.recordings.open()
    bench.market()
    await until(lambda: bench.shelf.kinds)

    (state,) = await bench.recordings.recorders()
    assert state.recorder == Recorder(instrument=BTC.id, keep=timedelta(days=2))
    assert bench.shelf.recovered == 2


async def test_the_forecast_counts_rows_at_the_size_they_had_on_disk(bench):
    state = (await bench.recordings.recorders()) or []
    assert state == []
    bench.market(1)
    bench.recordings._rates[BTC.id] = module.deque([(0.0, 99, 99.0), (10.0, 20, 30.0)])

    (state,) = await bench.recordings.recorders()
    assert (state.prints_per_s, state.changes_per_s) == (2.0, 3.0)
    assert state.bytes_per_day == pytest.approx(5.0 * USUAL_BYTES * 86_400)


async def test_every_hour_begins_a_file(bench):
    await bench.start()
    bench.market()
    await until(lambda: bench.shelf.kinds)
    bench.clock.advance(timedelta(hours=1))
    bench.market()
    await until(lambda: len(bench.shelf.sinks) == 2)

    assert len(bench.shelf.closed) == 1


async def test_old_recordings_of_a_recorder_go(bench):
    await bench.start(keep=timedelta(hours=2))
    bench.market()
    await until(lambda: bench.shelf.kinds)
    await bench.recordings.stop(StopRecording(instrument=BTC.id))
    bench.clock.advance(timedelta(hours=3))

    assert await bench.recordings.clean() == 0
    await bench.start(keep=timedelta(hours=2))
    assert await bench.recordings.clean() == 1
    assert bench.shelf.closed == []


async def test_a_person_may_delete_a_recording(bench):
    await bench.start()
    bench.market()
    await bench.recordings.stop(StopRecording(instrument=BTC.id))
    (one,) = await bench.recordings.recordings()
    await bench.recordings.delete(DeleteRecordings(paths=(one.path,)))

    assert await bench.recordings.recordings() == []


@pytest.mark.usefixtures("allow_warnings")
async def test_a_full_disk_is_told_once_and_recording_goes_on_when_there_is_room(bench):
    bench.shelf.is_full = True
    await bench.start()
    bench.market()
    await until(lambda: any(isinstance(event, NoticeRaised) for event in bench.told))
    bench.market()
    (state,) = await bench.recordings.recorders()

    assert state.note == "no space is left"
    bench.shelf.is_full = False
    bench.market()
    await until(lambda: bench.shelf.kinds)
    assert sum(isinstance(event, NoticeRaised) for event in bench.told) == 1


def test_a_recorder_keeps_for_an_hour_at_least():
    with pytest.raises(ValueError, match="an hour or more"):
        Recorder(instrument=BTC.id, keep=timedelta(minutes=1))
