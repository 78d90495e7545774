import os
import re
import subprocess
import sys
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import numpy as np
import pytest

from fks_desk.backtest.errors import BacktestCancelled
from fks_desk.backtest.runner import run_backtest
from fks_desk.core.errors import ConfigError, DataError
from fks_desk.core.frame import Frame
from tests.backtest.specs import LINEAR, SPOT, spec_of
from tests.fakes.candles import walk

FAST = {"fast": 5, "slow": 20}


def test_a_report_holds_the_whole_run():
    frame, told = walk(3000), []
    report = run_backtest(
        spec_of(frame, params=FAST), frame, lambda fraction, note: told.append((fraction, note))
    )

    assert report.equity.shape == report.equity_time.shape == (3000,)
    assert report.metrics["trades"] == len(report.trades) > 10
    assert report.spec.params == {**FAST, "short": 0}
    assert {trade.side for trade in report.trades} == {"long"}
    assert all(trade.exit_time >= trade.entry_time for trade in report.trades)
    assert [fraction for fraction, _ in told] == sorted(fraction for fraction, _ in told)
    assert told[0][1] == "computing signals over 3000 bars"


def test_the_same_specification_twice_has_the_same_digest_in_any_process():
    frame = walk(500)
    code = (
        "from tests.backtest.specs import spec_of; from tests.fakes.candles import walk;"
        "from fks_desk.backtest.runner import run_backtest;"
        "f = walk(500); print(run_backtest(spec_of(f, params={'slow': 20, 'fast': 5}), f).digest)"
    )
    told = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "PYTHONPATH": str(Path.cwd()), "PYTHONHASHSEED": "1"},
    )

    assert told.stdout.strip() == run_backtest(spec_of(frame, params=FAST), frame).digest


def test_any_change_of_input_changes_the_digest():
    frame = walk(500)
    spec = spec_of(frame, params=FAST)
    touched = replace(frame, volume=frame.volume + 1)
    digests = {
        run_backtest(spec, frame).digest,
        run_backtest(spec, touched).digest,
        run_backtest(replace(spec, fee_bps=Decimal(9)), frame).digest,
        run_backtest(replace(spec, params={"fast": 5, "slow": 21}), frame).digest,
    }

    assert len(digests) == 4
    # The same amount, written another way, is the same specification.
    assert run_backtest(replace(spec, fee_bps=Decimal("10.0")), frame).digest in digests


def test_a_linear_contract_may_be_sold_short_and_spot_may_not():
    frame, params = walk(500), {**FAST, "short": 1}
    report = run_backtest(spec_of(frame, params=params, instrument=LINEAR), frame)

    assert {trade.side for trade in report.trades} == {"long", "short"}
    with pytest.raises(ConfigError, match="is spot and cannot be sold short"):
        run_backtest(spec_of(frame, params=params, instrument=SPOT), frame)
    with pytest.raises(ConfigError, match="is inverse"):
        run_backtest(spec_of(frame, instrument="binance:inverse:BTC/USD"), frame)


def test_poisoned_later_bars_change_no_earlier_trade_of_any_strategy():
    frame = walk(600)
    poison = np.where(np.arange(600) < 400, 1.0, 7.0)
    spoiled = Frame(
        time=frame.time,
        **{name: getattr(frame, name) * poison for name in ("open", "high", "low", "close")},
        volume=frame.volume,
    )
    cut = int(frame.time[400])
    for name in ("sma_cross", "rsi_reversion", "macd_trend", "bollinger_breakout"):
        spec = spec_of(frame, name)
        clean, dirty = run_backtest(spec, frame), run_backtest(spec, spoiled)
        before = [trade for trade in clean.trades if trade.exit_time < cut]

        assert before
        assert before == [trade for trade in dirty.trades if trade.exit_time < cut]
        np.testing.assert_array_equal(clean.equity[:400], dirty.equity[:400])


@pytest.mark.parametrize(
    ("column", "value", "sentence"),
    [
        ("close", float("nan"), "candle 7 cannot be used"),
        ("open", -1.0, "candle 7 cannot be used"),
        ("high", 0.5, "candle 7 cannot be used"),
        ("low", float("inf"), "candle 7 cannot be used"),
        ("time", 0, "candle 7 does not open after the one before it"),
    ],
)
def test_candles_that_cannot_be_are_refused_with_their_row(column, value, sentence):
    frame = walk(100)
    changed = getattr(frame, column).copy()
    changed[7] = value

    with pytest.raises(DataError, match=sentence):
        run_backtest(spec_of(frame), replace(frame, **{column: changed}))


@pytest.mark.parametrize("length", [0, 1, 50])
def test_too_short_a_range_says_how_many_candles_it_takes(length):
    frame = walk(length)

    with pytest.raises(DataError, match=f"needs at least 51 candles .* the range has {length}"):
        run_backtest(spec_of(frame), frame)


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"strategy": "magic"}, "there is no strategy 'magic'"),
        ({"params": {"fast": 50, "slow": 20}}, "need 0 < fast < slow, were 50 and 20"),
        ({"cash": Decimal(-5)}, "need cash above zero, was -5"),
    ],
)
def test_a_specification_that_cannot_run_is_refused_with_one_sentence(changes, sentence):
    frame = walk(100)

    with pytest.raises(ConfigError, match=re.escape(sentence)):
        run_backtest(replace(spec_of(frame), **changes), frame)


def test_a_cancelled_run_raises():
    frame = walk(100)

    with pytest.raises(BacktestCancelled):
        run_backtest(spec_of(frame), frame, is_cancelled=lambda: True)
