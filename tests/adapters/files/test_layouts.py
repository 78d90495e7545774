"""Write candles as other programs have them; what was written reads back digit for digit."""

from __future__ import annotations

import zipfile
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from fks_desk.adapters.files.layouts import Series, write_series
from fks_desk.adapters.files.names import guess_from_name
from fks_desk.adapters.files.reading import read_candles
from fks_desk.core.clock import SteppedClock
from fks_desk.core.errors import DataError
from fks_desk.core.frame import Frame
from fks_desk.core.model import InstrumentId, InstrumentKind, Timeframe
from fks_desk.core.transfers import FileLayout
from tests.fakes.candles import walk

CLOCK = SteppedClock(datetime(2026, 6, 1, tzinfo=UTC))
BTC = InstrumentId("binance:spot:BTC/USDT")
PERPETUAL = InstrumentId("binance:linear:BTC/USDT")


def series(count: int = 40, instrument: InstrumentId = BTC, timeframe: Timeframe = Timeframe.H1):
    frame = walk(count, step_ms=timeframe.milliseconds)
    return Series(instrument=instrument, timeframe=timeframe, frame=frame)


def read(path: Path):
    return read_candles(path, clock=CLOCK)


def same(one: Frame, other: Frame) -> bool:
    return all(np.array_equal(getattr(one, name), getattr(other, name)) for name in Frame.__slots__)


@pytest.mark.parametrize("layout", list(FileLayout))
def test_every_layout_reads_back_digit_for_digit_and_names_its_pair(tmp_path, layout):
    written = series()

    (path,) = write_series(written, layout, tmp_path / "binance")

    found, guess = read(path), guess_from_name(path)
    assert same(found.frame, written.frame)
    assert (guess.symbol, guess.timeframe) == ("BTC/USDT", Timeframe.H1)


@pytest.mark.parametrize(
    ("layout", "name", "program"),
    [
        (FileLayout.FREQTRADE, "BTC_USDT-1h.feather", "freqtrade feather"),
        (FileLayout.TRADINGVIEW, "BINANCE_BTCUSDT, 60.csv", "TradingView"),
        (FileLayout.METATRADER, "BTCUSDT_H1_202403010000_202403021500.csv", "MetaTrader 5"),
        (FileLayout.BINANCE, "BTCUSDT-1h-2024-03.zip", "Binance Vision"),
    ],
)
def test_a_file_is_named_as_its_program_looks_for_it_and_known_by_its_content(
    tmp_path, layout, name, program
):
    (path,) = write_series(series(), layout, tmp_path)
    disguised = path.rename(tmp_path / "data.bin")

    assert path.name == name
    assert read(disguised).format == program


def test_a_perpetual_goes_where_a_bot_keeps_futures(tmp_path):
    (path,) = write_series(series(instrument=PERPETUAL), FileLayout.FREQTRADE, tmp_path)

    guess = guess_from_name(path)
    assert path.relative_to(tmp_path).as_posix() == "futures/BTC_USDT_USDT-1h-futures.feather"
    assert (guess.symbol, guess.kind) == ("BTC/USDT", InstrumentKind.LINEAR)


def test_the_archive_has_one_zip_a_month_with_twelve_columns(tmp_path):
    paths = write_series(series(40 * 24), FileLayout.BINANCE, tmp_path)

    assert [path.name for path in paths] == ["BTCUSDT-1h-2024-03.zip", "BTCUSDT-1h-2024-04.zip"]
    with zipfile.ZipFile(paths[0]) as archive:
        assert archive.namelist() == ["BTCUSDT-1h-2024-03.csv"]
        assert archive.read("BTCUSDT-1h-2024-03.csv").splitlines()[0].count(b",") == 11
    assert sum(len(read(path).frame) for path in paths) == 40 * 24


def test_writing_twice_gives_equal_bytes(tmp_path):
    first = write_series(series(), FileLayout.BINANCE, tmp_path / "a")[0].read_bytes()

    assert write_series(series(), FileLayout.BINANCE, tmp_path / "b")[0].read_bytes() == first


def test_a_bot_can_read_its_own_columns(tmp_path):
    (path,) = write_series(series(), FileLayout.FREQTRADE, tmp_path)

    table = pd.read_feather(path)
    assert list(table.columns) == ["date", "open", "high", "low", "close", "volume"]
    assert str(table["date"].dtype) == "datetime64[ms, UTC]"


def test_an_unknown_ending_and_an_empty_series_are_refused(tmp_path):
    with pytest.raises(DataError, match="must end in"):
        write_series(series(), FileLayout.CSV, tmp_path / "out.xlsx")
    nothing = Series(instrument=BTC, timeframe=Timeframe.H1, frame=Frame.empty())
    with pytest.raises(DataError, match="no candles"):
        write_series(nothing, FileLayout.CSV, tmp_path)
