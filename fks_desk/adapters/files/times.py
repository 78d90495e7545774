"""Read a column of times, whatever its unit or spelling, as milliseconds since 1970."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from fks_desk.core.clock import to_ms
from fks_desk.core.errors import DataError
from fks_desk.core.frame import Times
from fks_desk.core.model import FIRST_DAY

# Stamps of different units lie a thousandfold apart for any moment from 2001 to 2286, so
# each stamp tells its own unit; archives that changed their unit can be mixed in one file.
_SECONDS, _MILLISECONDS, _MICROSECONDS = 10**10, 10**13, 10**16
_STAMP = r"^[0-9]+(\.[0-9]+)?$"
_SPELLINGS = (
    *("%Y%m%d %H:%M", "%Y%m%d", "%Y-%m-%d %I-%p", "%Y/%m/%d %H:%M:%S", "%Y/%m/%d"),
    *("%Y.%m.%d %H:%M:%S", "%Y.%m.%d %H:%M", "%Y.%m.%d"),  # MetaTrader's
)


def milliseconds_of(column: pa.ChunkedArray, line: Callable[[int], str], path: Path) -> Times:
    """Return the times, taking those without a zone as UTC.

    Raises `DataError` naming the first that is none or lies before there were coins.
    """
    if column.null_count:
        row = int(np.argmax(column.is_null().to_numpy(zero_copy_only=False)))
        raise DataError(f"{path}: {line(row)} has no time; mend the line or remove it")
    if pa.types.is_timestamp(column.type) or pa.types.is_date(column.type):
        times = _of_moments(pd.Series(column.to_pandas()))
    elif pa.types.is_string(column.type) or pa.types.is_large_string(column.type):
        times = _of_text(column, line, path)
    else:
        times = _of_stamps(column.to_numpy(zero_copy_only=False))
    is_early = times < to_ms(FIRST_DAY)
    if is_early.any():
        row = int(np.argmax(is_early))
        raise DataError(
            f"{path}: {line(row)} has the time {_shown(column, row)}, which lies before 2009; "
            "times are UTC dates or stamps in s, ms, us or ns"
        )
    return times


def _of_text(column: pa.ChunkedArray, line: Callable[[int], str], path: Path) -> Times:
    stripped = pc.utf8_trim_whitespace(column)
    try:
        return _of_stamps(stripped.cast(pa.int64()).to_numpy(zero_copy_only=False))
    except pa.ArrowInvalid:
        pass
    try:
        return _of_stamps(stripped.cast(pa.float64()).to_numpy(zero_copy_only=False))
    except pa.ArrowInvalid:
        pass
    is_stamp = pc.match_substring_regex(stripped, _STAMP).to_numpy(zero_copy_only=False)
    if is_stamp.mean() > 0.5:  # noqa: PLR2004  the half decides what the others should be
        raise _no_time(column, int(np.argmin(is_stamp)), line, path)
    words = pd.Series(stripped.to_pandas())
    read = pd.to_datetime(words, utc=True, format="ISO8601", errors="coerce")
    for spelling in _SPELLINGS:
        if not read.isna().any():
            break
        tried = pd.to_datetime(words, utc=True, format=spelling, errors="coerce")
        read = tried if tried.notna().sum() > read.notna().sum() else read
    if read.isna().any():
        raise _no_time(column, int(np.argmax(read.isna().to_numpy())), line, path)
    return _of_moments(read)


def _no_time(
    column: pa.ChunkedArray, row: int, line: Callable[[int], str], path: Path
) -> DataError:
    return DataError(
        f"{path}: {line(row)} has the time {_shown(column, row)}, which is no time we know; "
        "write 2024-03-01 00:00:00 (UTC) or a stamp in milliseconds"
    )


def _of_moments(moments: pd.Series) -> Times:
    if moments.dtype == object:
        moments = pd.to_datetime(moments, utc=True)
    if getattr(moments.dt, "tz", None) is not None:
        moments = moments.dt.tz_convert("UTC").dt.tz_localize(None)
    return moments.to_numpy().astype("datetime64[ms]").astype(np.int64)


def _of_stamps(stamps: np.ndarray) -> Times:
    """Return stamps of any unit in milliseconds; a fraction of one is cut off."""
    size = np.abs(stamps)
    if stamps.dtype.kind == "f":
        if not np.isfinite(stamps).all():
            return np.full(stamps.size, -1, dtype=np.int64)
        seconds = np.round(stamps * 1000).astype(np.int64)
        stamps = stamps.astype(np.int64)
    else:
        stamps = stamps.astype(np.int64)
        seconds = np.where(size < _SECONDS, stamps, 0) * 1000
    return np.select(
        [size < _SECONDS, size < _MILLISECONDS, size < _MICROSECONDS],
        [seconds, stamps, stamps // 1000],
        default=stamps // 1_000_000,
    )


def _shown(column: pa.ChunkedArray, row: int) -> str:
    return repr(str(column[row].as_py())[:40])
