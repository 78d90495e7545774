from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import pytest
import typer

from fks_desk.app.cli.options import read_amount, read_moment


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2024-03-01", datetime(2024, 3, 1, tzinfo=UTC)),
        ("2024-03-01T12:30", datetime(2024, 3, 1, 12, 30, tzinfo=UTC)),
        ("2024-03-01 12:30:15", datetime(2024, 3, 1, 12, 30, 15, tzinfo=UTC)),
        ("2024-03-01T12:30Z", datetime(2024, 3, 1, 12, 30, tzinfo=UTC)),
        ("2024-03-01T12:30+02:00", datetime(2024, 3, 1, 10, 30, tzinfo=UTC)),
    ],
)
def test_a_moment_without_a_zone_is_utc(text, moment):
    assert read_moment(text) == moment


@pytest.mark.parametrize("text", ["", "yesterday", "01.03.2024", "2024-13-01"])
def test_a_moment_that_is_none_says_how_one_is_written(text):
    with pytest.raises(typer.BadParameter, match="write 2024-03-01"):
        read_moment(text)


def test_an_amount_is_exact():
    assert read_amount("0.1") == Decimal("0.1")
    assert read_amount(Decimal(10)) == Decimal(10)


@pytest.mark.parametrize("text", ["", "ten", "NaN", "Infinity", "-0.01"])
def test_an_amount_that_is_none_or_below_zero_is_refused(text):
    with pytest.raises(typer.BadParameter):
        read_amount(text)
