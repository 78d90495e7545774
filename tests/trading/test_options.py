from __future__ import annotations

from typing import Any

import pytest

from fks_desk.core.errors import ConfigError
from fks_desk.trading.options import TradingOptions


@pytest.mark.parametrize("name", ["patience_s", "absence_s", "absence_agreements", "overlap_s"])
@pytest.mark.parametrize("bad", [0, -1, float("inf"), float("nan")])
def test_an_endless_or_empty_wait_is_refused(name: str, bad: Any) -> None:
    with pytest.raises(ConfigError, match=name):
        TradingOptions(**{name: bad})


def test_absence_takes_a_minute_and_three_looks_unless_told_otherwise() -> None:
    assert (TradingOptions().absence_s, TradingOptions().absence_agreements) == (60.0, 3)
