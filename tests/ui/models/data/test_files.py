"""The import's and export's decisions, without a screen."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from fks_desk.core.messages import CancelTask, StartTask, TaskMoved, TaskRecord, TaskState
from fks_desk.core.model import Timeframe
from fks_desk.core.nursery import Nursery
from fks_desk.core.transfers import (
    EXPORT_JOB,
    IMPORT_JOB,
    ExportRequest,
    FileLayout,
    FilePreview,
)
from fks_desk.ui.models.data.files import FilesModel
from tests.fakes.panes import BTC, NOON, Desk, MemoryCandles


class MemoryFiles:
    def __init__(self) -> None:
        self.asked = []

    async def found(self, place):
        return [f"{place}/a.csv", f"{place}/bad.csv"]

    async def preview(self, request):
        self.asked.append(request)
        problem = "no candles" if "bad" in request.path else ""
        return FilePreview(request=request, problem=problem)


class Bench:
    def __init__(self) -> None:
        self.desk = Desk(Nursery())
        self.files, self.notices, self.previews = MemoryFiles(), [], {}
        self.candles = MemoryCandles()
        self.candles.frames[BTC.id, Timeframe.M5] = [1]
        self.model = FilesModel(
            files=self.files,
            candles=self.candles,
            send=self.desk.sent.append,
            clock=self.desk.clock,
            nursery=self.desk.nursery,
        )
        self.model.notice_changed.connect(self.notices.append)
        self.model.previews_changed.connect(
            lambda found: self.previews.update({one.request.path: one for one in found})
        )

    async def until(self, is_so) -> None:
        async with asyncio.timeout(30):
            while not is_so():
                await asyncio.sleep(0)

    async def added(self) -> None:
        self.model.add("/data")
        await self.until(lambda: len(self.previews) == 2)


@pytest.fixture
async def bench(qapp) -> Bench:
    return Bench()


def record(state: TaskState, job: str = IMPORT_JOB, **changes) -> TaskRecord:
    return TaskRecord(
        task=5, job=job, queue="default", state=state, attempts=1, queued=NOON, **changes
    )


async def test_a_folder_is_looked_into_file_by_file(bench):
    await bench.added()

    assert bench.previews["/data/bad.csv"].problem == "no candles"
    assert bench.notices[-1] == "2 files found."


async def test_files_with_a_problem_are_left_out_of_the_import(bench):
    await bench.added()
    bench.model.import_files(())

    (command,) = bench.desk.sent
    assert command.job == IMPORT_JOB
    assert [one["path"] for one in command.arguments["files"]] == ["/data/a.csv"]
    bench.model.remove([bench.previews["/data/a.csv"]])
    bench.model.import_files(())
    assert len(bench.desk.sent) == 1
    assert "No file here" in bench.notices[-1]


async def test_a_person_may_say_what_a_file_is(bench):
    await bench.added()
    bench.model.take_as([bench.previews["/data/a.csv"]], "kraken", "XBT/EUR", "5m")
    await bench.until(lambda: len(bench.files.asked) == 3)

    asked = bench.files.asked[-1]
    assert (asked.exchange, asked.symbol, asked.timeframe) == ("kraken", "XBT/EUR", Timeframe.M5)
    bench.model.take_as([], "", "", "7m")
    assert "no interval" in bench.notices[-1]


async def test_the_transfer_tells_how_far_it_is_and_can_be_stopped(bench):
    bench.model.cancel()
    assert bench.notices[-1] == "Nothing is under way."
    running = record(TaskState.RUNNING, progress=0.5, note="a.csv")
    bench.model.on_task_moved(TaskMoved(record=running))

    assert (bench.model.transfer.fraction, bench.model.transfer.text) == (0.5, "a.csv")
    bench.model.cancel()
    assert bench.desk.sent == [CancelTask(task=5)]


async def test_after_an_import_its_files_are_looked_at_again(bench):
    await bench.added()
    result = {"files": 1, "inserted": 50, "revised": 0, "unchanged": 0, "refused": []}
    bench.model.on_task_moved(TaskMoved(record=record(TaskState.DONE, result=result)))
    await bench.until(lambda: len(bench.files.asked) == 4)

    assert bench.model.transfer.text == "1 files: 50 new, 0 revised, 0 unchanged"
    assert bench.model.transfer.task is None


@pytest.mark.parametrize(
    ("state", "changes", "sentence"),
    [
        (TaskState.FAILED, {"error": "Traceback\nit is damaged"}, "it is damaged"),
        (TaskState.CANCELED, {}, "Stopped; files that were imported before stay."),
    ],
)
async def test_a_bad_end_is_told(bench, state, changes, sentence):
    bench.model.on_task_moved(TaskMoved(record=record(state, **changes)))

    assert bench.model.transfer.text == sentence
    assert bench.model.transfer.has_failed is (state is TaskState.FAILED)


async def test_an_export_names_series_layout_and_range(bench):
    bench.model.export(BTC.id, Timeframe.M5, FileLayout.FREQTRADE, ("30d", ""), "out")

    (command,) = bench.desk.sent
    assert isinstance(command, StartTask)
    assert command.job == EXPORT_JOB
    wanted = ExportRequest.read(command.arguments)
    assert (wanted.layout, wanted.target) == (FileLayout.FREQTRADE, "out")
    assert wanted.start == NOON - timedelta(days=30)
    assert wanted.end is None
    written = record(TaskState.DONE, EXPORT_JOB, result={"candles": 9, "files": ["/x.csv"]})
    bench.model.on_task_moved(TaskMoved(record=written))
    assert bench.model.transfer.text == "9 candles written to /x.csv"


async def test_an_export_without_anything_stored_says_what_to_do(bench):
    bench.model.export(None, None, FileLayout.CSV, ("", ""), "")
    bench.model.export(BTC.id, Timeframe.M5, FileLayout.CSV, ("soon", ""), "")

    assert bench.desk.sent == []
    assert "import or download" in bench.notices[0]
    assert "From is a day" in bench.notices[1]


async def test_stored_series_are_offered(bench):
    bench.model.load()
    await bench.until(lambda: bench.model.stored)

    assert bench.model.stored == {BTC.id: [Timeframe.M5]}
