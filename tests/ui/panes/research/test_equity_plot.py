"""Read the money axis of an equity curve."""

from __future__ import annotations

import pytest

from fks_desk.ui.panes.research.equity_plot import _amounts


@pytest.mark.parametrize(
    ("values", "spacing", "texts"),
    [
        ([9500.0, 10000.0], 500.0, ["9,500", "10,000"]),
        ([-1200.5, 0.0], 0.5, ["−1,200.5", "0.0"]),
        ([0.015], 0.005, ["0.015"]),
    ],
)
def test_amounts_have_their_thousands_apart_and_as_many_digits_as_tell_them_apart(
    values: list[float], spacing: float, texts: list[str]
) -> None:
    assert _amounts(values, 1.0, spacing) == texts
