"""Ask for one page of a table in SQL: what fits the filters, in order, after a known row."""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import Any

from psycopg import sql

from fks_desk.core.console import Comparison, TableFilter, TableInfo, TableQuery
from fks_desk.core.errors import DataError

Part = tuple[sql.Composable, list[Any]]


def page_of(table: TableInfo, query: TableQuery, filled: Collection[str]) -> Part:
    """Return the question for a page and its values.

    `filled` names the columns that are never empty. The key stands behind the sort, so that
    equal rows keep their places from page to page. One row more than asked for comes, which
    tells that there are more. Raises `DataError` for a name that the table does not have.
    """
    order = table.order(query.sort)
    for name in (*order, *(one.column for one in query.filters)):
        _require_column(name, table)
    parts = [_condition(one) for one in query.filters]
    if query.after is not None:
        if len(query.after) != len(order):
            raise DataError(f"the page after a row needs its {', '.join(order)}")
        parts.append(_beyond(order, query, query.after, filled))
    text = sql.SQL("SELECT * FROM {}").format(sql.Identifier(table.name))
    if parts:
        text += sql.SQL(" WHERE ") + sql.SQL(" AND ").join([part for part, _values in parts])
    if order:
        names = [sql.Identifier(name) + _way(name, query, filled) for name in order]
        text += sql.SQL(" ORDER BY ") + sql.SQL(", ").join(names)
    text += sql.SQL(" LIMIT {}").format(sql.Literal(query.limit + 1))
    if query.offset:
        text += sql.SQL(" OFFSET {}").format(sql.Literal(query.offset))
    return text, [value for _part, values in parts for value in values]


def _condition(one: TableFilter) -> Part:
    column = sql.Identifier(one.column)
    if one.comparison is Comparison.IS_EMPTY:
        return sql.SQL("({0} IS NULL OR {0}::text = '')").format(column), []
    if one.comparison is Comparison.CONTAINS:
        return sql.SQL("{}::text ILIKE %s").format(column), [f"%{_escaped(one.text)}%"]
    return sql.SQL("{} " + one.comparison.value + " %s").format(column), [one.text]


def _way(name: str, query: TableQuery, filled: Collection[str]) -> sql.SQL:
    if not query.is_descending:
        return sql.SQL(" ASC")
    # An index is read backwards as it is, but not with its empty values moved to the end.
    return sql.SQL(" DESC" if name in filled else " DESC NULLS LAST")


def _beyond(
    order: tuple[str, ...], query: TableQuery, after: tuple[Any, ...], filled: Collection[str]
) -> Part:
    """Return the condition for rows that come after the one with these values."""
    empty = sql.SQL("{} IS NULL").format(sql.Identifier(order[0]))
    if after[0] is None:
        return empty + sql.SQL(" AND ") + _compared(order[1:], query), list(after[1:])
    beyond: sql.Composable = _compared(order, query)
    if order[0] not in filled:
        # Empty values come last, whichever way the others are sorted.
        beyond = sql.SQL("({} OR {})").format(beyond, empty)
    return beyond, list(after)


def _compared(names: tuple[str, ...], query: TableQuery) -> sql.Composed:
    return sql.SQL("({}) {} ({})").format(
        sql.SQL(", ").join(map(sql.Identifier, names)),
        sql.SQL("<" if query.is_descending else ">"),
        sql.SQL(", ").join([sql.SQL("%s")] * len(names)),
    )


def _require_column(name: str, table: TableInfo) -> None:
    known = [column.name for column in table.columns]
    if name not in known:
        raise DataError(f"{table.name} has no column {name!r}; it has {', '.join(known)}")


def _escaped(text: str) -> str:
    return re.sub(r"([\\%_])", r"\\\1", text)
