"""Move numpy columns to and from PostgreSQL in its own binary formats.

Formats as PostgreSQL's manual gives them: arrays in `array_send`, rows in
"COPY, Binary Format"; a timestamp is int64 microseconds since 2000-01-01 UTC.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping
from typing import Any, TypeAlias

import numpy as np
import psycopg
from numpy.typing import NDArray
from psycopg.adapt import Dumper
from psycopg.pq import Format

from fks_desk.core.errors import StorageError
from fks_desk.core.frame import Floats, Frame, Times

Column: TypeAlias = NDArray[Any]  # float64 or int64, by the SQL type it goes to

MS_TO_2000 = 946_684_800_000
FLOAT8, FLOAT8_ARRAY = 701, 1022
INT8, INT8_ARRAY = 20, 1016
_COPY_HEAD = b"PGCOPY\n\xff\r\n\0" + bytes(8)
_COPY_END = struct.pack(">h", -1)
_ARRAY_HEAD = struct.Struct(">iiiii")
_PRICES = ("open", "high", "low", "close", "volume")


def decode_floats(value: bytes | None) -> Floats:
    """Return a binary float8[] without NULLs as float64."""
    return _decode(value, ">f8").astype(np.float64)


def decode_integers(value: bytes | None) -> Times:
    """Return a binary int8[] without NULLs as int64."""
    return _decode(value, ">i8").astype(np.int64)


def decode_times(value: bytes | None) -> Times:
    """Return a binary timestamptz[] without NULLs as milliseconds since 1970."""
    return _decode(value, ">i8").astype(np.int64) // 1000 + MS_TO_2000


def copy_payload(frame: Frame) -> bytes:
    """Return the frame as the body of a binary COPY: time, open, high, low, close, volume."""
    columns: Mapping[str, Column] = {
        "time": (frame.time - MS_TO_2000) * 1000,
        **{name: getattr(frame, name) for name in _PRICES},
    }
    layout: list[tuple[str, str]] = [("fields", ">i2")]
    for name in columns:
        layout += [(f"{name}_bytes", ">i4"), (name, ">i8" if name == "time" else ">f8")]
    rows = np.empty(len(frame), dtype=layout)
    rows["fields"] = len(columns)
    for name, column in columns.items():
        rows[f"{name}_bytes"] = 8
        rows[name] = column
    return _COPY_HEAD + rows.tobytes() + _COPY_END


class FloatColumn:
    """Wrap float64 values that a query takes as float8[]."""

    def __init__(self, values: Floats) -> None:
        self.values = np.asarray(values, dtype=np.float64)


class IntegerColumn:
    """Wrap int64 values that a query takes as int8[]."""

    def __init__(self, values: Times) -> None:
        self.values = np.asarray(values, dtype=np.int64)


def _decode(value: bytes | None, kind: str) -> Column:
    if value is None:
        return np.empty(0, dtype=kind)
    dimensions, has_nulls = struct.unpack_from(">ii", value)
    if dimensions == 0:
        return np.empty(0, dtype=kind)
    if dimensions != 1 or has_nulls:
        raise StorageError(f"need one plain array, had {dimensions} dimensions, nulls {has_nulls}")
    pairs = np.frombuffer(value, dtype=[("bytes", ">i4"), ("value", kind)], offset=_ARRAY_HEAD.size)
    return pairs["value"]


def _encode(values: Column, kind: str, element: int) -> bytes:
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


psycopg.adapters.register_dumper(FloatColumn, _FloatDumper)
psycopg.adapters.register_dumper(IntegerColumn, _IntegerDumper)
