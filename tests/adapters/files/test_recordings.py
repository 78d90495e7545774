"""Recordings survive a crash, are packed small and read back exactly."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import numpy as np
import pytest
from pyarrow import parquet

from fks_desk.adapters.files.recordings import (
    GROWING,
    PACKED,
    FolderShelf,
    is_recording,
    read_recording,
)
from fks_desk.core.errors import DataError
from fks_desk.core.recordings import RecordedRows
from tests.fakes.market import an_instrument

BEGAN = datetime(2026, 1, 5, tzinfo=UTC)
BEGAN_US = 1_767_571_200_000_000
BTC = an_instrument()


def rows(count: int = 1000, first: int = 0, seed: int = 1) -> RecordedRows:
    noise = np.random.default_rng(seed)
    return RecordedRows(
        time=BEGAN_US + np.arange(first, first + count, dtype=np.int64) * 20_000,
        kind=noise.integers(0, 4, count).astype(np.int8),
        price=6_400_000 + noise.integers(-50, 50, count).cumsum(),
        size=noise.integers(1, 50_000, count),
    )


def same(one: RecordedRows, other: RecordedRows) -> bool:
    return all(
        np.array_equal(getattr(one, name), getattr(other, name)) for name in RecordedRows.__slots__
    )


def test_what_was_recorded_reads_back_exactly_with_its_steps(tmp_path):
    shelf = FolderShelf(tmp_path)
    sink = shelf.open(BTC, BEGAN)
    sink.append(rows())
    done = sink.close()

    tape = read_recording(Path(done.path))
    assert same(tape.rows, rows())
    assert (tape.instrument, tape.tick, tape.lot) == (BTC.id, Decimal("0.01"), Decimal("0.00001"))
    assert done.prints + done.changes == 1000
    assert done.span.start == BEGAN
    assert [one.path for one in shelf.all()] == [done.path]


def test_a_row_takes_a_few_bytes(tmp_path):
    sink = FolderShelf(tmp_path).open(BTC, BEGAN)
    for part in range(20):
        sink.append(rows(5000, first=5000 * part, seed=part))
    done = sink.close()

    # Four columns of plain numbers would take 25 bytes.
    assert done.bytes / 100_000 < 6


def test_a_crash_loses_no_batch_that_was_written(tmp_path):
    shelf = FolderShelf(tmp_path)
    sink = shelf.open(BTC, BEGAN)
    sink.append(rows())
    sink._file.close()
    (growing,) = tmp_path.rglob(f"*{GROWING}")
    growing.write_bytes(growing.read_bytes() + b"\x00torn")

    assert shelf.all()[0].is_growing
    assert FolderShelf(tmp_path).recover() == 1
    (packed,) = tmp_path.rglob(f"*{PACKED}")
    assert same(read_recording(packed).rows, rows())
    assert not growing.exists()


def test_a_file_without_a_row_leaves_nothing_behind(tmp_path):
    shelf = FolderShelf(tmp_path)
    sink = shelf.open(BTC, BEGAN)

    with pytest.raises(DataError, match="held no row"):
        sink.close()
    assert shelf.all() == []


def test_the_files_of_a_folder_are_one_recording(tmp_path):
    shelf = FolderShelf(tmp_path)
    for hour in (0, 1):
        sink = shelf.open(BTC, BEGAN.replace(hour=hour))
        sink.append(rows(10, first=hour * 10))
        sink.close()

    assert is_recording(tmp_path)
    assert len(read_recording(tmp_path).rows) == 20
    other = shelf.open(an_instrument("ETH/USDT"), BEGAN)
    other.append(rows(5))
    other.close()
    with pytest.raises(DataError, match="several instruments"):
        read_recording(tmp_path)


def test_only_recordings_below_the_folder_are_deleted(tmp_path):
    shelf = FolderShelf(tmp_path / "inside")
    sink = shelf.open(BTC, BEGAN)
    sink.append(rows(5))
    done = sink.close()
    outside = tmp_path / f"other{PACKED}"
    outside.write_bytes(b"mine")

    assert shelf.delete([str(outside), done.path, "missing"]) == 1
    assert outside.exists()
    assert shelf.all() == []


def test_what_is_no_recording_is_refused(tmp_path):
    bad = tmp_path / f"a{PACKED}"
    bad.write_bytes(b"PAR1 nothing")

    with pytest.raises(DataError, match="is damaged"):
        read_recording(bad)
    with pytest.raises(DataError, match="there is no recording"):
        read_recording(tmp_path / f"b{PACKED}")
    assert not is_recording(tmp_path / "candles.csv")
    assert FolderShelf(tmp_path).all() == []


def test_a_footer_without_counts_is_counted_and_a_strange_one_is_not_listed(tmp_path):
    shelf = FolderShelf(tmp_path)
    sink = shelf.open(BTC, BEGAN)
    sink.append(rows(10))
    done = sink.close()
    table = parquet.read_table(done.path)
    meta = json.loads(table.schema.metadata[b"fks_desk"])
    older = {name: meta[name] for name in ("instrument", "tick", "lot")}
    parquet.write_table(table.replace_schema_metadata({b"fks_desk": json.dumps(older)}), done.path)
    for name, words in (("a", b"{}"), ("b", b"no json")):
        strange = table.replace_schema_metadata({b"fks_desk": words})
        parquet.write_table(strange, tmp_path / f"{name}{PACKED}")

    (found,) = FolderShelf(tmp_path).all()
    assert (found.prints, found.changes) == (done.prints, done.changes)
