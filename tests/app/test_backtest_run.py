from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import numpy as np
import pytest

from fks_desk.app import backtest_run
from fks_desk.app.backtest_run import read_params, run_wish, wish_of
from fks_desk.app.cli.telling import tell_json
from fks_desk.core.clock import to_ms
from fks_desk.core.errors import ConfigError
from fks_desk.core.frame import Frame
from fks_desk.core.model import Span, Timeframe
from fks_desk.strategy import catalog

FIRST = datetime(2024, 3, 1, tzinfo=UTC)
BARS = 800


class Shelf:
    """Hold waves of hourly candles, and the runs that are stored."""

    def __init__(self):
        self.runs = []

    async def extent(self, _instrument, timeframe):
        return Span(start=FIRST, end=FIRST + BARS * timeframe.delta)

    async def range(self, _instrument, _timeframe, _span):
        close = 200 + 40 * np.sin(np.arange(BARS) / 9)
        times = to_ms(FIRST) + np.arange(BARS, dtype=np.int64) * Timeframe.H1.milliseconds
        return Frame(
            time=times, open=close, high=close + 1, low=close - 1, close=close,
            volume=np.ones(BARS),
        )  # fmt: skip

    async def record_backtest(self, report):
        self.runs.append(report)


def wish(*settings, strategy="sma_cross", symbol="BTC/USDT", **changes):
    rest = {
        "timeframe": Timeframe.H1,
        "start": None,
        "end": None,
        "cash": Decimal("1234.50"),
        "fee_bps": Decimal(10),
        "slippage_bps": Decimal(2),
    }
    return wish_of(strategy, settings, symbol, "binance", **{**rest, **changes})


@pytest.fixture
def shelf():
    return Shelf()


async def a_run(shelf, *settings):
    return await run_wish(wish(*settings), candles=shelf, store=shelf)


def test_parameters_are_numbers_by_name():
    assert read_params(["fast=10", "width=2.5"]) == {"fast": 10.0, "width": 2.5}


@pytest.mark.parametrize("text", ["fast", "=10", "fast=", "fast=ten", "fast=nan", "fast=1=2"])
def test_what_is_no_parameter_is_refused(text):
    with pytest.raises(ConfigError, match="--set"):
        read_params([text])


def test_a_parameter_given_twice_is_refused():
    with pytest.raises(ConfigError, match="given twice"):
        read_params(["fast=1", "fast=2"])


def test_a_wish_holds_every_parameter_given_and_default():
    found = wish("fast=5")

    assert dict(found.params) == {**catalog.strategy("sma_cross").defaults(), "fast": 5}
    assert found.instrument == "binance:spot:BTC/USDT"


@pytest.mark.parametrize(
    "changes", [{"strategy": "luck"}, {"symbol": "BTC"}, {"settings": ["fast=50", "slow=10"]}]
)
def test_a_wish_that_cannot_be_is_refused(changes):
    with pytest.raises(ConfigError):
        wish(*changes.pop("settings", ()), **changes)


async def test_a_run_is_tested_over_everything_stored_and_kept(shelf):
    report = await a_run(shelf, "fast=3", "slow=9")

    assert shelf.runs == [report]
    assert report.spec.span == Span(start=FIRST, end=FIRST + timedelta(hours=BARS))
    assert report.metrics["bars"] == BARS
    assert len(report.trades) > 3


async def test_a_script_gets_the_whole_run_as_json(shelf, capsys):
    report = await a_run(shelf, "fast=3", "slow=9")

    tell_json(backtest_run.fields(report))

    read = json.loads(capsys.readouterr().out)
    assert read["metrics"] == dict(report.metrics)
    assert len(read["trades"]) == len(report.trades)
    assert read["trades"][0]["entry_time"] == report.trades[0].entry_time
    assert read["cash"] == "1234.50"
    assert read["digest"] == report.digest


async def test_a_person_reads_the_metrics_and_the_last_trades(shelf):
    report = await a_run(shelf, "fast=3", "slow=9")

    told = backtest_run.lines(report)

    assert told[0] == "sma_cross (fast 3, slow 9, short 0) on binance:spot:BTC/USDT 1h"
    assert told[2] == "1234.50 USDT, fee 10 and slippage 2 bps"
    assert any(line.startswith("  total return ") for line in told)
    assert sum(" long " in line for line in told) == 10
    assert told[-1] == f"stored as {report.run}"


async def test_a_run_without_a_trade_says_so(shelf):
    report = await run_wish(wish("low=1", strategy="rsi_reversion"), candles=shelf, store=shelf)

    assert "no trades" in backtest_run.lines(report)


def test_every_strategy_is_listed_with_what_can_be_set():
    fields, told = backtest_run.strategy_fields(), backtest_run.strategy_lines()

    assert [one["name"] for one in fields] == [one.name for one in catalog.strategies()]
    for one in catalog.strategies():
        assert any(line.startswith(one.name) for line in told)
        for parameter in one.parameters:
            words = f"  --set {parameter.name}={parameter.default:g} "
            assert any(line.startswith(words) for line in told)
