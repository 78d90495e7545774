"""Read a filter as a person writes it: `side = buy and price >= 100`."""

from __future__ import annotations

import re
from collections.abc import Sequence

from fks_desk.core.console import Column, Comparison, TableFilter
from fks_desk.ui.models.data.wishes import Unreadable
from fks_desk.ui.text import tr

_SIGNS = {
    "=": Comparison.EQUAL,
    "==": Comparison.EQUAL,
    "<>": Comparison.UNEQUAL,
    "!=": Comparison.UNEQUAL,
    "<": Comparison.LESS,
    "<=": Comparison.AT_MOST,
    ">": Comparison.MORE,
    ">=": Comparison.AT_LEAST,
    "~": Comparison.CONTAINS,
    "contains": Comparison.CONTAINS,
}
_TERM = re.compile(
    r"^\s*(?P<column>\w+)\s*(?:(?P<sign><=|>=|<>|!=|==|=|<|>|~|contains\b)\s*(?P<text>.*?)"
    r"|(?P<empty>is\s+empty))\s*$",
    re.IGNORECASE,
)


def read_filters(text: str, columns: Sequence[Column]) -> tuple[TableFilter, ...]:
    """Return the terms of a filter, all of which must hold; raise `Unreadable` with a hint."""
    if not text.strip():
        return ()
    return tuple(_term(part, columns) for part in re.split(r"\s+and\s+", text, flags=re.IGNORECASE))


def _term(part: str, columns: Sequence[Column]) -> TableFilter:
    match = _TERM.match(part)
    if match is None:
        raise Unreadable(
            tr(
                "{part} is no filter; write column, comparison and value, such as "
                "side = buy and price >= 100 (also <> < <= > ~ and is empty).",
                part=repr(part.strip()),
            )
        )
    known = {column.name.casefold(): column.name for column in columns}
    name = known.get(match["column"].casefold())
    if name is None:
        raise Unreadable(
            tr(
                "There is no column {name}; there are {known}.",
                name=match["column"],
                known=", ".join(known.values()),
            )
        )
    if match["empty"]:
        return TableFilter(column=name, comparison=Comparison.IS_EMPTY)
    value = match["text"].strip().strip("'\"")
    return TableFilter(column=name, comparison=_SIGNS[match["sign"].lower()], text=value)
