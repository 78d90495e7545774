"""Read what other programs write, and know them by what is in the file."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from fks_desk.adapters.files.reading import read_candles
from fks_desk.adapters.files.sheets import open_sheet
from fks_desk.core.clock import SteppedClock
from fks_desk.core.errors import DataError
from fks_desk.core.model import Timeframe

CLOCK = SteppedClock(datetime(2026, 6, 1, tzinfo=UTC))
FIRST_MS = 1_709_251_200_000  # 2024-03-01 00:00
HOUR_MS = 3_600_000


def read(tmp_path, text, name="data.txt"):
    path = tmp_path / name
    path.write_text(text)
    return read_candles(path, clock=CLOCK)


def rows(form, count=5):
    return "\n".join(form(FIRST_MS + n * HOUR_MS, n) for n in range(count)) + "\n"


def moment(ms, form):
    return datetime.fromtimestamp(ms / 1000, UTC).strftime(form)


def test_tradingview_with_indicators_and_without_a_volume(tmp_path):
    text = "time,open,high,low,close,MA\n" + rows(lambda ms, n: f"{ms // 1000},10,12,9,11,{n}")

    found = read(tmp_path, text)

    assert found.format == "TradingView"
    assert found.timeframe is Timeframe.H1
    assert found.frame.volume.tolist() == [0.0] * 5
    assert found.notes == ("the file has no volume, which is stored as zero",)


def test_tradingview_takes_the_volume_and_not_its_average(tmp_path):
    head = "time,open,high,low,close,Volume,Volume MA\n"
    text = head + rows(lambda ms, n: f"{moment(ms, '%Y-%m-%dT%H:%M:%SZ')},10,12,9,11,{n},77")

    assert read(tmp_path, text).frame.volume.tolist() == [0.0, 1.0, 2.0, 3.0, 4.0]


def test_metatrader_5_counts_ticks_where_nothing_was_traded(tmp_path):
    head = "<DATE>\t<TIME>\t<OPEN>\t<HIGH>\t<LOW>\t<CLOSE>\t<TICKVOL>\t<VOL>\t<SPREAD>\n"

    def row(ms, n):
        when = moment(ms, "%Y.%m.%d\t%H:%M:%S")
        return f"{when}\t10\t12\t9\t11\t{n + 1}\t0\t3"

    found = read(tmp_path, head + rows(row))

    assert found.format == "MetaTrader 5"
    assert found.frame.time[0] == FIRST_MS
    assert found.frame.volume.tolist() == [1.0, 2.0, 3.0, 4.0, 5.0]
    assert "server's time" in found.notes[0]


def test_metatrader_4_has_no_header_and_two_columns_of_time(tmp_path):
    text = rows(lambda ms, n: f"{moment(ms, '%Y.%m.%d,%H:%M')},10,12,9,11,{n}")

    found = read(tmp_path, text)

    assert (found.format, found.timeframe) == ("MetaTrader 4", Timeframe.H1)
    assert found.frame.time[0] == FIRST_MS


def test_json_rows_of_older_bots_and_of_the_exchange(tmp_path):
    plain = [[FIRST_MS + n * HOUR_MS, 10, 12, 9, 11, n] for n in range(5)]
    klines = [[row[0], "10", "12", "9", "11", "5", row[0] + 1, "0", 0, "0", "0", "0"]
              for row in plain]  # fmt: skip

    assert read(tmp_path, json.dumps(plain)).format == "freqtrade json"
    found = read(tmp_path, json.dumps(klines))
    assert found.format == "Binance klines"
    assert found.frame.volume.tolist() == [5.0] * 5


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("[1, 2]", "row 1 is no list"),
        ("[[1, 2]]", "row 1 is no list"),
        ("[", "is damaged"),
        ('[["a", 1, 1, 1, 1, 1]]', "not of numbers"),
    ],
)
def test_json_that_is_no_candles_is_refused(tmp_path, text, sentence):
    with pytest.raises(DataError, match=sentence):
        read(tmp_path, text)


def test_the_head_shows_rows_as_they_are_written(tmp_path):
    path = tmp_path / "odd.csv"
    path.write_text("date,open\n2024-03-01,not a price\n2024-03-02,2\n")

    assert open_sheet(path).head(1) == (("date", "open"), (("2024-03-01", "not a price"),))


def test_real_archives_are_known(real_data):
    vision = min((real_data / "ohlcv" / "raw").glob("binance-vision_FILUSDT-1m-2023-04*"))

    found = read_candles(vision, clock=CLOCK)

    assert found.format == "Binance Vision"
    assert found.timeframe is Timeframe.M1
    assert found.rows > 40_000
