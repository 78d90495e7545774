from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from fks_desk.core.alerts import AlertKind, Crossing
from fks_desk.core.drawings import DrawingKind
from fks_desk.core.model import Timeframe
from fks_desk.ui.models.alert_text import (
    AlertContext,
    condition_text,
    editable_text,
    read_alert,
)
from tests.fakes.charting import made_drawing
from tests.fakes.rows import BTC

NOW = datetime(2026, 3, 9, 12, 0, tzinfo=UTC)
HERE = AlertContext(instrument=BTC, timeframe=Timeframe.M15, last=Decimal(66_000), now=NOW)


@pytest.mark.parametrize(
    ("typed", "kind", "said"),
    [
        ("67000", AlertKind.PRICE, "price crosses 67,000.00"),
        ("> 67,000.5", AlertKind.PRICE, "price rises to 67,000.50"),
        ("<65000", AlertKind.PRICE, "price falls to 65,000.00"),
        ("rsi > 70", AlertKind.INDICATOR, "RSI 14 (15m) rises to 70"),
        ("rsi 21 < 30 1h", AlertKind.INDICATOR, "RSI 21 (1h) falls to 30"),
        ("cci = -100", AlertKind.INDICATOR, "CCI 14 (15m) crosses −100"),
        ("14:30", AlertKind.TIME, "at 2026-03-09 14:30 UTC"),
        ("09:15", AlertKind.TIME, "at 2026-03-10 09:15 UTC"),
        ("2026-04-01 08:00", AlertKind.TIME, "at 2026-04-01 08:00 UTC"),
    ],
)
def test_an_alert_is_read_as_people_type_it(typed: str, kind: AlertKind, said: str) -> None:
    alert = read_alert(f"{typed} # breakout", HERE)

    assert alert.kind is kind
    assert condition_text(alert) == said
    assert alert.note == "breakout"


def test_what_was_typed_can_be_edited_and_means_the_same() -> None:
    for typed in ("67000", "> 67000", "rsi 21 < 30 1h", "cci = -100", "2026-04-01 08:00"):
        alert = read_alert(f"{typed} # note", HERE)
        again = read_alert(editable_text(alert), HERE)

        assert replace(again, id=alert.id) == alert


@pytest.mark.parametrize(
    ("typed", "why"),
    [
        ("", "Write > 67000"),
        ("nonsense", "Write > 67000"),
        ("foo > 5", "there is no indicator"),
        ("rsi 14 > 70 9z", "9z is no interval"),
        ("26:00", "no time of day"),
        ("2020-01-01 00:00", "has passed"),
        ("> 0", "above zero"),
    ],
)
def test_what_means_nothing_is_refused_with_an_example(typed: str, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        read_alert(typed, HERE)


def test_with_a_line_chosen_nothing_more_need_be_typed() -> None:
    line = made_drawing(BTC, DrawingKind.TREND, NOW, "100", "110")
    box = made_drawing(BTC, DrawingKind.RECTANGLE, NOW, "100", "110")

    alert = read_alert(">", replace(HERE, drawing=line))
    assert (alert.kind, alert.drawing) == (AlertKind.DRAWING, line.id)
    assert alert.crossing is Crossing.UP
    with pytest.raises(ValueError, match="Only lines"):
        read_alert("", replace(HERE, drawing=box))
