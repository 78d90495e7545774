"""Write candles as another program expects them, under the name that it looks for."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
from pyarrow import csv as arrow_csv

from fks_desk.adapters.files.writing import replacing, write_candles
from fks_desk.core.clock import from_ms
from fks_desk.core.errors import DataError
from fks_desk.core.frame import Frame
from fks_desk.core.model import InstrumentId, InstrumentKind, Timeframe
from fks_desk.core.transfers import FileLayout

_ENDINGS = (".csv", ".csv.gz", ".feather", ".parquet", ".zip")
_EPOCH_OF_ZIP = (1980, 1, 1, 0, 0, 0)  # a fixed time keeps equal exports equal byte for byte
_TRADINGVIEW_FRAMES = {
    Timeframe.M1: "1", Timeframe.M3: "3", Timeframe.M5: "5", Timeframe.M15: "15",
    Timeframe.M30: "30", Timeframe.H1: "60", Timeframe.H4: "240", Timeframe.D1: "1D",
}  # fmt: skip
_METATRADER_FRAMES = {
    Timeframe.M1: "M1", Timeframe.M3: "M3", Timeframe.M5: "M5", Timeframe.M15: "M15",
    Timeframe.M30: "M30", Timeframe.H1: "H1", Timeframe.H4: "H4", Timeframe.D1: "Daily",
}  # fmt: skip
_MONTH_FORM = "%Y-%m"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Series:
    """Hold the candles to write with what they are of."""

    instrument: InstrumentId
    timeframe: Timeframe
    frame: Frame

    @property
    def pair(self) -> tuple[str, str]:
        """Return base and quote."""
        base, _, quote = self.instrument.rpartition(":")[2].partition("/")
        return base, quote

    @property
    def venue(self) -> str:
        """Return the exchange's name."""
        return self.instrument.partition(":")[0]

    @property
    def is_perpetual(self) -> bool:
        """Tell whether these are candles of a perpetual."""
        return self.instrument.split(":")[1] != InstrumentKind.SPOT


def write_series(series: Series, layout: FileLayout, target: Path) -> Sequence[Path]:
    """Write candles in a layout and return the files; block until done.

    A target with the ending of a candle file is that file; any other is a folder, in
    which the file gets the name that programs of the layout look for. Raises
    `DataError` for a place that cannot be written.
    """
    if not len(series.frame):
        raise DataError("there are no candles to write; choose another range")
    target = target.expanduser()
    is_file = target.name.lower().endswith(_ENDINGS)
    if target.suffix and not is_file and not target.is_dir():
        raise DataError(
            f"{target} must end in .csv, .csv.gz, .zip, .feather or .parquet, or be a folder"
        )
    path = target if is_file else target / _name(series, layout)
    if not is_file:
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise DataError(f"{target} cannot be made: {error.strerror or error}") from error
    return _WRITERS[layout](series, path)


def _name(series: Series, layout: FileLayout) -> str:
    base, quote = series.pair
    frame, symbol = series.timeframe.value, f"{base}{quote}"
    if layout is FileLayout.FREQTRADE:
        if series.is_perpetual:
            return f"futures/{base}_{quote}_{quote}-{frame}-futures.feather"
        return f"{base}_{quote}-{frame}.feather"
    if layout is FileLayout.TRADINGVIEW:
        perpetual = ".P" if series.is_perpetual else ""
        code = _TRADINGVIEW_FRAMES[series.timeframe]
        return f"{series.venue.upper()}_{symbol}{perpetual}, {code}.csv"
    if layout is FileLayout.METATRADER:
        first, last = from_ms(int(series.frame.time[0])), from_ms(int(series.frame.time[-1]))
        code = _METATRADER_FRAMES[series.timeframe]
        return f"{symbol}_{code}_{first:%Y%m%d%H%M}_{last:%Y%m%d%H%M}.csv"
    if layout is FileLayout.BINANCE:
        return f"{symbol}-{frame}.zip"
    return f"{series.venue}_{base}_{quote}-{frame}.{layout.value}"


def _plain(series: Series, path: Path) -> Sequence[Path]:
    write_candles(path, series.frame)
    return [path]


def _tradingview(series: Series, path: Path) -> Sequence[Path]:
    frame = series.frame
    columns = {"time": pa.array(frame.time // 1000)}
    columns |= {name: pa.array(getattr(frame, name)) for name in ("open", "high", "low", "close")}
    columns["Volume"] = pa.array(frame.volume)
    return _text(pa.table(columns), path, delimiter=",")


def _metatrader(series: Series, path: Path) -> Sequence[Path]:
    frame, count = series.frame, len(series.frame)
    moments = frame.time.astype("datetime64[ms]").astype("datetime64[s]").astype(str)
    columns = {"<DATE>": pa.array([text[:10].replace("-", ".") for text in moments])}
    if series.timeframe is not Timeframe.D1:
        columns["<TIME>"] = pa.array([text[11:19] for text in moments])
    for name in ("open", "high", "low", "close"):
        columns[f"<{name.upper()}>"] = pa.array(getattr(frame, name))
    columns["<TICKVOL>"] = pa.array(np.zeros(count, dtype=np.int64))
    columns["<VOL>"] = pa.array(frame.volume)
    columns["<SPREAD>"] = pa.array(np.zeros(count, dtype=np.int64))
    return _text(pa.table(columns), path, delimiter="\t")


def _binance(series: Series, path: Path) -> Sequence[Path]:
    """Write one archive a month, as data.binance.vision has them; what we lack is zero."""
    months = series.frame.time.astype("datetime64[ms]").astype("datetime64[M]")
    written = []
    for month in np.unique(months):
        places = np.flatnonzero(months == month)
        part = series.frame.slice(int(places[0]), int(places[-1]) + 1)
        stem = f"{path.name.removesuffix('.zip')}-{month.astype(object).strftime(_MONTH_FORM)}"
        target = path.with_name(f"{stem}.zip")
        body = _csv(_klines(part, series.timeframe), delimiter=",", header=False)
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
            member = zipfile.ZipInfo(f"{stem}.csv", date_time=_EPOCH_OF_ZIP)
            member.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(member, body)
        with replacing(target) as growing:
            growing.write_bytes(packed.getvalue())
        written.append(target)
    return written


def _klines(frame: Frame, timeframe: Timeframe) -> pa.Table:
    zeros = np.zeros(len(frame))
    columns = [
        frame.time, frame.open, frame.high, frame.low, frame.close, frame.volume,
        frame.time + timeframe.milliseconds - 1, zeros, zeros.astype(np.int64), zeros, zeros,
        zeros.astype(np.int64),
    ]  # fmt: skip
    return pa.table({f"c{place}": pa.array(column) for place, column in enumerate(columns)})


def _text(table: pa.Table, path: Path, *, delimiter: str) -> Sequence[Path]:
    with replacing(path) as growing:
        growing.write_bytes(_csv(table, delimiter=delimiter, header=True))
    return [path]


def _csv(table: pa.Table, *, delimiter: str, header: bool) -> bytes:
    sink = io.BytesIO()
    options = arrow_csv.WriteOptions(
        include_header=header, delimiter=delimiter, quoting_style="needed"
    )
    arrow_csv.write_csv(table, sink, options)
    return sink.getvalue().replace(b'"', b"")


_WRITERS: dict[FileLayout, Callable[[Series, Path], Sequence[Path]]] = {
    FileLayout.CSV: _plain,
    FileLayout.FEATHER: _plain,
    FileLayout.PARQUET: _plain,
    FileLayout.FREQTRADE: _plain,
    FileLayout.BINANCE: _binance,
    FileLayout.TRADINGVIEW: _tradingview,
    FileLayout.METATRADER: _metatrader,
}
