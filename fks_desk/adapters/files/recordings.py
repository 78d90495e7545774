"""Write recordings such that a crash loses nothing, pack them small, and read them back.

A growing file is an Arrow stream: each batch stands for itself, so what was written before
a crash can be read. A finished one is parquet, its columns as differences: other programs
can read it.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from pyarrow import ipc, parquet

from fks_desk.core.clock import from_ms
from fks_desk.core.errors import DataError
from fks_desk.core.model import Instrument, InstrumentId, Span
from fks_desk.core.recordings import RecordedRows, RecordedTape, Recording, RowKind

log = logging.getLogger(__name__)

GROWING, PACKED = ".recording.arrows", ".recording.parquet"
_META = b"fks_desk"
_VERSION = 1
_DESCRIBED = frozenset({"instrument", "tick", "lot"})
_COUNTED = frozenset({"first", "last", "prints", "changes"})
_FIELDS = (("time", pa.int64()), ("kind", pa.int8()), ("price", pa.int64()), ("size", pa.int64()))
_US = 1000


class FolderShelf:
    """Keep recordings below one folder, by venue and symbol."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._described: dict[tuple[str, int], Recording] = {}

    def recover(self) -> int:
        """Pack what an earlier process left growing; return how many files."""
        left = sorted(self._folder.rglob(f"*{GROWING}"))
        for path in left:
            _pack(path)
        return len(left)

    def open(self, instrument: Instrument, began: datetime) -> FileSink:
        """Begin a file, or raise `DataError` if it cannot be written."""
        symbol = instrument.symbol.replace("/", "-")
        folder = self._folder / instrument.venue / f"{instrument.kind.value}-{symbol}"
        try:
            folder.mkdir(parents=True, exist_ok=True)
            return FileSink(folder / f"{began:%Y%m%d-%H%M%S}{GROWING}", instrument)
        except OSError as error:
            reason = error.strerror or error
            raise DataError(f"a recording cannot be begun in {folder}: {reason}") from error

    def all(self) -> Sequence[Recording]:
        """Return every recording, newest first."""
        found = []
        for path in (*self._folder.rglob(f"*{PACKED}"), *self._folder.rglob(f"*{GROWING}")):
            # A file that is none of ours, or that goes meanwhile, is not listed.
            with suppress(DataError, OSError):
                found.append(self._look(path))
        return sorted(found, key=lambda one: one.span.start, reverse=True)

    def delete(self, paths: Sequence[str]) -> int:
        """Remove recordings, and only recordings below the folder; return how many."""
        gone = 0
        for path in map(Path, paths):
            is_ours = path.resolve().is_relative_to(self._folder.resolve())
            if is_ours and path.name.endswith(PACKED) and path.is_file():
                path.unlink()
                gone += 1
        return gone

    def _look(self, path: Path) -> Recording:
        key = str(path), path.stat().st_size
        if key not in self._described:
            self._described[key] = describe(path)
        return self._described[key]


class FileSink:
    """Grow one file batch by batch."""

    def __init__(self, path: Path, instrument: Instrument) -> None:
        self._path = path
        self._schema = pa.schema(_FIELDS, metadata={_META: _meta_of(instrument)})
        self._file = path.open("xb")
        options = ipc.IpcWriteOptions(compression="zstd")
        self._writer = ipc.new_stream(self._file, self._schema, options=options)

    def append(self, rows: RecordedRows) -> int:
        """Write rows such that a crash loses none of them, and return the file's size."""
        columns = [pa.array(getattr(rows, name), kind) for name, kind in _FIELDS]
        try:
            self._writer.write_batch(pa.record_batch(columns, schema=self._schema))
            self._file.flush()
            return self._file.tell()
        except OSError as error:
            raise DataError(f"{self._path} cannot be written: {error}; free some space") from error

    def close(self) -> Recording:
        """Pack the file and return what it became."""
        self._writer.close()
        self._file.close()
        packed = _pack(self._path)
        if packed is None:
            raise DataError(f"{self._path.name} held no row and was removed")
        return describe(packed)


def is_recording(path: Path) -> bool:
    """Tell whether a path is a recording or a folder of recordings."""
    if path.is_dir():
        return any(path.rglob(f"*{PACKED}"))
    return path.name.endswith((PACKED, GROWING))


def read_recording(path: Path) -> RecordedTape:
    """Return a recording, or all of one instrument's in a folder as one; block until done.

    Raises `DataError` for files that are damaged or of several instruments.
    """
    files = sorted(path.rglob(f"*{PACKED}")) if path.is_dir() else [path]
    if not files:
        raise DataError(f"{path} holds no recording")
    parts = [_read(one) for one in files]
    metas = [meta for meta, _ in parts]
    if len({meta["instrument"] for meta in metas}) > 1:
        raise DataError(f"{path} holds recordings of several instruments; choose one of them")
    ticks, lots = {meta["tick"] for meta in metas}, {meta["lot"] for meta in metas}
    if len(ticks) > 1 or len(lots) > 1:
        raise DataError(f"{path} holds recordings in different steps; choose one of them")
    columns = {
        name: np.concatenate([getattr(rows, name) for _, rows in parts]) for name, _ in _FIELDS
    }
    return RecordedTape(
        instrument=InstrumentId(metas[0]["instrument"]),
        tick=Decimal(metas[0]["tick"]),
        lot=Decimal(metas[0]["lot"]),
        rows=RecordedRows(**columns),
    )


def describe(path: Path) -> Recording:
    """Return what a file holds, or raise `DataError` if it cannot be read."""
    is_growing = path.name.endswith(GROWING)
    counts: dict[str, Any] | None
    if is_growing:
        meta, rows = _read(path)
        counts = _counts(rows) if len(rows) else None
    else:
        meta = counts = _footer(path)
    if counts is None:
        raise DataError(f"{path} holds no row")
    return Recording(
        path=str(path),
        instrument=InstrumentId(meta["instrument"]),
        span=Span(start=from_ms(counts["first"]), end=from_ms(counts["last"] + 1)),
        prints=counts["prints"],
        changes=counts["changes"],
        bytes=path.stat().st_size,
        is_growing=is_growing,
    )


def _read(path: Path) -> tuple[dict[str, Any], RecordedRows]:
    try:
        table = _growing(path) if path.name.endswith(GROWING) else parquet.read_table(path)
    except FileNotFoundError:
        raise DataError(f"there is no recording {path}") from None
    except (pa.ArrowException, OSError) as error:
        reason = str(error).splitlines()[0]
        raise DataError(f"the recording {path} is damaged: {reason}") from error
    return _meta_in(table.schema.metadata or {}, path), _rows_of(table)


def _meta_in(found: Mapping[bytes, bytes], path: Path) -> dict[str, Any]:
    """Return what the desk wrote into a file about itself, or raise `DataError`."""
    try:
        meta: dict[str, Any] = json.loads(found.get(_META, b""))
    except ValueError:
        meta = {}
    if not meta.keys() >= _DESCRIBED:
        raise DataError(f"{path} is no recording of this desk")
    return meta


def _rows_of(table: pa.Table) -> RecordedRows:
    return RecordedRows(**{name: table.column(name).to_numpy() for name, _ in _FIELDS})


def _counts(rows: RecordedRows) -> dict[str, int]:
    return {
        "first": int(rows.time.min()) // _US,
        "last": int(rows.time.max()) // _US,
        "prints": int(np.count_nonzero(rows.prints)),
        "changes": int(np.count_nonzero(~rows.prints & (rows.kind != RowKind.BOOK))),
    }


def _footer(path: Path) -> dict[str, Any]:
    """Return what a packed file says of itself, without reading its rows."""
    try:
        found = parquet.read_schema(path).metadata or {}
    except (pa.ArrowException, OSError) as error:
        reason = str(error).splitlines()[0]
        raise DataError(f"the recording {path} is damaged: {reason}") from error
    meta = _meta_in(found, path)
    if not meta.keys() >= _COUNTED:
        meta |= _counts(_read(path)[1])
    return meta


def _growing(path: Path) -> pa.Table:
    """Return every batch that was written whole."""
    batches: list[pa.RecordBatch] = []
    with path.open("rb") as file, ipc.open_stream(file) as reader:
        with suppress(pa.ArrowException, OSError):
            batches.extend(iter(reader.read_next_batch, None))
        return pa.Table.from_batches(batches, schema=reader.schema)


def _pack(path: Path) -> Path | None:
    """Turn a growing file into a packed one; one without a row goes."""
    target = path.with_name(path.name.removesuffix(GROWING) + PACKED)
    draft = target.with_name(f".{target.name}.part")
    try:
        table = _growing(path)
    except (pa.ArrowException, OSError) as error:
        log.info("%s ended before its first row: %s", path, error)
        path.unlink(missing_ok=True)
        return None
    if not table.num_rows:
        path.unlink(missing_ok=True)
        return None
    meta = json.loads(table.schema.metadata[_META]) | _counts(_rows_of(table))
    try:
        parquet.write_table(
            table.replace_schema_metadata({_META: json.dumps(meta)}),
            draft,
            compression="zstd",
            compression_level=9,
            use_dictionary=["kind"],
            column_encoding={
                "time": "DELTA_BINARY_PACKED",
                "price": "DELTA_BINARY_PACKED",
                "size": "PLAIN",
            },
        )
        draft.replace(target)
        path.unlink()
    except OSError as error:
        raise DataError(f"{path} cannot be packed: {error}; free some space") from error
    return target


def _meta_of(instrument: Instrument) -> bytes:
    meta = {
        "version": _VERSION,
        "instrument": instrument.id,
        "tick": f"{instrument.tick:f}",
        "lot": f"{instrument.lot:f}",
    }
    return json.dumps(meta).encode()
