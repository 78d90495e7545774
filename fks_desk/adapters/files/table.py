"""Find time, prices and volume in a file's columns, by header or by place."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
from pyarrow import csv as arrow_csv
from pyarrow import feather, parquet

from fks_desk.adapters.files.opening import Content, Layout
from fks_desk.core.errors import DataError
from fks_desk.core.frame import Floats

NUMBERS = ("open", "high", "low", "close", "volume")
# Written without spaces, signs and case; the first that a file has is taken.
_TIMES = (
    *("opentime", "unix", "timestamp", "ts", "time", "datetime", "date", "opentimeutc"),
    *("dateutc", "timeutc", "timestampms", "unixtimestamp", "starttime"),
)
_SYMBOLS = frozenset({"symbol", "ticker", "pair", "instrument"})
_SHORT = {"o": "open", "h": "high", "l": "low", "c": "close", "v": "volume"}
_DELIMITERS = ",;\t|"
HEADLESS_COLUMNS = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """Hold a file's columns before they are judged.

    `times` is a text or number column; `line` turns a row's index into the words
    that name its place in the file, such as "line 7".
    """

    times: pa.ChunkedArray
    numbers: dict[str, Floats]
    line: Callable[[int], str]


def read_table(content: Content, path: Path) -> Table:
    """Return the columns of a file, or raise `DataError` naming the place that is wrong."""
    if content.layout is Layout.TEXT:
        return _Text(content.data, path).table()
    return _columnar(content, path)


def _columnar(content: Content, path: Path) -> Table:
    source = pa.BufferReader(content.data)
    try:
        if content.layout is Layout.FEATHER:
            table = feather.read_table(source)
        else:
            table = parquet.read_table(source)
    except (pa.ArrowException, OSError) as error:
        reason = str(error).splitlines()[0]
        raise DataError(f"{path} is damaged: {reason}; download it again") from error
    names = _found(table.column_names, path)
    _one_symbol(table, path)
    numbers = {}
    for name in NUMBERS:
        column = table.column(names[name])
        try:
            numbers[name] = column.cast(pa.float64()).to_numpy(zero_copy_only=False)
        except (pa.ArrowException, NotImplementedError) as error:
            raise DataError(f"{path}: the column {name} is no number ({column.type})") from error
    return Table(
        times=table.column(names["time"]), numbers=numbers, line=lambda row: f"row {row + 1}"
    )


class _Text:
    """Read delimited text: quickly if it is right, slowly to say what is wrong."""

    def __init__(self, data: bytes, path: Path) -> None:
        self._data = data
        self._path = path
        head = data[: 1 << 16].decode("utf-8", errors="replace").splitlines()
        self._delimiter, self._skip = _sniffed(head)
        first = _fields(head[self._skip], self._delimiter) if len(head) > self._skip else []
        self._has_header = not any(map(_is_number, first[1:]))
        self._names = first if self._has_header else [f"c{n}" for n in range(len(first))]

    def table(self) -> Table:
        """Return the columns that hold time, prices and volume."""
        chosen = self._chosen()
        table = self._parsed(chosen)
        if not table.num_rows:
            raise DataError(f"{self._path} has no rows below its header; download it again")
        _one_symbol(table, self._path)
        numbers = {
            name: table.column(chosen[name]).to_numpy(zero_copy_only=False) for name in NUMBERS
        }
        return Table(times=table.column(chosen["time"]), numbers=numbers, line=self._line)

    def _chosen(self) -> dict[str, str]:
        if self._has_header:
            return _found(self._names, self._path)
        if len(self._names) < HEADLESS_COLUMNS:
            raise DataError(
                f"{self._path}: line {self._skip + 1} has {len(self._names)} columns; candles need "
                "time, open, high, low, close and volume"
            )
        return dict(zip(("time", *NUMBERS), self._names, strict=False))

    def _parsed(self, chosen: dict[str, str]) -> pa.Table:
        types = {chosen[name]: pa.float64() for name in NUMBERS} | {chosen["time"]: pa.string()}
        symbols = [name for name in self._names if _plain(name) in _SYMBOLS]
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

    def _complaint(self, chosen: dict[str, str], reason: str) -> DataError:
        """Return one sentence about the first line that cannot be read."""
        places = {name: self._names.index(column) for name, column in chosen.items()}
        for line, fields in self._rows():
            if len(fields) != len(self._names):
                return DataError(
                    f"{self._path}: line {line} has {len(fields)} columns instead of "
                    f"{len(self._names)}; the file is cut off or damaged, download it again"
                )
            for name in NUMBERS:
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


def _found(names: Sequence[str], path: Path) -> dict[str, str]:
    """Return which column is which, by the names in a header."""
    plain = {_plain(name): name for name in reversed(names)}
    found = {name: plain[name] for name in NUMBERS if name in plain}
    found |= {long: plain[short] for short, long in _SHORT.items() if short in plain} | found
    # Files that have the volume in two currencies write the base currency's first.
    volumes = [name for name in names if _plain(name).startswith("vol")]
    if volumes:
        found["volume"] = volumes[0]
    time = next((plain[name] for name in _TIMES if name in plain), None)
    if time is None and names and not names[0].strip():
        time = names[0]  # an index without a name, as pandas writes it
    if time is not None:
        found["time"] = time
    missing = [name for name in ("time", *NUMBERS) if name not in found]
    if missing:
        shown = ", ".join(names[:12])
        raise DataError(
            f"{path} has no column for {', '.join(missing)} (it has {shown}); "
            "is this a file of candles?"
        )
    return found


def _one_symbol(table: pa.Table, path: Path) -> None:
    for name in table.column_names:
        if _plain(name) in _SYMBOLS:
            symbols = table.column(name).unique()
            if len(symbols) > 1:
                raise DataError(
                    f"{path} holds {len(symbols)} symbols; split it into one file for each"
                )


def _sniffed(head: Sequence[str]) -> tuple[str, int]:
    """Return the delimiter and how many lines of talk stand above the table."""
    counts = {
        mark: max((line.count(mark) for line in head[:10]), default=0) for mark in _DELIMITERS
    }
    delimiter = max(counts, key=lambda mark: counts[mark])
    usual = counts[delimiter]
    for number, line in enumerate(head[:10]):
        if line.count(delimiter) >= max(1, usual - 1) and not line.startswith("#"):
            return delimiter, number
    return delimiter, 0


def _fields(line: str, delimiter: str) -> list[str]:
    return [field.strip() for field in next(csv.reader([line], delimiter=delimiter), [])]


def _plain(name: str) -> str:
    return re.sub(r"[^a-z]", "", name.lower())


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
