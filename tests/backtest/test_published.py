"""Compare with a run that another engine has published (backtesting.py's SMA cross on GOOG)."""

import json

import numpy as np
import pandas as pd
import pytest

from fks_desk.backtest.kernel import T_PNL, simulate
from fks_desk.core.frame import Frame
from fks_desk.strategy.catalog import strategy
from tests.backtest.specs import FREE


def test_the_trades_of_a_moving_average_cross_equal_those_published(real_data):
    published = json.loads(
        (real_data / "backtest/backtestingpy_goog_smacross_expected.json").read_text()
    )
    frame = daily(real_data / published["data"])
    params = {"fast": published["fast"], "slow": published["slow"], "short": 1}
    run = simulate(frame, strategy("sma_cross").stances(frame, params), FREE)
    pnl = run.trades[:, T_PNL]
    before = 10_000 + np.concatenate([[0], np.cumsum(pnl)[:-1]])
    # Theirs waits for the first crossing; ours takes the side that is up at once, one trade more.
    returns = (pnl / before)[1:] * 100
    # Theirs closes the last trade, a long one, at the last bar's open; ours at its close.
    at_open = (1 + returns[-1] / 100) * frame.open[-1] / frame.close[-1]
    average = np.append(np.log1p(returns[:-1] / 100), np.log(at_open)).mean()
    expected = published["expected"]

    assert returns.size == expected["# Trades"]
    assert np.mean(returns > 0) * 100 == pytest.approx(expected["Win Rate [%]"], rel=1e-8)
    assert returns.max() == pytest.approx(expected["Best Trade [%]"], rel=1e-8)
    assert returns.min() == pytest.approx(expected["Worst Trade [%]"], rel=1e-8)
    assert np.expm1(average) * 100 == pytest.approx(expected["Avg. Trade [%]"], rel=1e-8)


def daily(path):
    table = pd.read_csv(path, index_col=0, parse_dates=True)
    return Frame(
        time=table.index.to_numpy().astype("datetime64[ms]").astype(np.int64),
        **{
            name.lower(): table[name].to_numpy(dtype=np.float64, copy=True)
            for name in ("Open", "High", "Low", "Close", "Volume")
        },
    )
