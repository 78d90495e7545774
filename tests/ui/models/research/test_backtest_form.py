from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from fks_desk.core.messages import BacktestSpec
from fks_desk.core.model import StrategyName, Timeframe
from fks_desk.strategy.catalog import strategy
from fks_desk.ui.models.entry import Refusal
from fks_desk.ui.models.research.backtest_form import TestForm, read_form, write_moment
from tests.fakes.panes import BTC

SMA = strategy("sma_cross")
GOOD = TestForm(
    strategy=StrategyName("sma_cross"),
    params={"fast": 10, "slow": 30},
    instrument=BTC.id,
    timeframe=Timeframe.M5,
    start="2025-01-01",
    end="2025-06-30 12:30",
)


def test_a_complete_form_is_a_specification() -> None:
    spec = read_form(GOOD, SMA)

    assert isinstance(spec, BacktestSpec)
    assert spec.params == {"fast": 10, "slow": 30, "short": 0}
    assert spec.span.start == datetime(2025, 1, 1, tzinfo=UTC)
    assert spec.span.end == datetime(2025, 6, 30, 12, 30, tzinfo=UTC)
    assert (spec.cash, spec.fee_bps, spec.slippage_bps) == (Decimal(10_000), 10, 2)


def test_costs_may_be_zero_but_cash_may_not() -> None:
    assert isinstance(read_form(replace(GOOD, fee_bps="0", slippage_bps="0"), SMA), BacktestSpec)
    assert isinstance(read_form(replace(GOOD, cash="0"), SMA), Refusal)


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"instrument": None}, "No candles are stored yet."),
        ({"params": {"fast": 30, "slow": 10}}, "need 0 < fast < slow, were 30 and 10"),
        ({"start": "01/02/2025"}, "From must be a day such as 2025-01-31, was 01/02/2025."),
        ({"end": "2024-01-01"}, "The range ends before it begins: from 2025-01-01 to 2024-01-01."),
        ({"cash": "10,000"}, "Cash: 10,000 is refused"),
        ({"fee_bps": "2000"}, "The fee is 2000 basis points; the most is 1000 (10 %)."),
        ({"slippage_bps": "-1"}, "The slippage takes no sign."),
    ],
)
def test_each_reason_is_one_sentence(changes: dict[str, object], sentence: str) -> None:
    refusal = read_form(replace(GOOD, **changes), SMA)

    assert isinstance(refusal, Refusal)
    assert sentence in refusal.text


def test_a_moment_reads_back_as_it_was_written() -> None:
    for moment in (datetime(2025, 3, 1, tzinfo=UTC), datetime(2025, 3, 1, 7, 5, tzinfo=UTC)):
        spec = read_form(replace(GOOD, end=write_moment(moment)), SMA)

        assert isinstance(spec, BacktestSpec)
        assert spec.span.end == moment
