from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fks_desk.core.model import parse_decimal
from fks_desk.ui.models import format as fmt
from fks_desk.ui.models.format import Tone

amounts = st.decimals(
    min_value=Decimal("-1e15"), max_value=Decimal("1e15"), allow_nan=False, allow_infinity=False
)


@pytest.mark.parametrize(
    ("value", "digits", "text"),
    [
        ("64123.4", 2, "64,123.40"),
        ("-1234567.891", 2, "−1,234,567.89"),
        ("0.000012", 6, "0.000012"),
        ("-0.001", 2, "0.00"),
        ("12", 0, "12"),
        ("999.995", 2, "1,000.00"),
        ("2.5", 0, "2"),
    ],
)
def test_a_number_shows_its_digits_and_thousands(value: str, digits: int, text: str) -> None:
    assert fmt.number(Decimal(value), digits) == text


def test_a_sign_stands_before_gains_and_losses_but_not_before_zero() -> None:
    assert fmt.signed(Decimal("1.2"), 2) == "+1.20"
    assert fmt.signed(Decimal("-1.2"), 2) == "−1.20"
    assert fmt.signed(Decimal("0.001"), 2) == "0.00"
    assert fmt.percent(Decimal("-3.456")) == "−3.46 %"
    assert fmt.signed_money(Decimal(5), "USDT") == "+5.00 USDT"


def test_what_is_not_known_is_a_dash() -> None:
    texts = {
        fmt.number(None, 2),
        fmt.signed(None, 2),
        fmt.percent(None),
        fmt.share(None),
        fmt.exact(None),
        fmt.moment(None),
        fmt.clock_time(None),
        fmt.duration(None),
    }

    assert texts == {fmt.UNKNOWN}


def test_an_exact_amount_shows_every_digit_that_counts() -> None:
    assert fmt.exact(Decimal("0.01498500")) == "0.014985"
    assert fmt.exact(Decimal(10000)) == "10,000"
    assert fmt.exact(Decimal("0E-8")) == "0"


@given(amounts)
def test_an_editable_amount_reads_back_as_itself(value: Decimal) -> None:
    assert parse_decimal(fmt.editable(value), "size") == value


@given(amounts, st.integers(min_value=0, max_value=8))
def test_a_shown_number_is_within_half_a_step_of_the_truth(value: Decimal, digits: int) -> None:
    shown = Decimal(fmt.number(value, digits).replace(",", "").replace(fmt.MINUS, "-"))

    assert abs(shown - value) <= Decimal(1).scaleb(-digits) / 2


@given(amounts)
def test_colour_is_never_alone(value: Decimal) -> None:
    tone = fmt.tone_of(value)

    assert {"▲": Tone.UP, "▼": Tone.DOWN, "": Tone.MUTED}[fmt.arrow(value)] is tone


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0.04, "0.0 s"),
        (9.94, "9.9 s"),
        (59, "59 s"),
        (65, "1 min 05 s"),
        (3_700, "1 h 01 min"),
        (100_000, "1 d 3 h"),
    ],
)
def test_a_duration_shows_its_two_largest_units(seconds: float, text: str) -> None:
    assert fmt.duration(timedelta(seconds=seconds)) == text


def test_a_moment_is_shown_in_utc() -> None:
    noon = datetime(2026, 11, 20, 12, 34, 56, tzinfo=UTC)

    assert fmt.moment(noon) == "2026-11-20 12:34:56"
    assert fmt.clock_time(noon) == "12:34:56"
