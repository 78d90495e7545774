"""Turn what a person chose for a backtest into a specification, or say what is wrong."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING

from fks_desk.core.errors import ConfigError
from fks_desk.core.messages import BacktestSpec
from fks_desk.core.model import InstrumentId, Span, StrategyName, Timeframe
from fks_desk.ui.models.entry import Refusal, read_number
from fks_desk.ui.text import tr

if TYPE_CHECKING:
    # The catalog brings TA-Lib along; a form needs it only once it is shown.
    from fks_desk.strategy.catalog import Strategy

_DAY, _MINUTE = "%Y-%m-%d", "%Y-%m-%d %H:%M"
MOST_BPS = Decimal(1000)


@dataclass(frozen=True, slots=True, kw_only=True)
class TestForm:
    """Hold what was typed and chose; `params` are those of the chosen strategy."""

    __test__ = False

    strategy: StrategyName
    params: Mapping[str, float] = field(default_factory=dict)
    instrument: InstrumentId | None = None
    timeframe: Timeframe | None = None
    start: str = ""
    end: str = ""
    cash: str = "10000"
    fee_bps: str = "10"
    slippage_bps: str = "2"


def read_form(form: TestForm, strategy: Strategy) -> BacktestSpec | Refusal:
    """Return what to test, or the first thing that is wrong."""
    if form.instrument is None or form.timeframe is None:
        text = tr("No candles are stored yet. Import a file, or let the chart fetch history.")
        return Refusal(field="instrument", text=text)
    params = _read_params(form, strategy)
    if isinstance(params, Refusal):
        return params
    span = _read_span(form)
    if isinstance(span, Refusal):
        return span
    money = _read_money(form)
    if isinstance(money, Refusal):
        return money
    return BacktestSpec(
        strategy=strategy.name,
        params=params,
        instrument=form.instrument,
        timeframe=form.timeframe,
        span=span,
        cash=money["cash"],
        fee_bps=money["fee_bps"],
        slippage_bps=money["slippage_bps"],
    )


def write_moment(moment: datetime) -> str:
    """Return a moment as the form takes it, the time only where it is not midnight."""
    is_midnight = moment.hour == moment.minute == 0
    return f"{moment:{_DAY if is_midnight else _MINUTE}}"


def _read_params(form: TestForm, strategy: Strategy) -> Mapping[str, float] | Refusal:
    try:
        return strategy.check(form.params)
    except ConfigError as error:
        return Refusal(field="params", text=error.message)


def _read_span(form: TestForm) -> Span | Refusal:
    start = _read_moment(form.start, "start", tr("From"))
    if isinstance(start, Refusal):
        return start
    end = _read_moment(form.end, "end", tr("To"))
    if isinstance(end, Refusal):
        return end
    if end <= start:
        text = tr("The range ends before it begins: from {a} to {b}.", a=form.start, b=form.end)
        return Refusal(field="end", text=text)
    return Span(start=start, end=end)


def _read_moment(text: str, name: str, title: str) -> datetime | Refusal:
    for shape in (_DAY, _MINUTE):
        try:
            return datetime.strptime(text.strip(), shape).replace(tzinfo=UTC)
        except ValueError:
            continue
    said = tr("{title} must be a day such as 2025-01-31, was {text}.", title=title, text=text)
    return Refusal(field=name, text=said)


def _read_money(form: TestForm) -> dict[str, Decimal] | Refusal:
    entries = (
        ("cash", form.cash, tr("Cash")),
        ("fee_bps", form.fee_bps, tr("The fee")),
        ("slippage_bps", form.slippage_bps, tr("The slippage")),
    )
    read: dict[str, Decimal] = {}
    for name, text, title in entries:
        number = read_number(text, name, title, may_be_zero=name != "cash")
        if isinstance(number, Refusal):
            return number
        if name != "cash" and number > MOST_BPS:
            said = tr("{title} is {n} basis points; the most is 1000 (10 %).", title=title, n=text)
            return Refusal(field=name, text=said)
        read[name] = number
    return read
