"""Put a bar and its studies into words, for the legend and for people who listen."""

from __future__ import annotations

import math
from collections.abc import Callable

from PySide6.QtGui import QColor

from fks_desk.ui.chart.layers.crosshair import Piece
from fks_desk.ui.chart.look import Look
from fks_desk.ui.chart.ticks import moment_text
from fks_desk.ui.models.chart import ChartModel
from fks_desk.ui.models.format import MINUS, UNKNOWN
from fks_desk.ui.models.origins import origin_words
from fks_desk.ui.models.series import CLOSE, HIGH, LOW, OPEN, VOLUME
from fks_desk.ui.models.shaped import BarKind
from fks_desk.ui.models.studies import Study
from fks_desk.ui.text import tr

_UNITS = ((1e9, "B"), (1e6, "M"), (1e3, "K"))


def price_text(value: float, digits: int) -> str:
    """Return a price with its digits, a dash where there is none."""
    if not math.isfinite(value):
        return UNKNOWN
    return f"{value:,.{digits}f}".replace("-", MINUS)


def amount_text(value: float) -> str:
    """Return a volume in three or four figures: 1.23K, 45.6M."""
    if not math.isfinite(value):
        return UNKNOWN
    for unit, name in _UNITS:
        if abs(value) >= unit:
            return f"{value / unit:.4g}{name}"
    return f"{value:.4g}"


def ohlc_row(model: ChartModel, number: int, look: Look) -> list[Piece]:
    """Return open, high, low, close, the change from the bar before, and volume."""
    series = model.series
    if not series.first <= number < series.stop:
        return []
    bar, digits = series.prices.column(number), model.price_digits
    change, share = _change(model, number)
    color = look.up if change >= 0 else look.down
    row: list[Piece] = []
    if kind := kind_text(model):
        row.append(Piece(text=f"{kind}  ", color=look.text, is_bold=True))
    for name, place in ((tr("O"), OPEN), (tr("H"), HIGH), (tr("L"), LOW), (tr("C"), CLOSE)):
        row.append(Piece(text=f"{name} ", color=look.muted, leads=True))
        row.append(Piece(text=f"{price_text(bar[place], digits)}  ", color=color))
    row.append(Piece(text=f"{_change_text(change, share, digits)}  ", color=color))
    row.append(Piece(text=tr("Vol") + " ", color=look.muted, leads=True))
    row.append(Piece(text=amount_text(bar[VOLUME]), color=color))
    missing = model.holes.missing(number)
    if missing:
        row.append(Piece(text=f"  {_missing_text(missing)}", color=look.warning))
    return row


def kind_text(model: ChartModel) -> str:
    """Return what a bar holds, with its size; nothing for bars of time."""
    names = {
        BarKind.TIME: "",
        BarKind.HEIKIN_ASHI: tr("Heikin-Ashi"),
        BarKind.RENKO: tr("Renko"),
        BarKind.RANGE: tr("Range"),
        BarKind.VOLUME: tr("Volume"),
    }
    size = model.bar_size
    return f"{names[model.kind]} {size:,.10g}" if math.isfinite(size) else names[model.kind]


def study_row(
    study: Study, number: int, look: Look, color_of: Callable[[str], QColor], digits: int
) -> list[Piece]:
    """Return a study's name and its values at a bar, each in the colour of its line."""
    row = [Piece(text=f"{study.title}  ", color=look.muted)]
    if study.error:
        return [*row, Piece(text=study.error, color=look.warning)]
    for output in study.indicator.outputs:
        value = study.value(output.name, number)
        row.append(Piece(text=f"{price_text(value, digits)}  ", color=color_of(output.name)))
    return row


def described_bar(model: ChartModel, number: int) -> str:
    """Return a sentence with everything the crosshair reads."""
    bar = model.series.bar(number)
    if bar is None:
        return ""
    digits = model.price_digits
    change, share = _change(model, number)
    moment = moment_text(model.series.time_at(number, model.bar_ms), model.bar_ms)
    parts = [
        f"{model.symbol} {model.timeframe.value}",
        tr("{moment} UTC", moment=moment),
        tr("open {price}", price=price_text(bar[OPEN], digits)),
        tr("high {price}", price=price_text(bar[HIGH], digits)),
        tr("low {price}", price=price_text(bar[LOW], digits)),
        tr("close {price}", price=price_text(bar[CLOSE], digits)),
        tr("change {change}", change=_change_text(change, share, digits)),
        tr("volume {volume}", volume=amount_text(bar[VOLUME])),
    ]
    missing = model.holes.missing(number)
    if missing:
        parts.append(_missing_text(missing))
    origin = model.origin(number)
    if origin is not None:
        parts.append(origin_words(origin))
    parts += [_described_study(study, number, digits) for study in model.studies]
    return ", ".join(parts)


def _missing_text(count: int) -> str:
    return tr("{count} missing before", count=count)


def _described_study(study: Study, number: int, digits: int) -> str:
    digits = 2 if study.is_pane else digits
    values = [
        price_text(study.value(output.name, number), digits) for output in study.indicator.outputs
    ]
    return f"{study.title} {' '.join(values)}"


def _change(model: ChartModel, number: int) -> tuple[float, float]:
    """Return the change from the close before, or from the open where nothing is before."""
    series = model.series
    if not series.first <= number < series.stop:
        return math.nan, math.nan
    value = series.prices.value
    base = value(OPEN, number) if number == series.first else value(CLOSE, number - 1)
    change = value(CLOSE, number) - base
    return change, change / base * 100 if base else math.nan


def _change_text(change: float, share: float, digits: int) -> str:
    sign = "+" if change > 0 else ""
    text = price_text(change, digits)
    return f"{sign}{text} ({sign}{price_text(share, 2)} %)"
