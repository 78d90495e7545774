"""Write candles and rows to files, each whole or not at all."""

from __future__ import annotations

import csv
import gzip
import io
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
from pyarrow import csv as arrow_csv
from pyarrow import feather, parquet

from fks_desk.core.errors import DataError
from fks_desk.core.frame import Frame

_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


def write_candles(path: Path, frame: Frame) -> None:
    """Write a frame as .csv, .csv.gz, .feather or .parquet, by the path's ending.

    Text has the open time in milliseconds; feather and parquet have it as `date` in
    UTC, as freqtrade writes it. Raises `DataError` if it cannot be written.
    """
    write = _writer_of(path)
    if write is _as_csv:
        names = {"timestamp": pa.array(frame.time)}
    else:
        names = {"date": pa.array(frame.time).cast(pa.timestamp("ms", "UTC"))}
    for name in ("open", "high", "low", "close", "volume"):
        names[name] = pa.array(getattr(frame, name))
    with replacing(path) as growing:
        growing.write_bytes(_packed(path, write(pa.table(names))))


def write_rows(path: Path, rows: Sequence[Mapping[str, Any]]) -> None:
    """Write rows of any kind as .csv, .csv.gz, .feather or .parquet.

    Numbers are written digit for digit. In csv, a text that a spreadsheet would run
    as a formula gets an apostrophe in front.
    """
    write = _writer_of(path)
    names = list(dict.fromkeys(name for row in rows for name in row))
    if write is _as_csv:
        body = _csv_of(names, rows)
    else:
        columns = {name: [_cell(row.get(name)) for row in rows] for name in names}
        body = write(pa.table({name: pa.array(column) for name, column in columns.items()}))
    with replacing(path) as growing:
        growing.write_bytes(_packed(path, body))


def write_bytes(path: Path, content: bytes) -> None:
    """Write a file as it is, or raise `DataError`."""
    with replacing(path) as growing:
        growing.write_bytes(content)


def safe_text(value: object) -> str:
    """Return a cell's text so that no spreadsheet takes it for a formula."""
    text = _cell(value)
    is_number = isinstance(value, int | float | Decimal)
    return f"'{text}" if not is_number and text.startswith(_FORMULA_STARTS) else text


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    return str(value)


def _csv_of(names: Sequence[str], rows: Sequence[Mapping[str, Any]]) -> bytes:
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow([safe_text(name) for name in names])
    writer.writerows([safe_text(row.get(name)) for name in names] for row in rows)
    return text.getvalue().encode()


def _as_csv(table: pa.Table) -> bytes:
    sink = io.BytesIO()
    arrow_csv.write_csv(table, sink, arrow_csv.WriteOptions(quoting_style="needed"))
    return sink.getvalue().replace(b'"', b"")


def _as_feather(table: pa.Table) -> bytes:
    sink = io.BytesIO()
    feather.write_feather(table, sink)
    return sink.getvalue()


def _as_parquet(table: pa.Table) -> bytes:
    sink = io.BytesIO()
    parquet.write_table(table, sink)
    return sink.getvalue()


def _writer_of(path: Path) -> Callable[[pa.Table], bytes]:
    plain = path.name.removesuffix(".gz").lower()
    for ending, write in (
        (".csv", _as_csv),
        (".feather", _as_feather),
        (".parquet", _as_parquet),
    ):
        if plain.endswith(ending) and (write is _as_csv or plain == path.name.lower()):
            return write
    raise DataError(f"{path} must end in .csv, .csv.gz, .feather or .parquet")


def _packed(path: Path, body: bytes) -> bytes:
    # A fixed time inside keeps equal exports equal byte for byte.
    return gzip.compress(body, mtime=0) if path.name.endswith(".gz") else body


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Lend a neighbour of the path that takes its place only when it is complete."""
    growing = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        yield growing
        growing.replace(path)
    except OSError as error:
        with suppress(OSError):
            growing.unlink(missing_ok=True)
        raise DataError(
            f"{path} cannot be written: {error.strerror or error}; "
            "choose another folder or free some space"
        ) from error
