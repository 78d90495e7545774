from __future__ import annotations

from decimal import Decimal

import pytest

from fks_desk.core.alerts import Alert, AlertId, AlertKind, Crossing
from tests.fakes.rows import BTC, NOW


@pytest.mark.parametrize(
    ("crossing", "before", "now", "happened"),
    [
        (Crossing.UP, "-1", "1", True),
        (Crossing.UP, "-1", "0", True),
        (Crossing.UP, "0", "1", False),
        (Crossing.UP, "1", "-1", False),
        (Crossing.DOWN, "1", "0", True),
        (Crossing.DOWN, "0", "-1", False),
        (Crossing.EITHER, "1", "-1", True),
        (Crossing.EITHER, "-1", "1", True),
        (Crossing.EITHER, "-1", "-0.1", False),
    ],
)
def test_a_level_is_passed_when_the_value_changes_sides(
    crossing: Crossing, before: str, now: str, happened: bool
) -> None:
    assert crossing.happened(Decimal(before), Decimal(now)) is happened


@pytest.mark.parametrize("kind", list(AlertKind))
def test_an_alert_that_watches_nothing_cannot_exist(kind: AlertKind) -> None:
    with pytest.raises(ValueError, match=f"an alert on {kind} lacks what it watches"):
        Alert(id=AlertId("a"), kind=kind, instrument=BTC, created=NOW)
