"""Find the rows behind the marks of a bar, and say what they are."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass

from fks_desk.core.alerts import Alert
from fks_desk.core.clock import to_ms
from fks_desk.core.messages import BacktestTrade
from fks_desk.core.model import Fill, Signal, Stance
from fks_desk.ui.models import format as fmt
from fks_desk.ui.models.chart_marks import ChartMarks
from fks_desk.ui.text import tr

_MOST_WORDS = 4  # marks of one bar that are told one by one


@dataclass(frozen=True, slots=True, kw_only=True)
class Spot:
    """Name a row by its pane and by its key there."""

    pane: str
    key: Hashable


def spots(marks: ChartMarks, alerts: Sequence[Alert], start_ms: int, end_ms: int) -> list[Spot]:
    """Return the rows that are marked from start up to, not including, end."""
    found = [Spot(pane="fills", key=key) for key in marks.fills.between(start_ms, end_ms)]
    found += [
        Spot(pane="alerts", key=alert.id)
        for alert in alerts
        if alert.fired is not None and start_ms <= to_ms(alert.fired) < end_ms
    ]
    found += [
        Spot(pane="signals", key=key) for key in marks.signals.marks.between(start_ms, end_ms)
    ]
    trades = [*marks.entries.between(start_ms, end_ms), *marks.exits.between(start_ms, end_ms)]
    return found + [Spot(pane="backtest", key=key) for key in dict.fromkeys(trades)]


def mark_words(marks: ChartMarks, start_ms: int, end_ms: int, digits: int) -> list[str]:
    """Say what is marked on a bar: fills, signals with rule and confidence, a test's trades."""
    words = [
        *(
            _fill_words(fill, digits)
            for key in marks.fills.between(start_ms, end_ms)
            if (fill := marks.fill(key)) is not None
        ),
        *(
            signal_words(signal)
            for key in marks.signals.marks.between(start_ms, end_ms)
            if (signal := marks.signals.signal(key)) is not None
        ),
        *(
            _trade_words(title, key, trade)
            for title, ends in ((tr("entry"), marks.entries), (tr("exit"), marks.exits))
            for key in ends.between(start_ms, end_ms)
            if (trade := marks.trade(key)) is not None
        ),
    ]
    more = len(words) - _MOST_WORDS
    return words if more <= 0 else [*words[:_MOST_WORDS], tr("{count} more marks", count=more)]


def signal_words(signal: Signal) -> str:
    """Say what a strategy said, why, and how sure it was."""
    stance = {Stance.LONG: tr("long"), Stance.SHORT: tr("short"), Stance.FLAT: tr("flat")}
    return tr(
        "signal of {strategy}: {stance}, confidence {share} %: {rule}",
        strategy=signal.strategy,
        stance=stance[signal.stance],
        share=round(signal.confidence * 100),
        rule=signal.rule,
    )


def _fill_words(fill: Fill, digits: int) -> str:
    side = tr("bought") if fill.side.sign > 0 else tr("sold")
    return tr(
        "{side} {size} at {price}",
        side=side,
        size=fmt.exact(fill.size),
        price=fmt.number(fill.price, digits),
    )


def _trade_words(title: str, key: Hashable, trade: BacktestTrade) -> str:
    return tr(
        "{title} of trade {number}, {side}, result {result}",
        title=title,
        number=key,
        side=trade.side,
        result=f"{trade.pnl:+,.2f}".replace("-", fmt.MINUS),
    )
