from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fks_desk.ui.models.entry import Refusal, read_number


@pytest.mark.parametrize(
    ("text", "number"), [("0.25", "0.25"), (" 12 ", "12"), (".5", "0.5"), ("3.", "3"), ("007", "7")]
)
def test_plain_numbers_are_read(text: str, number: str) -> None:
    assert read_number(text, "size", "The size") == Decimal(number)


def test_a_comma_is_refused_with_both_ways_to_write_it() -> None:
    refusal = read_number("1,000", "size", "The size")

    assert isinstance(refusal, Refusal)
    assert refusal.text == (
        "The size: 1,000 is refused, because a comma can mean thousands or decimals. "
        "Write 1000 or 1.000."
    )


@pytest.mark.parametrize(
    "text",
    ["", "-1", "+1", "−1", "1e3", "NaN", "inf", "1_000", "٣", "1.2.3", "0", "0.00", "9" * 40],
)
def test_what_is_no_plain_number_above_zero_is_refused(text: str) -> None:
    assert isinstance(read_number(text, "size", "The size"), Refusal)


@given(st.text(max_size=12))
def test_whatever_is_typed_gives_a_number_above_zero_or_a_sentence(text: str) -> None:
    read = read_number(text, "size", "The size")

    assert read.text if isinstance(read, Refusal) else read > 0
