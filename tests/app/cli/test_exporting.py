from __future__ import annotations

import json

import numpy as np
import pytest

from fks_desk.adapters.files.reading import read_candles
from fks_desk.core.clock import SystemClock


@pytest.fixture
def stored(fks, candles):
    file = candles("AVAXUSDT-5m.csv")
    assert fks("import", file).exit_code == 0
    return file


@pytest.mark.parametrize("ending", ["csv", "csv.gz", "feather", "parquet"])
def test_what_was_imported_is_exported_digit_for_digit(fks, stored, tmp_path, ending):
    out = tmp_path / f"out.{ending}"

    result = fks("export", "AVAX/USDT", "--timeframe", "5m", "--out", out, "--json")

    before = read_candles(stored, clock=SystemClock()).frame
    after = read_candles(out, clock=SystemClock()).frame
    assert json.loads(result.stdout)["rows"] == 50
    for name in ("time", "open", "high", "low", "close", "volume"):
        assert np.array_equal(getattr(before, name), getattr(after, name))


def test_an_exported_file_imports_as_unchanged(fks, stored, tmp_path):
    out = tmp_path / "AVAXUSDT-5m.csv.gz"
    fks("export", "AVAXUSDT", "--timeframe", "5m", "--out", out)

    report = json.loads(fks("import", out, "--json").stdout)

    assert (report["unchanged"], report["inserted"], report["revised"]) == (50, 0, 0)


def test_a_range_has_its_start_and_not_its_end(fks, stored, tmp_path):
    result = fks(
        "export", "binance:spot:AVAX/USDT", "--timeframe", "5m", "--out", tmp_path / "a.csv",
        "--from", "2024-03-01T01:00", "--to", "2024-03-01T03:00+01:00", "--json",
    )  # fmt: skip

    report = json.loads(result.stdout)
    assert report["rows"] == 12
    assert report["from"] == "2024-03-01T01:00:00+00:00"
    assert report["to"] == "2024-03-01T02:00:00+00:00"


def test_the_answer_for_a_person_is_one_line(fks, stored, tmp_path):
    out = tmp_path / "a.csv"

    result = fks("export", "AVAX/USDT", "--timeframe", "5m", "--out", out)

    assert result.stdout == (
        f"wrote 50 candles of binance:spot:AVAX/USDT 5m to {out} "
        "(2024-03-01 00:00 to 2024-03-01 04:10 UTC)\n"
    )


def test_a_range_without_candles_names_the_stored_one(fks, sentence, stored, tmp_path):
    result = fks(
        "export", "AVAX/USDT", "--timeframe", "5m", "--out", tmp_path / "a.csv",
        "--from", "2020-01-01", "--to", "2020-02-01",
    )  # fmt: skip

    assert result.exit_code == 1
    assert "stored are 2024-03-01 00:00 to 2024-03-01 04:10 UTC" in sentence(result)
    assert not (tmp_path / "a.csv").exists()


def test_a_symbol_without_candles_names_those_that_have_some(fks, sentence, stored, tmp_path):
    result = fks("export", "NONE/USDT", "--timeframe", "5m", "--out", tmp_path / "a.csv")

    assert result.exit_code == 1
    assert "binance:spot:AVAX/USDT 5m" in sentence(result) or ", ..." in sentence(result)


def test_an_unknown_ending_is_refused_with_those_there_are(fks, sentence, stored, tmp_path):
    result = fks("export", "AVAX/USDT", "--timeframe", "5m", "--out", tmp_path / "a.xlsx")

    assert result.exit_code == 1
    assert ".feather or .parquet" in sentence(result)


def test_a_place_that_cannot_be_written_keeps_the_older_file(fks, sentence, stored, tmp_path):
    result = fks("export", "AVAX/USDT", "--timeframe", "5m", "--out", tmp_path / "none" / "a.csv")

    assert result.exit_code == 1
    assert "cannot be written" in sentence(result)


def test_a_date_that_is_none_is_answered_with_how_one_is_written(fks):
    result = fks("export", "A/B", "--timeframe", "5m", "--out", "a.csv", "--from", "tomorrow")

    assert result.exit_code == 2
    assert "write 2024-03-01" in result.stderr


def test_a_full_disk_keeps_the_older_file(fks, sentence, stored, full_disk):
    out = full_disk / "older.csv"

    result = fks("export", "AVAX/USDT", "--timeframe", "5m", "--out", out)

    assert result.exit_code == 1
    assert "cannot be written: No space left on device" in sentence(result)
    assert out.read_text() == "older\n"
    assert sorted(path.name for path in full_disk.iterdir()) == ["filler", "older.csv"]


def test_a_format_names_the_file_as_its_program_looks_for_it(fks, stored, tmp_path):
    result = fks(
        "export", "AVAX/USDT", "--timeframe", "5m", "--out", tmp_path, "--format", "freqtrade",
        "--json",
    )  # fmt: skip

    assert json.loads(result.stdout)["files"] == [str(tmp_path / "AVAX_USDT-5m.feather")]
