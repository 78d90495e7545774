"""Choose the reader for a file by what is in it."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

from fks_desk.adapters.files.arrow import ColumnFile
from fks_desk.adapters.files.opening import Layout, open_content
from fks_desk.adapters.files.rows import RowFile
from fks_desk.adapters.files.table import Table
from fks_desk.adapters.files.text import TextFile


class Sheet(Protocol):
    """Lend a file's first rows for a look, and its columns for work."""

    def head(self, count: int) -> tuple[tuple[str, ...], tuple[tuple[str, ...], ...]]:
        """Return the titles and the first rows as texts."""
        ...

    def table(self) -> Table:
        """Return the columns that hold time, prices and volume, or raise `DataError`."""
        ...


def open_sheet(path: Path) -> Sheet:
    """Return the file's reader, or raise `DataError` if it cannot be read at all."""
    content = open_content(path)
    if content.layout is Layout.TEXT:
        return TextFile(content.data, path)
    if content.layout is Layout.ROWS:
        return RowFile(content.data, path)
    return ColumnFile(content, path)
