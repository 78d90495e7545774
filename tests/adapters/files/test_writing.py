"""Write files that read back the same, whole or not at all."""

from __future__ import annotations

import csv
import gzip
import os
from datetime import UTC, datetime
from decimal import Decimal

import numpy as np
import pytest

from fks_desk.adapters.files.reading import read_candles
from fks_desk.adapters.files.writing import safe_text, write_candles, write_rows
from fks_desk.core.clock import SteppedClock
from fks_desk.core.errors import DataError
from fks_desk.core.frame import Frame
from tests.fakes.candles import walk

CLOCK = SteppedClock(datetime(2026, 6, 1, tzinfo=UTC))
ENDINGS = (".csv", ".csv.gz", ".feather", ".parquet")


@pytest.mark.parametrize("ending", ENDINGS)
def test_exported_candles_read_back_bit_for_bit(tmp_path, ending):
    frame = walk(200)
    path = tmp_path / f"BTC_USDT-5m{ending}"

    write_candles(path, frame)

    back = read_candles(path, clock=CLOCK).frame
    assert all(
        np.array_equal(getattr(back, name), getattr(frame, name)) for name in Frame.__slots__
    )
    assert list(tmp_path.iterdir()) == [path]


def test_equal_exports_are_equal_byte_for_byte(tmp_path):
    for name in ("one.csv.gz", "two.csv.gz"):
        write_candles(tmp_path / name, walk(50))

    assert (tmp_path / "one.csv.gz").read_bytes() == (tmp_path / "two.csv.gz").read_bytes()


def test_rows_keep_their_digits_and_start_no_formula(tmp_path):
    path = tmp_path / "fills.csv"
    moment = datetime(2026, 3, 1, 12, tzinfo=UTC)
    rows = [
        {"price": Decimal("-0.10"), "note": "=HYPERLINK(1)", "at": moment},
        {"price": Decimal("1E-8"), "note": "plain", "at": None},
    ]

    write_rows(path, rows)

    with path.open(newline="") as file:
        assert list(csv.reader(file)) == [
            ["price", "note", "at"],
            ["-0.10", "'=HYPERLINK(1)", "2026-03-01T12:00:00+00:00"],
            ["0.00000001", "plain", ""],
        ]


@pytest.mark.parametrize("text", ["=1", "+1", "-1+2", "@x", "\tx", "\rx"])
def test_every_start_of_a_formula_is_disarmed(text):
    assert safe_text(text) == f"'{text}"
    assert safe_text(-1) == "-1"


def test_rows_can_be_columns_too(tmp_path):
    import pandas as pd

    write_rows(tmp_path / "fills.parquet", [{"id": 1, "note": "=1"}])

    assert pd.read_parquet(tmp_path / "fills.parquet").to_dict("records") == [
        {"id": "1", "note": "=1"}
    ]


def test_a_place_that_cannot_be_written_keeps_nothing(tmp_path):
    with pytest.raises(DataError, match="cannot be written"):
        write_candles(tmp_path / "missing" / "a.csv", walk(3))
    with pytest.raises(DataError, match="must end in"):
        write_candles(tmp_path / "a.xlsx", walk(3))

    assert list(tmp_path.iterdir()) == []


def test_a_failed_export_leaves_the_older_file(tmp_path):
    path = tmp_path / "a.csv.gz"
    write_candles(path, walk(3))
    before = path.read_bytes()
    (tmp_path / f".a.csv.gz.{os.getpid()}.part").mkdir()

    with pytest.raises(DataError):
        write_candles(path, walk(9))

    assert path.read_bytes() == before
    assert gzip.decompress(before).startswith(b"timestamp,open")
