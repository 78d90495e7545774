from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from decimal import Decimal

import psycopg
import pytest

from fks_desk.adapters.storage.embedded import EmbeddedServer


def imported(fks, *words):
    result = fks("import", *words, "--json")
    assert result.exit_code == 0, result.stderr
    return json.loads(result.stdout)


def stored(data_folder, query, *arguments):
    with psycopg.connect(EmbeddedServer(data_folder / "postgres").url) as connection:
        return connection.execute(query, arguments).fetchall()


def candle_count(data_folder):
    if not stored(data_folder, "SELECT 1 FROM pg_tables WHERE tablename = 'ohlcv_data'"):
        return 0
    return stored(data_folder, "SELECT count(*) FROM ohlcv_data")[0][0]


def test_a_file_is_imported_once_however_often_it_is_given(fks, candles):
    file = candles("ADAUSDT-5m.csv")

    first, second = imported(fks, file), imported(fks, file)

    assert (first["rows"], first["inserted"], first["unchanged"]) == (50, 50, 0)
    assert (second["rows"], second["inserted"], second["unchanged"]) == (50, 0, 50)
    assert second["revised"] == 0


def test_symbol_and_timeframe_come_from_the_name(fks, candles):
    report = imported(fks, candles("ETH_USDT-5m.csv.gz"))

    assert report["instrument"] == "binance:spot:ETH/USDT"
    assert report["timeframe"] == "5m"
    assert report["from"] == "2024-03-01T00:00:00+00:00"
    assert report["to"] == "2024-03-01T04:10:00+00:00"


def test_what_is_asked_for_wins_over_the_name_and_the_difference_is_told(fks, candles):
    file = candles("ETHUSDT-5m.csv")

    result = fks("import", file, "--symbol", "xrp-usdt", "--exchange", "Kraken", "--json")

    assert json.loads(result.stdout)["instrument"] == "kraken:spot:XRP/USDT"
    assert "speaks of ETH/USDT" in result.stderr


def test_gaps_are_counted_and_the_longest_is_named(fks, candles):
    rows = [100] * 10 + [None] + [100] * 10 + [None] * 3 + [100] * 10

    report = imported(fks, candles("LTCUSDT-5m.csv", rows))

    assert (report["gaps"], report["missing"]) == (2, 4)
    assert report["longest_gap"]["missing"] == 3
    assert report["longest_gap"]["from"] == "2024-03-01T01:45:00+00:00"
    assert [gap["missing"] for gap in report["gap_list"]] == [1, 3]


def test_repeated_rows_are_counted_as_duplicates(fks, candles):
    file = candles("DOTUSDT-5m.csv")
    lines = file.read_text().splitlines()
    file.write_text("\n".join([*lines, lines[-1], lines[-1]]) + "\n")

    report = imported(fks, file)

    assert (report["rows"], report["inserted"], report["duplicates"]) == (52, 50, 2)


def test_changed_candles_are_told_as_revised(fks, candles):
    imported(fks, candles("SOLUSDT-5m.csv"))

    report = imported(fks, candles("SOLUSDT-5m.csv", [99, *range(101, 150)]))

    assert (report["inserted"], report["revised"], report["unchanged"]) == (0, 1, 49)


def test_the_instrument_gets_its_steps_from_the_digits_of_the_file(fks, candles, data_folder):
    imported(fks, candles("BNBUSDT-5m.csv"))

    query = "SELECT tick, lot, quote FROM instruments WHERE instrument = %s"
    row = stored(data_folder, query, "binance:spot:BNB/USDT")[0]
    assert row == (Decimal("0.01"), Decimal("0.001"), "USDT")


def test_the_report_for_a_person_names_everything(fks, candles):
    result = fks("import", candles("XLMUSDT-5m.csv"))

    assert result.exit_code == 0
    for word in ("binance:spot:XLM/USDT 5m", "rows", "inserted", "unchanged", "duplicates", "gaps"):
        assert word in result.stdout


BAD_ROW = "TIME,{},102,98,101,1"


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ([100, "TIME,NaN,102,98,101,1"], "line 3 has open nan"),
        ([100, "TIME,-5,102,98,101,1"], "open -5 where a number above zero"),
        ([100, "TIME,100,97,98,101,1"], "the high must be highest"),
        ([100, "TIME,100,102,98,abc,1"], "close 'abc', which is no number"),
        ([100, "TIME,100,102"], "line 3 has 3 columns instead of 6"),
        ([100, "yesterday,100,102,98,101,1"], "which is no time we know"),
    ],
)
def test_a_row_that_no_market_made_refuses_the_whole_file(
    fks, sentence, candles, data_folder, rows, said
):
    before = candle_count(data_folder)

    result = fks("import", candles("TRXUSDT-5m.csv", rows))

    assert result.exit_code == 1
    assert said in sentence(result)
    assert candle_count(data_folder) == before
    assert not stored(data_folder, "SELECT 1 FROM instruments WHERE symbol = 'TRX/USDT'")


def test_candles_of_the_future_are_refused(fks, sentence, candles):
    file = candles("BTCUSDT-5m.csv", start=datetime(2090, 1, 1, tzinfo=UTC))

    result = fks("import", file)

    assert result.exit_code == 1
    assert "still to come" in sentence(result)


def test_a_wrong_timeframe_is_named_with_the_right_one(fks, sentence, candles):
    result = fks("import", candles("BTCUSDT-5m.csv"), "--timeframe", "1h")

    assert result.exit_code == 1
    assert "holds 5m candles and 1h was asked for" in sentence(result)


def test_an_unknown_timeframe_is_answered_with_those_there_are(fks, candles):
    result = fks("import", candles("BTCUSDT-5m.csv"), "--timeframe", "7m")

    assert result.exit_code == 2
    assert "'15m'" in result.stderr


def test_a_file_that_names_no_symbol_is_asked_about(fks, sentence, candles):
    result = fks("import", candles("prices.csv"))

    assert result.exit_code == 2
    assert sentence(result).startswith("which symbol is in prices.csv?")


@pytest.mark.parametrize("symbol", ["BTC", "BTC/", "/USDT", "B T C/USDT", "a:b:c", "💰/USDT"])
def test_an_unknown_symbol_is_answered_with_how_one_is_written(fks, sentence, candles, symbol):
    result = fks("import", candles(), "--symbol", symbol)

    assert result.exit_code == 2
    assert "such as BTC/USDT" in sentence(result)


def test_no_file_may_change_the_prices_of_the_built_in_exchange(fks, sentence, candles):
    result = fks("import", candles(), "--exchange", "demo")

    assert result.exit_code == 2
    assert "--exchange binance" in sentence(result)


def test_a_missing_file_is_one_sentence(fks, sentence, tmp_path):
    result = fks("import", tmp_path / "BTCUSDT-5m.csv")

    assert result.exit_code == 1
    assert sentence(result).endswith("does not exist; check the path")


def test_a_damaged_archive_is_one_sentence(fks, sentence, candles):
    file = candles("BTCUSDT-5m.csv.gz")
    file.write_bytes(file.read_bytes()[:200])

    result = fks("import", file)

    assert result.exit_code == 1
    assert "damaged" in sentence(result)


def test_no_database_is_one_sentence_without_the_password(fks, sentence, candles):
    result = fks("import", candles(), FKS_DATABASE__URL="postgresql://me:hidden@127.0.0.1:1/none")

    assert result.exit_code == 1
    assert "does not answer; start that server" in sentence(result)
    assert "hidden" not in result.stderr


def test_an_unreadable_setting_is_one_sentence(fks, sentence, candles):
    result = fks("import", candles(), FKS_LOG__LEVEL="LOUD")

    assert result.exit_code == 2
    assert "FKS_LOG__LEVEL" in sentence(result)


@pytest.mark.slow
def test_a_full_disk_under_the_database_stores_nothing(
    fks, sentence, candles, roomy_disk, fill_disk
):
    elsewhere = {"FKS_DATA_FOLDER": str(roomy_disk / "desk")}
    assert fks("import", candles("ADAUSDT-5m.csv"), **elsewhere).exit_code == 0
    large = candles("BTCUSDT-5m.csv", list(range(1_000, 101_000)))
    fill_disk(roomy_disk, leave=9_000_000)

    result = fks("import", large, **elsewhere)

    assert result.exit_code == 1
    assert re.match("the disk .* is full", sentence(result))
    (roomy_disk / "filler").unlink()
    rows = json.loads(fks("db", "status", "--json", **elsewhere).stdout)["rows"]
    assert rows["ohlcv_data"] == 50


REAL = (
    ("binance-spot_BTCUSDT_1d_2017-08-18_2025-06-30.csv.gz", "BTC/USDT", "1d"),
    ("binance-spot_XRPETH_1m_2019-10-11_2019-10-13.csv.gz", "XRP/ETH", "1m"),
    ("raw/binance-vision_FILUSDT-1m-2023-04.csv.gz", "FIL/USDT", "1m"),
    ("raw/binanceus_BTCUSDT_1m_20230301_20230321.csv.gz", "BTC/USDT", "1m"),
)


@pytest.mark.parametrize(("name", "symbol", "timeframe"), REAL)
def test_real_files_are_imported_whole_and_once(fks, real_data, name, symbol, timeframe):
    first = imported(fks, real_data / "ohlcv" / name)
    second = imported(fks, real_data / "ohlcv" / name)

    assert first["instrument"] == f"binance:spot:{symbol}"
    assert first["timeframe"] == timeframe
    assert first["inserted"] + first["unchanged"] == first["rows"] - first["duplicates"]
    assert second["unchanged"] == first["rows"] - first["duplicates"]
    assert (second["inserted"], second["revised"]) == (0, 0)


def test_microsecond_stamps_of_the_archive_give_the_same_candles(fks, real_data, tmp_path):
    import gzip

    source = real_data / "ohlcv" / "raw" / "binance-vision_FILUSDT-1m-2023-05.csv.gz"
    header, *rows = gzip.decompress(source.read_bytes()).decode().splitlines()
    fields = [row.split(",") for row in rows[:500]]
    # As the archive writes them since 2025: both stamps a thousand times as large.
    lines = [",".join([f"{row[0]}000", *row[1:6], f"{row[6]}999", *row[7:]]) for row in fields]
    same = tmp_path / "FILUSDT-1m-2023-05.csv"
    same.write_text("\n".join([header, *lines]) + "\n")
    imported(fks, source)

    report = imported(fks, same)

    assert (report["rows"], report["unchanged"], report["revised"]) == (500, 500, 0)


def test_a_preview_shows_the_first_rows_and_stores_nothing(fks, candles, data_folder):
    file = candles("LINKUSDT-5m.csv")
    before = candle_count(data_folder)

    told = fks("import", file, "--preview")
    report = json.loads(fks("import", file, "--preview", "--json").stdout)[0]

    assert told.exit_code == 0, told.stderr
    assert "would insert  50" in told.stdout
    assert "timestamp" in told.stdout
    assert (report["would_insert"], report["problem"]) == (50, "")
    assert candle_count(data_folder) == before


def test_a_folder_is_imported_file_by_file(fks, candles, tmp_path):
    folder = candles("ADAUSDT-5m.csv").parent
    reports = imported(fks, folder)

    assert [one["instrument"] for one in reports] == ["binance:spot:ADA/USDT"]
