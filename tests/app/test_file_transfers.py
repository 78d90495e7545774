"""Preview, import and export through the tasks, on a real database."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fks_desk.adapters.files.writing import write_candles
from fks_desk.adapters.storage.database import Database
from fks_desk.adapters.storage.stores import open_stores
from fks_desk.app.file_transfers import FileTransfers, changes, found_files
from fks_desk.core.clock import SteppedClock
from fks_desk.core.errors import DataError
from fks_desk.core.frame import Frame
from fks_desk.core.job import CancelToken, JobContext
from fks_desk.core.messages import CandlesRepaired
from fks_desk.core.model import InstrumentId, Timeframe
from fks_desk.core.transfers import ExportRequest, FileLayout, ImportRequest
from tests.fakes.candles import walk

CLOCK = SteppedClock(datetime(2026, 6, 1, tzinfo=UTC))
ADA = InstrumentId("binance:spot:ADA/USDT")


def context() -> JobContext:
    return JobContext(progress=lambda _fraction, _note: None, cancel=CancelToken())


@pytest.fixture
async def bench(database_url, tmp_path):
    database = Database(database_url)
    stores = await open_stores(database=database, clock=CLOCK)
    told = []
    yield (
        FileTransfers(stores=stores, clock=CLOCK, exports=tmp_path, publish=told.append),
        told,
    )
    await database.close()


def file_of(tmp_path: Path, count: int = 50, name: str = "ADAUSDT-5m.csv") -> str:
    path = tmp_path / name
    write_candles(path, walk(count))
    return str(path)


async def test_a_preview_stores_nothing_and_says_what_an_import_would_do(bench, tmp_path):
    files, told = bench
    request = ImportRequest(path=file_of(tmp_path))

    preview = await files.preview(request)

    assert (preview.instrument, preview.timeframe) == (ADA, Timeframe.M5)
    assert (preview.rows, preview.fresh, preview.unchanged) == (50, 50, 0)
    assert preview.columns[0] == "timestamp"
    assert len(preview.head) == 8
    assert preview.problem == ""
    assert told == []
    assert await files.stores.candles.stored() == []


async def test_after_the_import_a_preview_finds_everything_unchanged(bench, tmp_path):
    files, told = bench
    request = ImportRequest(path=file_of(tmp_path))

    result = await files.import_files(context(), {"files": [request.arguments()]})
    again = await files.import_files(context(), {"files": [request.arguments()]})
    preview = await files.preview(request)

    assert (result["inserted"], again["inserted"], again["unchanged"]) == (50, 0, 50)
    assert (preview.fresh, preview.unchanged) == (0, 50)
    assert [type(event) for event in told] == [CandlesRepaired]


async def test_a_file_that_cannot_be_used_is_told_in_its_preview(bench, tmp_path):
    files, _ = bench
    path = tmp_path / "BTCUSDT-1m.csv"
    path.write_text("date,open\nyesterday,1\n")

    preview = await files.preview(ImportRequest(path=str(path)))

    assert "has no column for" in preview.problem
    assert preview.head == (("yesterday", "1"),)


async def test_one_bad_file_does_not_stop_the_others(bench, tmp_path):
    files, _ = bench
    bad = tmp_path / "BADUSDT-5m.csv"
    bad.write_text("no candles\n")
    wanted = [ImportRequest(path=path).arguments() for path in (str(bad), file_of(tmp_path))]

    result = await files.import_files(context(), {"files": wanted})

    assert (result["files"], result["inserted"]) == (1, 50)
    assert len(result["refused"]) == 1


async def test_nothing_but_bad_files_fails_the_task(bench, tmp_path):
    files, _ = bench
    bad = tmp_path / "BADUSDT-5m.csv"
    bad.write_text("no candles\n")

    with pytest.raises(DataError):
        await files.import_files(context(), {"files": [ImportRequest(path=str(bad)).arguments()]})


async def test_a_cancelled_import_stops_before_the_next_file(bench, tmp_path):
    files, _ = bench
    stopped = context()
    stopped.cancel.cancel()

    result = await files.import_files(
        stopped, {"files": [ImportRequest(path=file_of(tmp_path)).arguments()]}
    )

    assert result["files"] == 0


async def test_an_export_is_a_file_that_imports_as_unchanged(bench, tmp_path):
    files, _ = bench
    request = ImportRequest(path=file_of(tmp_path))
    await files.import_files(context(), {"files": [request.arguments()]})
    wanted = ExportRequest(
        instrument=ADA, timeframe=Timeframe.M5, layout=FileLayout.TRADINGVIEW, target="out"
    )

    result = await files.export_candles(context(), wanted.arguments())
    preview = await files.preview(ImportRequest(path=result["files"][0]))

    assert result["candles"] == 50
    assert (preview.fresh, preview.revised, preview.unchanged) == (0, 0, 50)


async def test_rows_are_exported_with_formulas_disarmed(bench, tmp_path):
    files, _ = bench

    path = await files.write_table("../rows.csv", ["name", "n"], [["=1+1", -5]])

    assert Path(path) == tmp_path / "rows.csv"
    assert (tmp_path / "rows.csv").read_text() == "name,n\n'=1+1,-5\n"


def test_a_folder_is_searched_for_candles_alone(tmp_path):
    (tmp_path / "futures").mkdir()
    for name in ("BTC_USDT-5m.feather", "notes.md", "futures/A_USDT_USDT-8h-funding_rate.feather"):
        (tmp_path / name).write_bytes(b"x")

    assert found_files(tmp_path) == [str(tmp_path / "BTC_USDT-5m.feather")]
    with pytest.raises(DataError, match="no candle file"):
        found_files(tmp_path / "futures")
    with pytest.raises(DataError, match="there is no file"):
        found_files(tmp_path / "missing")


@given(st.lists(st.sampled_from(["new", "same", "other", "stored"]), max_size=40))
def test_changes_are_counted_exactly(kinds):
    whole = walk(max(1, len(kinds)))
    places = np.arange(len(kinds))
    kind = np.array(kinds, dtype=object)

    def picked(is_in, scale):
        rows = places[is_in]
        columns = {name: getattr(whole, name)[rows] for name in Frame.__slots__}
        columns["volume"] = columns["volume"] + scale[is_in]
        return Frame(**columns)

    stored = picked(kind != "new", np.zeros(len(kinds)))
    coming = picked(kind != "stored", np.where(kind == "other", 1.0, 0.0))

    counted = changes(stored, coming)
    assert counted == tuple(int((kind == name).sum()) for name in ("new", "other", "same"))
