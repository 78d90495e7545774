from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fks_desk.core.drawings import Anchor, Drawing, DrawingId, DrawingKind
from tests.fakes.rows import BTC, NOW

HOUR = timedelta(hours=1)


def drawing(kind: DrawingKind, *prices: str) -> Drawing:
    anchors = tuple(
        Anchor(moment=NOW + HOUR * place, price=Decimal(price))
        for place, price in enumerate(prices)
    )
    return Drawing(id=DrawingId("drw1"), instrument=BTC, kind=kind, anchors=anchors, updated=NOW)


def test_a_trend_line_goes_on_to_the_right_and_does_not_exist_before_it_begins() -> None:
    line = drawing(DrawingKind.TREND, "100", "110")

    assert line.level_at(NOW) == 100
    assert line.level_at(NOW + HOUR / 2) == 105
    assert line.level_at(NOW + 3 * HOUR) == 130
    assert line.level_at(NOW - HOUR) is None


def test_a_line_drawn_from_right_to_left_is_the_same_line() -> None:
    line = drawing(DrawingKind.TREND, "100", "110")
    turned = replace(line, anchors=line.anchors[::-1])

    assert turned.level_at(NOW + 2 * HOUR) == line.level_at(NOW + 2 * HOUR)


def test_a_horizontal_line_has_one_price_at_all_times_and_others_have_none() -> None:
    assert drawing(DrawingKind.HORIZONTAL, "5.5").level_at(NOW - HOUR) == Decimal("5.5")
    assert drawing(DrawingKind.RECTANGLE, "1", "2").level_at(NOW) is None


def test_a_drawing_with_too_few_anchors_cannot_exist() -> None:
    with pytest.raises(ValueError, match="a channel has 3 anchors, were 2"):
        drawing(DrawingKind.CHANNEL, "1", "2")


@given(st.timedeltas(-timedelta(days=900), timedelta(days=900)), st.decimals("-9", "9", places=4))
def test_what_is_moved_there_and_back_is_where_it_was(by: timedelta, price: Decimal) -> None:
    one = drawing(DrawingKind.LONG, "100", "90", "120")

    assert one.moved(by, price).moved(-by, -price) == one
