"""Choose round prices and moments for the axes."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, timedelta, tzinfo
from enum import IntEnum
from functools import lru_cache

import numpy as np

from fks_desk.core.clock import from_ms, to_ms
from fks_desk.core.frame import Times
from fks_desk.ui.models.series import Series

_MINUTE = 60_000
_HOUR = 60 * _MINUTE
_DAY = 24 * _HOUR
_STEPS = (
    *(minutes * _MINUTE for minutes in (1, 2, 5, 10, 15, 30)),
    *(hours * _HOUR for hours in (1, 2, 3, 4, 6, 12)),
    *(days * _DAY for days in (1, 2, 4, 7, 14)),
)
_MONTH = 30 * _DAY
_MONTHS = (1, 2, 3, 6, 12, 24, 60, 120)
_NICE = (1.0, 2.0, 2.5, 5.0, 10.0)
_MONTH_NAMES = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
_DECADES_RATIO = 4.0


class Weight(IntEnum):
    """Say how large a step of time begins at a moment."""

    TIME = 0
    DAY = 1
    MONTH = 2
    YEAR = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeTick:
    """Hold one label of the time axis; a heavy one begins more than its neighbours do."""

    number: float
    text: str
    weight: Weight
    is_heavy: bool = False


def price_step(span: float, places: float, least: float) -> float:
    """Return the smallest round step that divides the span into at most `places` parts."""
    rough = max(span / max(places, 1.0), least, 1e-300)
    power = 10.0 ** math.floor(math.log10(rough))
    nice = next(step for step in _NICE if step * power >= rough * (1 - 1e-9))
    return nice * power


def price_ticks(
    low: float, high: float, places: float, *, least: float = 0.0, is_log: bool = False
) -> Sequence[float]:
    """Return round prices inside low..high, about `places` of them, never closer than `least`."""
    if not (math.isfinite(low) and math.isfinite(high)) or high <= low:
        return []
    if is_log and low > 0 and high / low > _DECADES_RATIO:
        return _decade_ticks(low, high, places)
    step = price_step(high - low, places, least)
    first = math.ceil(low / step)
    return [number * step for number in range(first, math.floor(high / step) + 1)]


def step_digits(ticks: Sequence[float]) -> int:
    """Return how many digits after the point tell the ticks apart."""
    if len(ticks) < 2:  # noqa: PLR2004  one tick has no step
        return 2
    step = ticks[1] - ticks[0]
    exponent = math.floor(math.log10(step) + 1e-9)
    is_quarter = abs(step / 10.0**exponent - 2.5) < 1e-6  # noqa: PLR2004  2.5 needs one more digit
    return max(0, -exponent + int(is_quarter))


def time_ticks(
    series: Series,
    left: float,
    right: float,
    bars_apart: float,
    bar_ms: int,
    zone: tzinfo | None = UTC,
) -> list[TimeTick]:
    """Return labels on bars that begin a round step of time, at least `bars_apart` bars apart.

    Steps are round on the clock of the zone; None is the machine's own.

    Beyond the newest bar the axis goes on as if no bar were missing.
    """
    first, last = math.floor(left), math.ceil(right)
    start, end = series.time_at(first, bar_ms), series.time_at(last, bar_ms)
    # Bars of another kind than time stand further apart in time than one interval.
    pace = max(bar_ms, (end - start) / max(1, last - first))
    walls = _round_moments(wall(start, zone), wall(end, zone), max(bars_apart, 1.0) * pace)
    moments = _of_walls(walls, zone)
    numbers = _numbers(series, moments, bar_ms)
    inside = (numbers >= left) & (numbers <= right)
    ticks: list[TimeTick] = []
    for moment, number in zip(walls[inside].tolist(), numbers[inside].tolist(), strict=True):
        text, weight = _label(moment)
        if ticks and number - ticks[-1].number < bars_apart * 0.8:
            # Of two that stand too close the weightier stays: a day before an hour.
            if weight <= ticks[-1].weight:
                continue
            ticks.pop()
        ticks.append(TimeTick(number=number, text=text, weight=weight))
    lightest = min((tick.weight for tick in ticks), default=Weight.TIME)
    return [replace(one, is_heavy=True) if one.weight > lightest else one for one in ticks]


def day_starts(
    series: Series, left: float, right: float, bar_ms: int, zone: tzinfo | None = UTC
) -> list[float]:
    """Return the numbers of the bars that begin a day of the zone."""
    first, last = math.floor(left), math.ceil(right)
    start, end = series.time_at(first, bar_ms), series.time_at(last, bar_ms)
    begin, last_day = -(-wall(start, zone) // _DAY), wall(end, zone) // _DAY
    days = _of_walls(np.arange(begin, last_day + 1, dtype=np.int64) * _DAY, zone)
    return sorted(set(map(float, _numbers(series, days, bar_ms).tolist())))


def wall(moment_ms: int, zone: tzinfo | None) -> int:
    """Return what the zone's clock shows, as milliseconds since it showed 1970."""
    if zone is UTC:
        return moment_ms
    offset = from_ms(moment_ms).astimezone(zone).utcoffset() or timedelta()
    return moment_ms + offset // timedelta(milliseconds=1)


def zone_text(moment_ms: int, zone: tzinfo | None) -> str:
    """Return how far the zone is ahead of UTC at a moment, such as UTC+2."""
    minutes = (wall(moment_ms, zone) - moment_ms) // _MINUTE
    if not minutes:
        return "UTC"
    hours, rest = divmod(abs(minutes), 60)
    return f"UTC{'+' if minutes > 0 else '−'}{hours}" + (f":{rest:02d}" if rest else "")


def moment_text(moment_ms: int, bar_ms: int, zone: tzinfo | None = UTC) -> str:
    """Return a bar's full date, with the time of day where bars are shorter than a day."""
    moment = from_ms(wall(moment_ms, zone))
    month = _MONTH_NAMES[moment.month - 1]
    date = f"{moment:%a} {moment.day} {month} {moment.year}"
    return date if bar_ms >= _DAY else f"{date} {moment:%H:%M}"


def _decade_ticks(low: float, high: float, places: float) -> list[float]:
    powers = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    inside: list[float] = []
    for factors in ((1, 1.5, 2, 3, 5, 7), (1, 2, 5), (1, 3), (1,)):
        ticks = [factor * 10.0**power for power in powers for factor in factors]
        inside = [tick for tick in ticks if low <= tick <= high]
        if len(inside) <= places:
            break
    return inside


def _round_moments(start: int, end: int, apart_ms: float) -> Times:
    step = next((step for step in _STEPS if step >= apart_ms), None)
    if step is not None:
        # Weeks start on Monday; 1970 began on a Thursday.
        shift = 4 * _DAY if step % (7 * _DAY) == 0 else 0
        begin = -(-(start - shift) // step)
        moments = np.arange(begin, (end - shift) // step + 1, dtype=np.int64) * step + shift
        # Days by their numbers alone would not tell which month they are of.
        return np.union1d(moments, _months(start, end, 1)) if step > _DAY else moments
    return _months(start, end, next((n for n in _MONTHS if n * _MONTH >= apart_ms), _MONTHS[-1]))


def _months(start: int, end: int, months: int) -> Times:
    month = np.datetime64(start, "ms").astype("datetime64[M]").astype(np.int64)
    until = np.datetime64(end, "ms").astype("datetime64[M]").astype(np.int64)
    numbers = np.arange(-(-month // months) * months, until + 1, months)
    return np.asarray(numbers.astype("datetime64[M]").astype("datetime64[ms]").astype(np.int64))


def _of_walls(walls: Times, zone: tzinfo | None) -> Times:
    """Return when the zone's clock showed these times."""
    if zone is UTC:
        return walls
    shown = (from_ms(int(one)).replace(tzinfo=zone) for one in walls)
    return np.array([to_ms(one.astimezone(UTC)) for one in shown], dtype=np.int64)


def _numbers(series: Series, moments: Times, bar_ms: int) -> Times:
    if not len(series):
        return moments // bar_ms
    numbers = np.searchsorted(series.time, moments) + series.first
    newest, oldest = int(series.time[-1]), int(series.time[0])
    after = series.stop - 1 + -(-(moments - newest) // bar_ms)
    before = series.first + (moments - oldest) // bar_ms
    numbers = np.where(moments > newest, after, numbers)
    return np.asarray(np.where(moments < oldest, before, numbers))


@lru_cache(maxsize=8_192)
def _label(moment_ms: int) -> tuple[str, Weight]:
    of_day = moment_ms % _DAY
    if of_day:
        return f"{of_day // _HOUR:02d}:{of_day % _HOUR // _MINUTE:02d}", Weight.TIME
    moment = from_ms(moment_ms)
    if moment.day != 1:
        return str(moment.day), Weight.DAY
    if moment.month != 1:
        return _MONTH_NAMES[moment.month - 1], Weight.MONTH
    return str(moment.year), Weight.YEAR
