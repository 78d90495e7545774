"""Filters as people write them."""

from __future__ import annotations

import pytest

from fks_desk.core.console import Column, ColumnKind, Comparison, TableFilter
from fks_desk.ui.models.data.filters import read_filters
from fks_desk.ui.models.data.wishes import Unreadable

COLUMNS = [Column(name=name, kind=ColumnKind.TEXT) for name in ("side", "price", "note", "reason")]


def one(column, comparison, text=""):
    return TableFilter(column=column, comparison=comparison, text=text)


@pytest.mark.parametrize(
    ("text", "filters"),
    [
        ("", ()),
        ("side = buy", (one("side", Comparison.EQUAL, "buy"),)),
        ("SIDE='buy' AND price>=100", (
            one("side", Comparison.EQUAL, "buy"), one("price", Comparison.AT_LEAST, "100"))),
        ("note contains late fill", (one("note", Comparison.CONTAINS, "late fill"),)),
        ("note ~ x and reason is empty", (
            one("note", Comparison.CONTAINS, "x"), one("reason", Comparison.IS_EMPTY))),
        ("price <> 5", (one("price", Comparison.UNEQUAL, "5"),)),
    ],
)  # fmt: skip
def test_a_filter_is_column_comparison_and_value(text, filters):
    assert read_filters(text, COLUMNS) == filters


@pytest.mark.parametrize(
    ("text", "sentence"), [("buy", "is no filter"), ("size = 1", "no column size; there are side")]
)
def test_what_is_no_filter_is_told_how(text, sentence):
    with pytest.raises(Unreadable, match=sentence):
        read_filters(text, COLUMNS)
