"""Read any table, and ask in SQL, without a way to change a row."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any, Protocol

Cell = Any  # a stored value of whatever type its column has
LONGEST_CELL = 10_000  # letters; a longer text is cut


class ColumnKind(StrEnum):
    """Say how a column sorts, aligns and filters."""

    TEXT = "text"
    NUMBER = "number"
    MOMENT = "moment"
    FLAG = "flag"
    OTHER = "other"


class Comparison(StrEnum):
    """Say how a filter compares a column with its text."""

    EQUAL = "="
    UNEQUAL = "<>"
    LESS = "<"
    AT_MOST = "<="
    MORE = ">"
    AT_LEAST = ">="
    CONTAINS = "contains"
    IS_EMPTY = "is empty"


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """Name a column and the kind of its values."""

    name: str
    kind: ColumnKind


@dataclass(frozen=True, slots=True, kw_only=True)
class TableInfo:
    """Describe one table; `rows` is the server's estimate."""

    name: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    rows: int

    def order(self, sort: str | None) -> tuple[str, ...]:
        """Return by what rows are sorted: the key comes last, so that no two are equal."""
        return tuple(dict.fromkeys((*((sort,) if sort else ()), *self.key)))


@dataclass(frozen=True, slots=True, kw_only=True)
class TableFilter:
    """Keep rows whose column compares with the text, which is read as the column's type."""

    column: str
    comparison: Comparison
    text: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TableQuery:
    """Ask for a page of a table; every filter must hold.

    `after` holds the values of `TableInfo.order` in the last row of the page before. It is
    found at once, however far down; `offset` counts rows where a table has no key.
    """

    table: str
    filters: tuple[TableFilter, ...] = ()
    sort: str | None = None
    is_descending: bool = True
    limit: int = 500
    offset: int = 0
    after: tuple[Cell, ...] | None = None

    def __post_init__(self) -> None:
        if self.limit < 1 or self.offset < 0:
            raise ValueError(
                f"need limit >= 1 and offset >= 0, were {self.limit} and {self.offset}"
            )

    def next_page(self, table: TableInfo, last: Mapping[str, Cell], count: int) -> TableQuery:
        """Return the question for what follows after the last of count rows."""
        order = table.order(self.sort)
        kinds = {column.name: column.kind for column in table.columns}
        values = tuple(last[name] for name in order)
        is_found = bool(table.key) and all(
            kinds[name] is not ColumnKind.OTHER and not _is_long(value)
            for name, value in zip(order, values, strict=True)
        )
        if is_found:
            return replace(self, after=values, offset=0)
        return replace(self, after=None, offset=count)


@dataclass(frozen=True, slots=True, kw_only=True)
class QueryAnswer:
    """Hold the rows of an answer; `is_cut` says that there are more than were asked for."""

    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    is_cut: bool
    seconds: float


def _is_long(value: Cell) -> bool:
    return isinstance(value, str) and len(value) > LONGEST_CELL


class TableBrowser(Protocol):
    """Read any table page by page."""

    async def tables(self) -> tuple[TableInfo, ...]:
        """Return every table of the desk with its columns."""
        ...

    async def browse(self, query: TableQuery) -> QueryAnswer:
        """Return a page of rows; raise `DataError` if a name or a text does not fit."""
        ...


class SqlConsole(Protocol):
    """Answer SQL from a person, read-only and within a time limit."""

    async def ask_sql(self, text: str, limit: int = 1000) -> QueryAnswer:
        """Return up to limit rows of one statement.

        Raises `DataError` with the server's own sentence for a statement that is
        wrong, changes anything or takes too long.
        """
        ...
