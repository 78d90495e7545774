"""Find where on a chart a cited row happened."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from fks_desk.core.model import RowRef, Timeframe
from fks_desk.ui.models.target import JUST_BEFORE, row_target

AT = datetime(2026, 3, 2, 10, 5, tzinfo=UTC)
BTC = "demo:spot:BTC/USDT"


@pytest.mark.parametrize(
    ("ref", "row", "moment", "price"),
    [
        ("trade:812", {"ts_event": AT, "price": Decimal(5)}, AT, Decimal(5)),
        ("market_trade:a/1", {"ts_event": AT, "price": Decimal(5)}, AT, Decimal(5)),
        ("order:fks1", {"created": AT, "updated": None}, AT, None),
        ("position:demo/x", {"opened": None, "updated": AT}, AT, None),
        ("signal:s", {"ts_event": AT, "timeframe": "5m"}, AT - JUST_BEFORE, None),
        ("backtest:b", {"span_end": AT, "timeframe": "5m"}, AT - JUST_BEFORE, None),
        ("candle:x/5m/1", {"ts": AT, "timeframe": "5m"}, AT, None),
    ],
)
def test_each_kind_of_row_has_its_moment(ref, row, moment, price):
    target = row_target(RowRef.parse(ref), {"instrument": BTC, **row})

    assert target.moment == moment
    assert target.price == price
    assert target.timeframe is (Timeframe.M5 if "timeframe" in row else None)


@pytest.mark.parametrize(
    ("ref", "row"),
    [
        ("balance:demo/USDT", {"instrument": BTC, "updated": AT}),
        ("trade:1", {"ts_event": AT}),
        ("trade:1", {"instrument": BTC, "ts_event": None}),
        ("journal:5", {"instrument": BTC, "at": AT}),
    ],
)
def test_a_row_without_a_moment_of_an_instrument_has_no_place(ref, row):
    assert row_target(RowRef.parse(ref), row) is None
