"""Compute what an alert watches, and say what it saw."""

from __future__ import annotations

import asyncio
import math
from decimal import ROUND_HALF_EVEN, Decimal

import numpy as np

from fks_desk.core.alerts import Alert, AlertKind, Crossing, Study
from fks_desk.core.frame import Frame
from fks_desk.core.model import Candle
from fks_desk.core.ports import CandleReader
from fks_desk.strategy.indicators import indicator
from fks_desk.strategy.inputs import value_text

HISTORY_BARS = 1_000
_SHOWN = Decimal("0.0001")
_NEEDED = 2  # values: one before and one now


async def passing(alert: Alert, candle: Candle, candles: CandleReader) -> Decimal | None:
    """Return the indicator's value if it passed its level with this bar, else None.

    Raises ValueError if there is no such indicator or a parameter is wrong.
    """
    study, level = alert.study, alert.level
    if study is None or level is None:
        return None
    older = await candles.latest(
        candle.instrument, candle.timeframe, HISTORY_BARS, before=candle.opened
    )
    frame = _joined(older, Frame.of([candle]))
    before, now = await asyncio.to_thread(_newest, study, frame)
    if not (math.isfinite(before) and math.isfinite(now)):
        return None
    exact_before, exact_now = Decimal(f"{before:.10f}"), Decimal(f"{now:.10f}")
    passed = alert.crossing.happened(exact_before - level, exact_now - level)
    return exact_now if passed else None


def sentence(alert: Alert) -> str:
    """Say what happened in one line, with numbers."""
    symbol = alert.instrument.rpartition(":")[2]
    note = f" – {alert.note}" if alert.note else ""
    if alert.kind is AlertKind.TIME:
        return f"{symbol}: it is {alert.moment:%Y-%m-%d %H:%M} UTC{note}"
    did = {Crossing.UP: "rose to", Crossing.DOWN: "fell to", Crossing.EITHER: "crossed"}
    what = {
        AlertKind.PRICE: f"{did[alert.crossing]} {_shown(alert.level)}",
        AlertKind.DRAWING: f"{did[alert.crossing]} your line",
        AlertKind.INDICATOR: f"{_study_words(alert.study)} {did[alert.crossing]} "
        f"{_shown(alert.level)}",
    }[alert.kind]
    return f"{symbol} {what}, now at {_shown(alert.seen)}{note}"


def _newest(study: Study, frame: Frame) -> tuple[float, float]:
    found = indicator(study.indicator).compute(frame, study.params)
    values = found[study.output] if study.output else next(iter(found.values()))
    if values.size < _NEEDED:
        return math.nan, math.nan
    return float(values[-2]), float(values[-1])


def _joined(frame: Frame, one: Frame) -> Frame:
    columns = {
        name: np.concatenate((getattr(frame, name), getattr(one, name)))
        for name in ("time", "open", "high", "low", "close", "volume")
    }
    return Frame(**columns)


def _study_words(study: Study | None) -> str:
    if study is None:
        return ""
    numbers = " ".join(value_text(name, value) for name, value in study.params.items())
    return f"{study.indicator} {numbers}".strip()


def _shown(number: Decimal | None) -> str:
    if number is None:
        return "–"
    places = number.normalize().as_tuple().exponent
    is_long = isinstance(places, int) and places < _SHOWN.as_tuple().exponent  # type: ignore[operator]  # finite
    short = number.quantize(_SHOWN, ROUND_HALF_EVEN) if is_long and number >= 1 else number
    return f"{short.normalize():f}"
