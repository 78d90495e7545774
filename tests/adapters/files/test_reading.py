"""Read candle files of every kind, and refuse what cannot be right in one sentence."""

from __future__ import annotations

import gzip
import json
import zipfile
from datetime import UTC, datetime, timedelta

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fks_desk.adapters.files.opening import LARGEST_RATIO
from fks_desk.adapters.files.reading import read_candles
from fks_desk.core.clock import SteppedClock, from_ms
from fks_desk.core.errors import DataError
from fks_desk.core.frame import Frame
from fks_desk.core.model import Span, Timeframe
from tests.fakes.candles import REAL_YEAR, START_MS, walk

CLOCK = SteppedClock(datetime(2026, 6, 1, tzinfo=UTC))
FIVE_MS = 300_000
HEADER = "timestamp,open,high,low,close,volume"


def read(path, timeframe=None, clock=CLOCK):
    return read_candles(path, timeframe=timeframe, clock=clock)


def lines_of(frame, stamp=str):
    columns = (frame.open, frame.high, frame.low, frame.close, frame.volume)
    rows = zip(frame.time.tolist(), *(column.tolist() for column in columns), strict=True)
    return [",".join([stamp(row[0]), *map(repr, row[1:])]) for row in rows]


def written(tmp_path, lines, name="BTCUSDT.csv"):
    path = tmp_path / name
    path.write_text("\n".join(lines) + "\n")
    return path


def same(one, other):
    return all(np.array_equal(getattr(one, name), getattr(other, name)) for name in Frame.__slots__)


def refused(path, timeframe=None):
    """Return the sentence that refuses the file."""
    with pytest.raises(DataError) as caught:
        read(path, timeframe)
    sentence = caught.value.message
    assert "\n" not in sentence
    assert str(path) in sentence
    return sentence


STAMPS = {
    "seconds": lambda ms: str(ms // 1000),
    "seconds with a point": lambda ms: f"{ms / 1000:.1f}",
    "milliseconds": str,
    "microseconds": lambda ms: str(ms * 1000),
    "nanoseconds": lambda ms: str(ms * 1_000_000),
    "ISO": lambda ms: from_ms(ms).isoformat(),
    "ISO without zone": lambda ms: from_ms(ms).strftime("%Y-%m-%d %H:%M:%S"),
    "ISO with Z": lambda ms: from_ms(ms).strftime("%Y-%m-%dT%H:%M:%SZ"),
    "ISO of another zone": lambda ms: (from_ms(ms) + timedelta(hours=2)).strftime(
        "%Y-%m-%dT%H:%M:%S+02:00"
    ),
    "compact": lambda ms: from_ms(ms).strftime("%Y%m%d %H:%M"),
}


@pytest.mark.parametrize("header", [True, False], ids=["header", "no header"])
@pytest.mark.parametrize("name", STAMPS)
def test_every_spelling_of_time_is_understood(tmp_path, name, header):
    frame = walk(60)
    lines = lines_of(frame, STAMPS[name])

    found = read(written(tmp_path, [HEADER, *lines] if header else lines))

    assert same(found.frame, frame)
    assert (found.rows, found.timeframe, found.duplicates, found.gaps) == (60, Timeframe.M5, 0, ())


def test_an_archive_that_changed_its_unit_within_is_understood(tmp_path):
    frame = walk(60)
    lines = lines_of(frame.slice(0, 30)) + lines_of(frame.slice(30, 60), STAMPS["microseconds"])

    assert same(read(written(tmp_path, lines)).frame, frame)


def binance_vision(frame):
    return [
        f"{line},{int(line.split(',')[0]) + FIVE_MS - 1},1.5,10,0.5,0.75,0"
        for line in lines_of(frame)
    ]


def test_a_binance_archive_is_read_from_its_zip(tmp_path):
    frame = walk(60)
    path = tmp_path / "BTCUSDT-5m-2024-03.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("BTCUSDT-5m-2024-03.csv", "\n".join(binance_vision(frame)))

    assert same(read(path, Timeframe.M5).frame, frame)


def test_packed_and_plain_are_told_by_content_not_by_name(tmp_path):
    frame = walk(60)
    body = "\n".join([HEADER, *lines_of(frame)]).encode()
    plain, packed = tmp_path / "a.csv.gz", tmp_path / "b.csv"
    plain.write_bytes(body)
    packed.write_bytes(gzip.compress(body))

    assert same(read(plain).frame, frame)
    assert same(read(packed).frame, frame)


@pytest.mark.parametrize("kind", ["feather", "parquet"])
def test_columns_of_a_bot_are_read(tmp_path, kind):
    frame = walk(60)
    table = pd.DataFrame(
        {name: getattr(frame, name) for name in ("open", "high", "low", "close", "volume")}
    )
    table.insert(0, "date", pd.to_datetime(frame.time, unit="ms", utc=True))
    path = tmp_path / f"BTC_USDT-5m.{kind}"
    getattr(table, f"to_{kind}")(path)

    assert same(read(path).frame, frame)


def test_other_layouts_of_text_are_read(tmp_path):
    frame = walk(20)
    semicolons = [line.replace(",", ";") for line in ["Date;Open;High;Low;Close;Volume"]]
    semicolons += [line.replace(",", ";") for line in lines_of(frame, STAMPS["ISO"])]
    talk = ["Data from https://www.example.org", "date,symbol,open,high,low,close,vol_btc,volume"]
    talk += [
        ",".join([row.split(",")[0], "BTCUSD", *row.split(",")[1:], "7"])
        for row in reversed(lines_of(frame, STAMPS["ISO without zone"]))
    ]
    pandas_index = [",Open,High,Low,Close,Volume", *lines_of(frame, STAMPS["ISO"])]
    with_mark = ["\ufeff" + HEADER, "", *lines_of(frame), "", ""]

    for number, lines in enumerate((semicolons, talk, pandas_index, with_mark)):
        assert same(read(written(tmp_path, lines, f"{number}.csv")).frame, frame)


def test_gaps_are_the_spans_without_candles(tmp_path):
    lines = lines_of(walk(10))
    del lines[3:5], lines[5]

    found = read(written(tmp_path, lines))

    start = from_ms(START_MS)
    five = timedelta(minutes=5)
    assert found.gaps == (
        Span(start=start + 3 * five, end=start + 5 * five),
        Span(start=start + 7 * five, end=start + 8 * five),
    )
    assert found.missing == 3


def test_equal_repetitions_are_counted_and_read_once(tmp_path):
    frame = walk(10)
    lines = lines_of(frame)

    found = read(written(tmp_path, [*lines[:5], lines[4], *lines[5:]]))

    assert same(found.frame, frame)
    assert (found.rows, found.duplicates) == (11, 1)


def test_the_bar_in_progress_is_left_out_with_its_line(tmp_path):
    frame = walk(10)
    clock = SteppedClock(from_ms(int(frame.time[-1])) + timedelta(minutes=2))

    found = read(written(tmp_path, lines_of(frame)), clock=clock)

    assert len(found.frame) == 9
    assert [(row.place, row.reason) for row in found.rejected] == [
        ("line 10", "the bar is still in progress")
    ]


def test_a_single_row_takes_the_timeframe_asked_for(tmp_path):
    path = written(tmp_path, lines_of(walk(1)))

    assert read(path, Timeframe.M15).timeframe is Timeframe.M15
    assert "one row" in refused(path)


def changed(place, column, value, count=10):
    lines = [HEADER, *lines_of(walk(count))]
    fields = lines[place].split(",")
    fields[column] = value
    lines[place] = ",".join(fields)
    return lines


BAD_LINES = {
    "NaN close": (changed(7, 4, "NaN"), "line 8 has close nan"),
    "negative low": (changed(7, 3, "-5"), "line 8 has low -5"),
    "zero open": (changed(7, 1, "0"), "line 8 has open 0"),
    "infinite volume": (changed(7, 5, "inf"), "line 8 has volume inf"),
    "negative volume": (changed(7, 5, "-1"), "line 8 has volume -1"),
    "high below low": (changed(7, 2, "0.001"), "high must be highest"),
    "words for a price": (changed(7, 4, "lots"), "line 8 has close 'lots', which is no number"),
    "empty price": (changed(7, 4, ""), "line 8 has close nan"),
    "words for a time": (changed(7, 0, "yesterday"), "line 8 has the time 'yesterday'"),
    "no time": (changed(7, 0, ""), "line 8 has the time ''"),
    "future": (changed(10, 0, "1900000000000"), "line 11 has the time 2030-03-17"),
    "before coins": (changed(1, 0, "86400"), "before 2009"),
    "off the grid": (changed(7, 0, str(START_MS + 6 * FIVE_MS + 60_000)), "where no"),
    "unsorted": (changed(7, 0, str(START_MS)), "line 8 has the time 2024-03-01 00:00 after"),
    "another value for a bar": (
        [*lines_of(walk(5)), lines_of(walk(5, seed=2))[4]],
        "line 6 has open",
    ),
    "cut off": ([HEADER, *lines_of(walk(5)), "1709252700000,1.5"], "line 7 has 2 columns"),
    "header alone": ([HEADER], "no rows below its header"),
    "other columns": (["id,price,size", "1,2,3"], "no column for time"),
    "too few columns": (["1709251200000,1,2,3"], "line 1 has 4 columns"),
    "two symbols": (
        [
            f"symbol,{HEADER}",
            *(f"{pair},{line}" for pair in ("A", "B") for line in lines_of(walk(3))),
        ],
        "holds 2 symbols",
    ),
}


@pytest.mark.parametrize("name", BAD_LINES)
def test_a_bad_file_is_refused_whole_with_its_line_and_value(tmp_path, name):
    lines, sentence = BAD_LINES[name]

    assert sentence in refused(written(tmp_path, lines))


def test_an_odd_line_is_found_below_empty_lines(tmp_path):
    lines = changed(7, 4, "-1")

    assert "line 10 has close -1" in refused(written(tmp_path, [*lines[:3], "", "", *lines[3:]]))


def test_the_wrong_timeframe_is_refused_with_the_right_one(tmp_path):
    path = written(tmp_path, lines_of(walk(50, step_ms=3_600_000)))

    assert "holds 1h candles and 5m was asked for" in refused(path, Timeframe.M5)


def test_steps_of_no_timeframe_are_refused(tmp_path):
    path = written(tmp_path, lines_of(walk(50, step_ms=420_000)))

    assert "steps of 7 minutes" in refused(path)


def test_files_that_are_no_candles_are_refused(tmp_path):
    cases = {
        "empty.csv": (b"", "is empty"),
        "blank.csv": (b" \n\n", "is empty"),
        "noise.bin": (bytes(range(256)) * 40, "binary file of an unknown kind"),
        "cut.csv.gz": (gzip.compress(b"x" * 100_000)[:60], "is damaged"),
        "fake.zip": (b"PK\x03\x04" + b"\0" * 40, "is damaged"),
        "fake.parquet": (b"PAR1" + b"\0" * 40, "is damaged"),
        "fake.feather": (b"ARROW1\0\0" + b"\0" * 40, "is damaged"),
        "page.csv": (b"<html><body>404 Not Found</body></html>", "no column for time, open"),
    }
    for name, (content, sentence) in cases.items():
        path = tmp_path / name
        path.write_bytes(content)
        assert sentence in refused(path), name


def test_a_file_that_is_not_there_is_refused(tmp_path):
    assert "does not exist" in refused(tmp_path / "missing.csv")
    assert "is a folder" in refused(tmp_path)


def test_a_bomb_is_not_unpacked(tmp_path):
    path = tmp_path / "bomb.csv.gz"
    path.write_bytes(gzip.compress(b"0" * 40_000_000))
    assert path.stat().st_size * LARGEST_RATIO < 40_000_000

    assert "it was not read further" in refused(path)


def test_a_zip_of_many_or_of_a_secret_is_refused(tmp_path):
    path = tmp_path / "many.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a.csv", "1")
        archive.writestr("b.csv", "2")

    assert "holds 2 files" in refused(path)


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(noise=st.binary(max_size=400))
def test_no_bytes_raise_anything_but_a_data_error(tmp_path, noise):
    path = tmp_path / "noise.csv"
    path.write_bytes(noise)

    with pytest.raises(DataError):
        read(path)


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    row=st.integers(0, 10),
    column=st.integers(0, 5),
    value=st.text(st.characters(codec="utf-8", exclude_characters="\n\r"), max_size=12),
)
def test_one_changed_cell_is_read_or_refused(tmp_path, row, column, value):
    path = tmp_path / "changed.csv"
    path.write_bytes("\n".join(changed(row, column, value)).encode())

    try:
        found = read(path)
    except DataError:
        return
    assert len(found.frame) <= found.rows


def test_a_year_of_five_minutes_is_read(tmp_path):
    path = written(tmp_path, lines_of(walk(105_120, swing=0.0005)))

    found = read(path, Timeframe.M5)

    assert found.rows == 105_120


def test_the_real_files_have_the_gaps_that_are_known(real_data):
    known = json.loads((real_data / "manifest.json").read_text())
    checked = 0
    for entry in known:
        validation = entry.get("validation") or {}
        if not entry["file"].startswith("ohlcv/binance") or "gaps" not in validation:
            continue
        found = read(real_data / entry["file"])
        checked += 1
        assert found.rows == entry["rows"]
        assert found.missing == validation["missing_bars"]
        assert len(found.gaps) == validation["n_gaps"]
        for gap, (before, missing) in zip(found.gaps, validation["gaps"], strict=False):
            last = datetime.fromisoformat(before).replace(tzinfo=UTC)
            assert gap.start == last + found.timeframe.delta
            assert gap.end - gap.start == missing * found.timeframe.delta
    assert checked >= 15


def test_the_real_archives_are_read(real_data):
    folder = real_data / "ohlcv" / "raw"
    for path in [*folder.glob("binance-vision_*.csv.gz"), *folder.glob("binanceus_*.csv.gz")]:
        found = read(path, Timeframe.M1)
        assert found.rows == len(found.frame) in {43_200, 44_640, 30_240}
        assert found.gaps == ()


def test_the_real_year_is_read_bit_for_bit(real_data):
    path = real_data / REAL_YEAR
    with gzip.open(path, "rt") as file:
        plain = [list(map(float, line.split(","))) for line in file if line[0].isdigit()]

    found = read(path)

    columns = zip(*plain, strict=True)
    for name, column in zip(Frame.__slots__, columns, strict=True):
        assert np.array_equal(getattr(found.frame, name), np.array(column))
