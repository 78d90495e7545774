"""Move numpy columns to and from PostgreSQL in its own binary formats.

Formats as PostgreSQL's manual gives them: arrays in `array_send`, rows in
"COPY, Binary Format"; a timestamp is int64 microseconds since 2000-01-01 UTC.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, TypeAlias

import numpy as np
import psycopg
from numpy.typing import NDArray
from psycopg.adapt import Dumper
from psycopg.pq import Format

from fks_desk.adapters.storage.steps import Scales
from fks_desk.core.errors import StorageError
from fks_desk.core.frame import Floats, Times

Array: TypeAlias = NDArray[Any]  # float64, int64 or int16, by the SQL type it goes to
Column: TypeAlias = Array | bytes

MS_TO_2000 = 946_684_800_000
FLOAT8, FLOAT8_ARRAY = 701, 1022
INT8, INT8_ARRAY = 20, 1016
TEXT, TEXT_ARRAY = 25, 1009
TIME, TIME_ARRAY = 1184, 1185
ROWS_IN_BLOCK = 1 << 15
_COPY_HEAD = b"PGCOPY\n\xff\r\n\0" + bytes(8)
_COPY_END = struct.pack(">h", -1)
_ARRAY_HEAD = struct.Struct(">iiiii")
_START_2000 = datetime(2000, 1, 1, tzinfo=UTC)


def decode_floats(value: bytes | None) -> Floats:
    """Return a binary float8[] without NULLs as float64."""
    return _decode(value, ">f8").astype(np.float64)


def decode_integers(value: bytes | None) -> Times:
    """Return a binary int8[] without NULLs as int64."""
    return _decode(value, ">i8").astype(np.int64)


def decode_times(value: bytes | None) -> Times:
    """Return a binary timestamptz[] without NULLs as milliseconds since 1970."""
    return _decode(value, ">i8").astype(np.int64) // 1000 + MS_TO_2000


def decode_packed_floats(value: bytes | None, way: int = 1, width: int = 1) -> Floats:
    """Return float8 values that were sent one after another as a row for each of `width` columns.

    A view in the wire's own byte order, for one step of maths; way -1 turns the columns round.
    """
    return np.frombuffer(value or b"", dtype=">f8").reshape(-1, width)[::way].T


def decode_packed_times(value: bytes | None) -> Times:
    """Return timestamptz values that were sent one after another as milliseconds since 1970."""
    return np.frombuffer(value or b"", dtype=">i8").astype(np.int64) // 1000 + MS_TO_2000


def decode_packed_scales(value: bytes | None, way: int = 1) -> Scales:
    """Return int2 values that were sent one after another as int16; -1 turns them round."""
    return np.frombuffer(value or b"", dtype=">i2")[::way].astype(np.int16)


def decode_small(value: bytes | None) -> int | None:
    """Return a binary int2 as a number, or None for NULL."""
    return None if value is None else int.from_bytes(value, "big", signed=True)


def decode_time(value: bytes | None) -> int | None:
    """Return a binary timestamptz as milliseconds since 1970, or None for NULL."""
    return None if value is None else int(decode_packed_times(value)[0])


def copy_blocks(columns: Mapping[str, Column], count: int) -> Iterator[bytes]:
    """Yield count rows as the body of a binary COPY, in blocks of some megabytes.

    A column is an array of int16, int64 or float64, or bytes that are the same in every row:
    a value in the binary format of its type.
    """
    layout: list[tuple[str, str]] = [("fields", ">i2")]
    for name, column in columns.items():
        layout += [(f"{name}_bytes", ">i4"), (name, _wire_type(column))]
    rows = np.empty(min(count, ROWS_IN_BLOCK), dtype=layout)
    rows["fields"] = len(columns)
    for name, column in columns.items():
        rows[f"{name}_bytes"] = len(column) if isinstance(column, bytes) else column.itemsize
        if isinstance(column, bytes):
            rows[name] = np.void(column)
    arrays = {name: column for name, column in columns.items() if not isinstance(column, bytes)}
    yield _COPY_HEAD
    for start in range(0, count, ROWS_IN_BLOCK):
        block = rows[: min(ROWS_IN_BLOCK, count - start)]
        for name, array in arrays.items():
            block[name] = array[start : start + ROWS_IN_BLOCK]
        yield block.tobytes()
    yield _COPY_END


def server_times(times: Times) -> Times:
    """Return milliseconds since 1970 as the server counts: microseconds since 2000."""
    return (times - MS_TO_2000) * 1000


def integer_bytes(number: int) -> bytes:
    """Return an int4 in its binary form."""
    return struct.pack(">i", number)


def small_bytes(number: int) -> bytes:
    """Return an int2 in its binary form."""
    return struct.pack(">h", number)


def time_bytes(milliseconds: int) -> bytes:
    """Return a timestamptz in its binary form."""
    return struct.pack(">q", (milliseconds - MS_TO_2000) * 1000)


class FloatColumn:
    """Wrap float64 values that a query takes as float8[]."""

    def __init__(self, values: Floats) -> None:
        self.values = np.asarray(values, dtype=np.float64)


class IntegerColumn:
    """Wrap int64 values that a query takes as int8[]."""

    def __init__(self, values: Times) -> None:
        self.values = np.asarray(values, dtype=np.int64)


class TimeColumn:
    """Wrap moments that a query takes as timestamptz[], exact to the microsecond."""

    def __init__(self, moments: Sequence[datetime]) -> None:
        self.values = np.array([_since_2000(one) for one in moments], dtype=np.int64)


class TextColumn:
    """Wrap texts that a query takes as text[]; few different ones cost least."""

    def __init__(self, values: Sequence[str]) -> None:
        self.values = values


def _since_2000(moment: datetime) -> int:
    since = moment - _START_2000
    return (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds


def _wire_type(column: Column) -> str:
    if isinstance(column, bytes):
        return f"V{len(column)}"
    return f">{column.dtype.kind}{column.itemsize}"


def _decode(value: bytes | None, kind: str) -> Array:
    if value is None:
        return np.empty(0, dtype=kind)
    dimensions, has_nulls = struct.unpack_from(">ii", value)
    if dimensions == 0:
        return np.empty(0, dtype=kind)
    if dimensions != 1 or has_nulls:
        raise StorageError(f"need one plain array, had {dimensions} dimensions, nulls {has_nulls}")
    pairs = np.frombuffer(value, dtype=[("bytes", ">i4"), ("value", kind)], offset=_ARRAY_HEAD.size)
    return pairs["value"]


def _encode(values: Array, kind: str, element: int) -> bytes:
    pairs = np.empty(values.size, dtype=[("bytes", ">i4"), ("value", kind)])
    pairs["bytes"] = 8
    pairs["value"] = values
    return _ARRAY_HEAD.pack(1, 0, element, values.size, 1) + pairs.tobytes()


class _FloatDumper(Dumper):
    format = Format.BINARY
    oid = FLOAT8_ARRAY

    def dump(self, obj: FloatColumn) -> bytes:
        """Return the array's binary form."""
        return _encode(obj.values, ">f8", FLOAT8)


class _IntegerDumper(Dumper):
    format = Format.BINARY
    oid = INT8_ARRAY

    def dump(self, obj: IntegerColumn) -> bytes:
        """Return the array's binary form."""
        return _encode(obj.values, ">i8", INT8)


class _TimeDumper(Dumper):
    format = Format.BINARY
    oid = TIME_ARRAY

    def dump(self, obj: TimeColumn) -> bytes:
        """Return the array's binary form."""
        return _encode(obj.values, ">i8", TIME)


class _TextDumper(Dumper):
    format = Format.BINARY
    oid = TEXT_ARRAY

    def dump(self, obj: TextColumn) -> bytes:
        """Return the array's binary form."""
        texts = {text: text.encode() for text in set(obj.values)}
        packed = {text: integer_bytes(len(raw)) + raw for text, raw in texts.items()}
        head = _ARRAY_HEAD.pack(1, 0, TEXT, len(obj.values), 1)
        return head + b"".join([packed[text] for text in obj.values])


psycopg.adapters.register_dumper(TimeColumn, _TimeDumper)
psycopg.adapters.register_dumper(TextColumn, _TextDumper)
psycopg.adapters.register_dumper(FloatColumn, _FloatDumper)
psycopg.adapters.register_dumper(IntegerColumn, _IntegerDumper)
