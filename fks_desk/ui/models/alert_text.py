"""Read an alert as a person types it, and say it back."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal

from fks_desk.core.alerts import Alert, AlertKind, AlertState, Crossing, Study
from fks_desk.core.clock import require_utc
from fks_desk.core.drawings import Drawing
from fks_desk.core.ids import new_alert_id
from fks_desk.core.model import InstrumentId, Timeframe, parse_decimal
from fks_desk.strategy.indicators import indicator
from fks_desk.strategy.inputs import value_text
from fks_desk.strategy.parameters import typed
from fks_desk.ui.models import format as fmt
from fks_desk.ui.models.choices import date_choices
from fks_desk.ui.models.interval import parse_interval
from fks_desk.ui.text import tr

_SIGNS = {">": Crossing.UP, "<": Crossing.DOWN, "": Crossing.EITHER}
_NUMBER = r"-?[\d,]*\.?\d+"
_PRICE = re.compile(rf"([<>]?)\s*({_NUMBER})")
_TIME = re.compile(r"(\d{1,2}):(\d{2})")
_STUDY = re.compile(
    rf"([A-Za-z]\w*)((?:\s+(?:\d+(?:\.\d+)?|[A-Za-z]\w*))*)\s*([<>=])\s*({_NUMBER})(?:\s+(\w+))?"
)
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertContext:
    """Hold what an alert is about when the text does not say: what the chart shows."""

    instrument: InstrumentId
    timeframe: Timeframe
    last: Decimal | None
    now: datetime
    digits: int = 2
    drawing: Drawing | None = None

    def __post_init__(self) -> None:
        require_utc(self.now, "now")


def read_alert(text: str, context: AlertContext) -> Alert:
    """Return the alert meant by the text, or raise ValueError with an example.

    `67000`, `> 67000`, `< 66000`, `rsi 14 > 70`, `rsi < 30 1h`, `14:30`,
    `2026-03-09 14:30`; what follows a `#` is a note. An empty text means the chosen
    drawing.
    """
    said, _, note = text.partition("#")
    said = said.strip()
    found = (
        _on_drawing(said, context)
        or _at_time(said, context)
        or _on_price(said, context)
        or _on_study(said, context)
    )
    if found is None:
        raise ValueError(tr("Write > 67000, rsi < 30 or 14:30; a note follows a #"))
    return replace(found, note=note.strip())


def condition_text(alert: Alert, digits: int = 2) -> str:
    """Return what an alert waits for, in one line."""
    way = {
        Crossing.UP: tr("rises to"),
        Crossing.DOWN: tr("falls to"),
        Crossing.EITHER: tr("crosses"),
    }[alert.crossing]
    if alert.kind is AlertKind.TIME:
        return tr("at {moment} UTC", moment=f"{alert.moment:%Y-%m-%d %H:%M}")
    if alert.kind is AlertKind.DRAWING:
        return tr("price {way} the line", way=way)
    if alert.study is not None:
        numbers = _numbers(alert.study)
        name = f"{alert.study.indicator} {numbers}".strip()
        frame = alert.study.timeframe.value
        return f"{name} ({frame}) {way} {fmt.exact(alert.level)}"
    return tr("price {way} {level}", way=way, level=fmt.number(alert.level, digits))


def editable_text(alert: Alert) -> str:
    """Return an alert as it would be typed."""
    sign = {Crossing.UP: "> ", Crossing.DOWN: "< ", Crossing.EITHER: ""}[alert.crossing]
    note = f" # {alert.note}" if alert.note else ""
    if alert.kind is AlertKind.TIME:
        return f"{alert.moment:%Y-%m-%d %H:%M}{note}"
    if alert.kind is AlertKind.DRAWING:
        return f"{sign.strip()}{note}".strip()
    level = "" if alert.level is None else fmt.editable(alert.level)
    if alert.study is None:
        return f"{sign}{level}{note}"
    name = f"{alert.study.indicator.lower()} {_numbers(alert.study)}".strip()
    return f"{name} {sign.strip() or '='} {level} {alert.study.timeframe.value}{note}"


def _numbers(study: Study) -> str:
    return " ".join(value_text(name, value) for name, value in study.params.items())


def _new(kind: AlertKind, context: AlertContext) -> dict[str, object]:
    return {
        "id": new_alert_id(),
        "kind": kind,
        "instrument": context.instrument,
        "created": context.now,
        "base": context.last,
        "state": AlertState.ARMED,
    }


def _on_drawing(said: str, context: AlertContext) -> Alert | None:
    if said not in _SIGNS or context.drawing is None:
        return None
    if context.drawing.level_at(context.now) is None:
        raise ValueError(tr("Only lines that a price can cross make an alert."))
    values = _new(AlertKind.DRAWING, context)
    return Alert(**values, drawing=context.drawing.id, crossing=_SIGNS[said])  # type: ignore[arg-type]  # built above


def _on_price(said: str, context: AlertContext) -> Alert | None:
    form = _PRICE.fullmatch(said)
    if form is None:
        return None
    level = parse_decimal(form[2].replace(",", ""), tr("the price"))
    if level <= 0:
        raise ValueError(tr("A price is above zero."))
    values = _new(AlertKind.PRICE, context)
    return Alert(**values, level=level, crossing=_SIGNS[form[1]])  # type: ignore[arg-type]  # built above


def _on_study(said: str, context: AlertContext) -> Alert | None:
    form = _STUDY.fullmatch(said)
    if form is None:
        return None
    known = indicator(form[1])
    # A choice left alone is what everybody expects and would only lengthen the sentence.
    params = {one.name: float(one.default) for one in known.parameters if not one.words}
    params.update(typed(known.parameters, form[2]))
    timeframe = context.timeframe if form[5] is None else parse_interval(form[5])
    if timeframe is None:
        raise ValueError(tr("{name} is no interval; write 5m or 1h", name=form[5]))
    values = _new(AlertKind.INDICATOR, context)
    return Alert(
        **values,  # type: ignore[arg-type]  # built above
        level=parse_decimal(form[4].replace(",", ""), tr("the level")),
        crossing=_SIGNS["" if form[3] == "=" else form[3]],
        study=Study(indicator=known.name, params=params, timeframe=timeframe),
    )


def _at_time(said: str, context: AlertContext) -> Alert | None:
    moment = _moment(said, context.now)
    if moment is None:
        return None
    if moment <= context.now:
        raise ValueError(tr("{moment} UTC has passed.", moment=f"{moment:%Y-%m-%d %H:%M}"))
    values = _new(AlertKind.TIME, context)
    return Alert(**values, moment=moment)  # type: ignore[arg-type]  # built above


def _moment(said: str, now: datetime) -> datetime | None:
    form = _TIME.fullmatch(said)
    if form is not None:
        try:
            today = now.replace(hour=int(form[1]), minute=int(form[2]), second=0, microsecond=0)
        except ValueError:
            raise ValueError(tr("{time} is no time of day.", time=said)) from None
        return today if today > now else today + _DAY
    value = date_choices(said)[0].value if "-" in said else None
    return value if isinstance(value, datetime) else None
