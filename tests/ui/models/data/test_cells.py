"""Stored values as texts, and rows that a chart can show."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal

import pytest

from fks_desk.core.console import Column, ColumnKind
from fks_desk.core.model import InstrumentId, Timeframe
from fks_desk.ui.models.data.cells import cell_text, chart_target

WHEN = datetime(2026, 1, 5, 12, 30, tzinfo=UTC)
BTC = InstrumentId("demo:spot:BTC/USDT")


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, ""),
        (Decimal("1E-8"), "0.00000001"),
        (WHEN, "2026-01-05 12:30:00"),
        (WHEN.astimezone(timezone(timedelta(hours=2))), "2026-01-05 12:30:00"),
        ({"a": Decimal("1.5")}, '{"a": "1.5"}'),
        ("two\nlines", "two lines"),
        (1.5, "1.5"),
    ],
)
def test_a_value_is_one_line_of_text(value, text):
    assert cell_text(value) == text


def columns(*named):
    return [Column(name=name, kind=ColumnKind(kind)) for name, kind in named]


def test_a_row_with_an_instrument_and_a_moment_has_a_place_on_the_chart():
    named = columns(("instrument", "text"), ("ts_event", "moment"))
    numbered = columns(("instrument_id", "number"), ("timeframe", "text"), ("ts", "moment"))

    found = chart_target(named, (BTC, WHEN), {})
    candle = chart_target(numbered, (3, "5m", WHEN), {3: BTC})

    assert (found.instrument, found.moment, found.timeframe) == (BTC, WHEN, None)
    assert (candle.instrument, candle.timeframe) == (BTC, Timeframe.M5)
    assert chart_target(named, ("nothing", WHEN), {}) is None
    assert chart_target(columns(("a", "text")), ("x",), {}) is None
