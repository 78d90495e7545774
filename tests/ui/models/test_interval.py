"""Show that intervals are understood as other charts write them."""

import pytest

from fks_desk.core.model import Timeframe
from fks_desk.ui.models.interval import known_intervals, parse_interval


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("1", Timeframe.M1),
        ("5", Timeframe.M5),
        (",5", Timeframe.M5),
        ("5m", Timeframe.M5),
        ("M5", Timeframe.M5),
        ("60", Timeframe.H1),
        ("1h", Timeframe.H1),
        ("H4", Timeframe.H4),
        ("240", Timeframe.H4),
        ("D", Timeframe.D1),
        ("1d", Timeframe.D1),
        ("1440", Timeframe.D1),
        (" 15 min ", Timeframe.M15),
    ],
)
def test_an_interval_is_read_as_people_write_it(text, meant):
    assert parse_interval(text) is meant


@pytest.mark.parametrize("text", ["", ",", "7", "5y", "0", "abc", "5 5", "1M", "-5", "99999999999"])
def test_what_is_no_interval_is_none(text):
    assert parse_interval(text) is None


def test_the_hint_names_every_interval():
    assert known_intervals() == "1m 3m 5m 15m 30m 1h 4h 1d"
