"""Put the numbers that sum a backtest up into words a trader reads."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from fks_desk.ui.models import format as fmt
from fks_desk.ui.models.format import Tone
from fks_desk.ui.text import tr

_MOST_FACTOR = 1000.0  # stands for "no losing trade" in a report
_RATIOS = frozenset({"sharpe", "sortino", "calmar"})
_YEARLY = frozenset({"cagr", "volatility"})
# A year that a few days are made to stand for: no number at all is less wrong than this one.
_OF_A_YEAR = frozenset({"cagr", "calmar"})
_LEAST_DAYS = 30.0
_OF_TRADES = frozenset({"win_rate", "profit_factor", "average_trade", "best_trade", "worst_trade"})


@dataclass(frozen=True, slots=True, kw_only=True)
class MetricText:
    """Hold one number as a tile shows it; `why` says what a dash stands for."""

    title: str
    value: str
    tone: Tone = Tone.PLAIN
    why: str = ""


Write = Callable[[float], str]


def metric_texts(metrics: Mapping[str, float], quote: str) -> list[MetricText]:
    """Return the metrics that are there, the ones asked for first in front.

    A whole report tells its days: what such a one lacks could not be computed.
    """
    is_whole = "days" in metrics
    texts = []
    for name, (title, write, has_tone) in _known(quote).items():
        value = known(metrics, name)
        guess = _guess(metrics, name)
        if value is not None and guess:
            shown = fmt.UNKNOWN if name in _OF_A_YEAR else write(value)
            texts.append(MetricText(title=title, value=shown, tone=Tone.MUTED, why=guess))
        elif value is not None:
            tone = fmt.tone_of(value) if has_tone else Tone.PLAIN
            texts.append(MetricText(title=title, value=write(value), tone=tone))
        elif is_whole or name in metrics:
            why = _why(metrics, name)
            texts.append(MetricText(title=title, value=fmt.UNKNOWN, tone=Tone.MUTED, why=why))
    return texts


def known(metrics: Mapping[str, float], name: str) -> float | None:
    """Return a number that was computed; reports of old have a zero where there was none."""
    value = metrics.get(name)
    if value is None or not math.isfinite(value):
        return None
    has_moved, has_traded = metrics.get("total_return", 0.0) != 0, metrics.get("trades") != 0
    was_unknown = (
        name in _RATIOS
        or (name in _YEARLY and has_moved)
        or (name in _OF_TRADES and not has_traded)
    )
    return None if value == 0 and was_unknown else value


def _guess(metrics: Mapping[str, float], name: str) -> str:
    """Say that a number told by the year comes from too few days, or nothing."""
    days = metrics.get("days")
    if name not in _RATIOS | _YEARLY or days is None or days >= _LEAST_DAYS:
        return ""
    return tr(
        "A year made of {days} days is a guess: test over {least} days or more.",
        days=fmt.real(days, 1),
        least=fmt.real(_LEAST_DAYS, 0),
    )


def _why(metrics: Mapping[str, float], name: str) -> str:
    """Say why a number could not be computed."""
    if name in _OF_TRADES:
        if metrics.get("trades"):
            return tr("No trade has won or lost anything.")
        return tr("No trade was closed, so there is nothing to count.")
    if name in _RATIOS and known(metrics, "cagr") is not None:
        return {
            "sharpe": tr("Equity did not move from day to day: there is no risk to divide by."),
            "sortino": tr("No day has lost anything: there is no loss to divide by."),
            "calmar": tr("Equity never fell: there is no drawdown to divide by."),
        }[name]
    if name in _RATIOS | _YEARLY:
        return tr("It is made of daily returns: test over at least two days (UTC).")
    return tr("This run has no such number.")


def _known(quote: str) -> dict[str, tuple[str, Write, bool]]:
    def money(value: float) -> str:
        return f"{fmt.signed_real(value, 2)} {quote}"

    return {
        "total_return": (tr("Return"), _percent, True),
        "buy_and_hold_return": (tr("Buy and hold"), _percent, True),
        "max_drawdown": (tr("Max drawdown"), _percent, True),
        "sharpe": (tr("Sharpe"), _ratio, True),
        "trades": (tr("Trades"), _count, False),
        "win_rate": (tr("Win rate"), _share, False),
        "profit_factor": (tr("Profit factor"), _factor, False),
        "net_profit": (tr("Net profit"), money, True),
        "fees": (tr("Fees"), lambda value: f"{fmt.real(value, 2)} {quote}", False),
        "average_trade": (tr("Average trade"), money, True),
        "best_trade": (tr("Best trade"), money, True),
        "worst_trade": (tr("Worst trade"), money, True),
        "cagr": (tr("Per year"), _percent, True),
        "volatility": (tr("Volatility"), _share, False),
        "sortino": (tr("Sortino"), _ratio, True),
        "calmar": (tr("Calmar"), _ratio, True),
        "exposure": (tr("In the market"), _share, False),
        "final_equity": (tr("At the end"), lambda value: f"{fmt.real(value, 2)} {quote}", False),
        "days": (tr("Days"), lambda value: fmt.real(value, 1), False),
        "bars": (tr("Bars"), _count, False),
        "missing_bars": (tr("Missing bars"), _count, False),
        "short_trades": (tr("Short trades"), _count, False),
    }


def _percent(value: float) -> str:
    return f"{fmt.signed_real(value * 100, 2)} %"


def _share(value: float) -> str:
    return f"{fmt.real(value * 100, 1)} %"


def _ratio(value: float) -> str:
    return fmt.signed_real(value, 2)


def _count(value: float) -> str:
    return fmt.real(value, 0)


def _factor(value: float) -> str:
    return tr("no loss") if value >= _MOST_FACTOR else fmt.real(value, 2)
