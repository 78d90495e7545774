"""Hold a file's columns before they are judged."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa

from fks_desk.adapters.files.columns import SYMBOLS, plain_name
from fks_desk.core.errors import DataError
from fks_desk.core.frame import Floats


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """Hold times and numbers as the file has them.

    `times` is a text or number column; `line` turns a row's index into the words
    that name its place in the file, such as "line 7". `format` names the program
    or layout that the file follows.
    """

    times: pa.ChunkedArray
    numbers: dict[str, Floats]
    line: Callable[[int], str]
    format: str
    notes: tuple[str, ...] = ()


def require_one_symbol(table: pa.Table, path: Path) -> None:
    """Raise `DataError` if a column names several symbols."""
    for name in table.column_names:
        if plain_name(name) in SYMBOLS:
            symbols = table.column(name).unique()
            if len(symbols) > 1:
                raise DataError(
                    f"{path} holds {len(symbols)} symbols; split it into one file for each"
                )
