"""Read the columns of a feather or parquet file."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
from pyarrow import feather, parquet

from fks_desk.adapters.files.columns import by_name
from fks_desk.adapters.files.opening import Content, Layout
from fks_desk.adapters.files.table import Table, require_one_symbol
from fks_desk.core.errors import DataError


class ColumnFile:
    """Read a file that holds column by column."""

    def __init__(self, content: Content, path: Path) -> None:
        self._layout = content.layout
        self._path = path
        source = pa.BufferReader(content.data)
        try:
            if content.layout is Layout.FEATHER:
                self._table = feather.read_table(source)
            else:
                self._table = parquet.read_table(source)
        except (pa.ArrowException, OSError) as error:
            reason = str(error).splitlines()[0]
            raise DataError(f"{path} is damaged: {reason}; download it again") from error

    def head(self, count: int) -> tuple[tuple[str, ...], tuple[tuple[str, ...], ...]]:
        """Return the titles and the first rows as texts, for a person to look at."""
        first = self._table.slice(0, count).to_pydict()
        rows = zip(*first.values(), strict=True)
        return tuple(first), tuple(tuple(map(str, row)) for row in rows)

    def table(self) -> Table:
        """Return the columns that hold time, prices and volume."""
        chosen = by_name(self._table.column_names, self._path)
        require_one_symbol(self._table, self._path)
        numbers = {}
        for name, title in chosen.numbers.items():
            column = self._table.column(title)
            try:
                numbers[name] = column.cast(pa.float64()).to_numpy(zero_copy_only=False)
            except (pa.ArrowException, NotImplementedError) as error:
                reason = f"the column {name} is no number ({column.type})"
                raise DataError(f"{self._path}: {reason}") from error
        numbers.setdefault("volume", np.zeros(self._table.num_rows))
        program = f"{chosen.format} " if chosen.format != "text" else ""
        return Table(
            times=self._table.column(chosen.time),
            numbers=numbers,
            line=lambda row: f"row {row + 1}",
            format=f"{program}{self._layout.value}",
            notes=chosen.notes,
        )
