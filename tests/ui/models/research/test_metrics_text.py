from __future__ import annotations

import math

import pytest

from fks_desk.ui.models.format import UNKNOWN, Tone
from fks_desk.ui.models.research.metrics_text import metric_texts


def test_fractions_are_percentages_and_losses_are_marked() -> None:
    texts = metric_texts(
        {"max_drawdown": -0.1821, "total_return": 0.1234, "trades": 1200.0, "win_rate": 0.5},
        "USDT",
    )

    assert [(one.title, one.value, one.tone) for one in texts] == [
        ("Return", "+12.34 %", Tone.UP),
        ("Max drawdown", "−18.21 %", Tone.DOWN),
        ("Trades", "1,200", Tone.PLAIN),
        ("Win rate", "50.0 %", Tone.PLAIN),
    ]


def test_a_run_without_a_losing_trade_says_so() -> None:
    texts = metric_texts({"profit_factor": 1000.0, "net_profit": -0.001}, "USDT")

    assert [one.value for one in texts] == ["no loss", "0.00 USDT"]


def test_what_cannot_be_computed_is_a_dash_that_says_why() -> None:
    short = {"days": 0.5, "trades": 0.0, "total_return": 0.0, "max_drawdown": 0.0, "fees": 0.0}
    texts = {one.title: one for one in metric_texts(short, "USDT")}

    for title in ("Sharpe", "Sortino", "Calmar", "Per year", "Volatility"):
        assert texts[title].value == UNKNOWN
        assert "two days" in texts[title].why
    for title in ("Win rate", "Profit factor", "Average trade", "Best trade", "Worst trade"):
        assert texts[title].value == UNKNOWN
        assert "No trade" in texts[title].why
    assert (texts["Return"].value, texts["Return"].why) == ("0.00 %", "")


def test_a_ratio_without_a_divisor_says_which() -> None:
    whole = {"days": 90.0, "trades": 1.0, "total_return": 0.1, "cagr": 0.2, "volatility": 0.1}
    texts = {one.title: one.why for one in metric_texts(whole | {"sharpe": 2.0}, "USDT")}

    assert texts["Sharpe"] == ""
    assert "No day has lost" in texts["Sortino"]
    assert "never fell" in texts["Calmar"]


def test_few_days_make_no_year() -> None:
    run = {"total_return": 0.1, "cagr": 16.86, "calmar": 376.8, "sharpe": 8.56, "volatility": 0.3}
    short = {one.title: one for one in metric_texts(run | {"days": 10.4}, "USDT")}
    long = {one.title: one for one in metric_texts(run | {"days": 30.0}, "USDT")}

    assert (short["Per year"].value, short["Calmar"].value) == (UNKNOWN, UNKNOWN)
    assert (short["Sharpe"].value, short["Sharpe"].tone) == ("+8.56", Tone.MUTED)
    assert "10.4 days" in short["Per year"].why
    assert short["Return"].tone is Tone.UP
    assert (long["Per year"].value, long["Sharpe"].tone) == ("+1,686.00 %", Tone.UP)


@pytest.mark.parametrize("number", [0.0, math.nan, math.inf])
def test_a_report_of_old_shows_no_zero_where_there_was_nothing(number: float) -> None:
    texts = {
        one.title: one.value
        for one in metric_texts({"days": 0.5, "total_return": 0.01, "sharpe": number}, "USDT")
    }

    assert texts["Sharpe"] == UNKNOWN
