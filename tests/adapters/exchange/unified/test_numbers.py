"""ccxt's floats become the digits that the exchange wrote."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fks_desk.adapters.exchange.unified.numbers import exact_of, exact_or_none


@given(st.integers(0, 10**15 - 1), st.integers(0, 12))
def test_fifteen_digits_survive(digits, places):
    written = Decimal(digits).scaleb(-places)

    assert exact_of(float(written), "price") == written


@pytest.mark.parametrize("bad", [None, float("nan"), float("inf"), "x"])
def test_what_is_no_number_is_refused(bad):
    with pytest.raises(ValueError, match="price"):
        exact_of(bad, "price")


def test_nothing_stays_nothing():
    assert exact_or_none(None, "price") is None
    assert exact_or_none("1.50", "price") == Decimal("1.5")
