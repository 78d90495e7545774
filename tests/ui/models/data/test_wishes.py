"""Read what people type, in any common spelling."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from fks_desk.core.model import Timeframe, VenueId
from fks_desk.ui.models.data.wishes import (
    Unreadable,
    read_moment,
    read_symbols,
    read_timeframes,
)
from tests.fakes.panes import BTC, ETH, NOON, instrument

DEMO = VenueId("demo")


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2024-03-01", datetime(2024, 3, 1, tzinfo=UTC)),
        ("2024-03-01 12:30", datetime(2024, 3, 1, 12, 30, tzinfo=UTC)),
        ("2024-03", datetime(2024, 3, 1, tzinfo=UTC)),
        ("01.03.2024", datetime(2024, 3, 1, tzinfo=UTC)),
        ("90d", NOON - timedelta(days=90)),
        ("1 year", NOON - timedelta(days=365)),
        ("2w", NOON - timedelta(days=14)),
    ],
)
def test_a_day_or_an_age_is_a_moment(text, moment):
    assert read_moment(text, NOON, "From") == moment


def test_anything_else_is_told():
    with pytest.raises(Unreadable, match="From is a day such as"):
        read_moment("soon", NOON, "From")


def test_intervals_stand_one_after_another():
    assert read_timeframes("1m, M5 240") == (Timeframe.M1, Timeframe.M5, Timeframe.H4)
    with pytest.raises(Unreadable, match="7m is no interval"):
        read_timeframes("1m 7m")
    with pytest.raises(Unreadable, match="Name an interval"):
        read_timeframes(" ")


def test_symbols_are_found_in_every_spelling_and_once():
    known = [BTC, ETH, instrument("BTC/USDT", venue="kraken")]

    assert read_symbols("btcusdt ETH-USDT, BTC/USDT", known, DEMO) == (BTC.id, ETH.id)
    assert read_symbols("*", known, DEMO) == (BTC.id, ETH.id)
    with pytest.raises(Unreadable, match="XYZ is not listed at demo; there are BTC/USDT"):
        read_symbols("XYZ", known, DEMO)
    with pytest.raises(Unreadable, match="Name a symbol"):
        read_symbols("", known, DEMO)
