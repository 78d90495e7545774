"""Read candles written as JSON: rows of numbers, as exchanges answer and older bots keep them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from fks_desk.adapters.files.columns import HEADLESS_COLUMNS, NUMBERS
from fks_desk.adapters.files.table import Table
from fks_desk.core.errors import DataError

_VISION_COLUMNS = 12


class RowFile:
    """Read a list of rows, each with the time first."""

    def __init__(self, data: bytes, path: Path) -> None:
        self._path = path
        try:
            self._rows: Any = json.loads(data)
        except ValueError as error:
            raise DataError(f"{path} is damaged: {error}; download it again") from error

    def head(self, count: int) -> tuple[tuple[str, ...], tuple[tuple[str, ...], ...]]:
        """Return the first rows as texts, for a person to look at."""
        rows = self._rows[:count] if isinstance(self._rows, list) else []
        shown = tuple(tuple(map(str, row)) for row in rows if isinstance(row, list))
        return ("time", *NUMBERS), tuple(row[:HEADLESS_COLUMNS] for row in shown)

    def table(self) -> Table:
        """Return the columns that hold time, prices and volume."""
        rows = self._rows
        if not isinstance(rows, list) or not rows:
            raise DataError(f"{self._path} holds no list of rows; is this a file of candles?")
        for place, row in enumerate(rows):
            if not isinstance(row, list) or len(row) < HEADLESS_COLUMNS:
                raise DataError(
                    f"{self._path}: row {place + 1} is no list of time, open, high, low, close "
                    "and volume; is this a file of candles?"
                )
        try:
            times = np.array([row[0] for row in rows], dtype=np.int64)
            numbers = {
                name: np.array([float(row[place]) for row in rows], dtype=np.float64)
                for place, name in enumerate(NUMBERS, start=1)
            }
        except (TypeError, ValueError, OverflowError) as error:
            raise DataError(f"{self._path} has a row that is not of numbers: {error}") from error
        is_klines = len(rows[0]) == _VISION_COLUMNS
        return Table(
            times=pa.chunked_array([pa.array(times)]),
            numbers=numbers,
            line=lambda row: f"row {row + 1}",
            format="Binance klines" if is_klines else "freqtrade json",
        )
