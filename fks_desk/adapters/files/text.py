"""Read delimited text: quickly if it is right, slowly to say what is wrong."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv as arrow_csv

from fks_desk.adapters.files.columns import (
    NUMBERS,
    SYMBOLS,
    Columns,
    by_name,
    by_place,
    plain_name,
)
from fks_desk.adapters.files.table import Table, require_one_symbol
from fks_desk.core.errors import DataError
from fks_desk.core.frame import Floats

_DELIMITERS = ",;\t|"
_LOOKED_AT = 10  # lines


class TextFile:
    """Find the table in a text and read its columns."""

    def __init__(self, data: bytes, path: Path) -> None:
        self._data = data
        self._path = path
        head = data[: 1 << 16].decode("utf-8", errors="replace").splitlines()
        self._delimiter, self._skip = _sniffed(head)
        self._first = _fields(head[self._skip], self._delimiter) if len(head) > self._skip else []
        self._has_header = not any(map(_is_number, self._first[1:]))
        self._names = (
            self._first if self._has_header else [f"c{n}" for n in range(len(self._first))]
        )
        self._lines = head

    def head(self, count: int) -> tuple[tuple[str, ...], tuple[tuple[str, ...], ...]]:
        """Return the titles and the first rows as they are written, for a person to look at."""
        start = self._skip + int(self._has_header)
        rows = [_fields(line, self._delimiter) for line in self._lines[start : start + count]]
        return tuple(self._names), tuple(tuple(row) for row in rows if row)

    def table(self) -> Table:
        """Return the columns that hold time, prices and volume."""
        chosen = self._chosen()
        table = self._parsed(chosen)
        if not table.num_rows:
            raise DataError(f"{self._path} has no rows below its header; download it again")
        require_one_symbol(table, self._path)
        numbers = {name: _floats(table, column) for name, column in chosen.numbers.items()}
        if chosen.ticks is not None and not numbers["volume"].any():
            numbers["volume"] = _floats(table, chosen.ticks)
        numbers.setdefault("volume", np.zeros(table.num_rows))
        return Table(
            times=_times(table, chosen),
            numbers=numbers,
            line=self._line,
            format=chosen.format,
            notes=chosen.notes,
        )

    def _chosen(self) -> Columns:
        if self._has_header:
            return by_name(self._names, self._path)
        return by_place(self._first, self._names, self._skip + 1, self._path)

    def _parsed(self, chosen: Columns) -> pa.Table:
        words = [chosen.time, *([chosen.clock] if chosen.clock else [])]
        counts = [*chosen.numbers.values(), *([chosen.ticks] if chosen.ticks else [])]
        types = dict.fromkeys(counts, pa.float64()) | dict.fromkeys(words, pa.string())
        symbols = [name for name in self._names if plain_name(name) in SYMBOLS]
        try:
            return arrow_csv.read_csv(
                io.BytesIO(self._data),
                read_options=arrow_csv.ReadOptions(
                    skip_rows=self._skip + int(self._has_header),
                    column_names=_unique(self._names),
                ),
                parse_options=arrow_csv.ParseOptions(delimiter=self._delimiter),
                convert_options=arrow_csv.ConvertOptions(
                    column_types=types,
                    include_columns=[*types, *symbols],
                    # An empty price is judged like every other impossible one.
                    null_values=["", "NaN", "nan", "null", "NULL", "None", "NA"],
                ),
            )
        except pa.ArrowInvalid as error:
            raise self._complaint(chosen, str(error)) from error

    def _complaint(self, chosen: Columns, reason: str) -> DataError:
        """Return one sentence about the first line that cannot be read."""
        places = {name: self._names.index(column) for name, column in chosen.numbers.items()}
        for line, fields in self._rows():
            if len(fields) != len(self._names):
                return DataError(
                    f"{self._path}: line {line} has {len(fields)} columns instead of "
                    f"{len(self._names)}; the file is cut off or damaged, download it again"
                )
            for name in (name for name in NUMBERS if name in places):
                value = fields[places[name]]
                if value and not _is_number(value):
                    return DataError(
                        f"{self._path}: line {line} has {name} {value!r}, which is no number; "
                        "mend the line or download the file again"
                    )
        return DataError(f"{self._path} cannot be read: {reason.splitlines()[0]}")

    def _line(self, row: int) -> str:
        for number, (line, _) in enumerate(self._rows()):
            if number == row:
                return f"line {line}"
        return f"row {row + 1}"

    def _rows(self) -> Sequence[tuple[int, list[str]]]:
        """Return the data rows with their line numbers; empty lines do not count as rows."""
        text = self._data.decode("utf-8", errors="replace")
        rows = []
        for line, words in enumerate(text.splitlines(), start=1):
            if line > self._skip + int(self._has_header) and words.strip():
                rows.append((line, _fields(words, self._delimiter)))
        return rows


def _floats(table: pa.Table, column: str) -> Floats:
    numbers: Floats = table.column(column).to_numpy(zero_copy_only=False)
    return numbers


def _times(table: pa.Table, chosen: Columns) -> pa.ChunkedArray:
    times = table.column(chosen.time)
    if chosen.clock is None:
        return times
    return pc.binary_join_element_wise(times, table.column(chosen.clock), " ")


def _sniffed(head: Sequence[str]) -> tuple[str, int]:
    """Return the delimiter and how many lines of talk stand above the table."""
    looked_at = head[:_LOOKED_AT]
    counts = {
        mark: max((line.count(mark) for line in looked_at), default=0) for mark in _DELIMITERS
    }
    delimiter = max(counts, key=lambda mark: counts[mark])
    usual = counts[delimiter]
    for number, line in enumerate(looked_at):
        if line.count(delimiter) >= max(1, usual - 1) and not line.startswith("#"):
            return delimiter, number
    return delimiter, 0


def _fields(line: str, delimiter: str) -> list[str]:
    return [field.strip() for field in next(csv.reader([line], delimiter=delimiter), [])]


def _unique(names: Sequence[str]) -> list[str]:
    seen: dict[str, int] = {}
    unique = []
    for name in names:
        seen[name] = seen.get(name, 0) + 1
        unique.append(name if seen[name] == 1 else f"{name} ({seen[name]})")
    return unique


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
