"""Walk recorded candles to see what a plan would have made: pure, pessimistic, honest about holes.

A stop and a target inside one candle count as the stop. A hole ends the walk: what was
not decided before it is not known, and never guessed across it.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from fks_desk.core.frame import Frame
from fks_desk.core.model import Side


class Ending(StrEnum):
    """Say how a shadow trade ended."""

    STOP = "stop"
    TARGET = "target"
    EXIT = "exit"
    OPEN = "open"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """Hold where a shadow trade ended; `price` and `at_ms` are None if that cannot be known.

    `until_ms` is how far the candles reach without a hole.
    """

    ending: Ending
    price: Decimal | None = None
    at_ms: int | None = None
    until_ms: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Hold where a trade was meant to be left."""

    side: Side
    stop: Decimal | None = None
    target: Decimal | None = None


def follow(plan: Plan, frame: Frame, start_ms: int, step_ms: int) -> Outcome:
    """Return where the plan would have left, from a moment on.

    The candle that holds the moment is left out: nobody knows in which order its
    prices came.
    """
    path = _unbroken(frame, start_ms, step_ms)
    if not len(path):
        return Outcome(ending=Ending.UNKNOWN)
    until = int(path.time[-1]) + step_ms
    is_long = plan.side is Side.BUY
    stopped = (
        _first(path.low <= float(plan.stop) if is_long else path.high >= float(plan.stop))
        if plan.stop is not None
        else None
    )
    reached = (
        _first(path.high >= float(plan.target) if is_long else path.low <= float(plan.target))
        if plan.target is not None
        else None
    )
    if stopped is not None and (reached is None or stopped <= reached):
        return Outcome(
            ending=Ending.STOP,
            price=_slipped(plan, path, stopped),
            at_ms=int(path.time[stopped]),
            until_ms=until,
        )
    if reached is not None:
        return Outcome(
            ending=Ending.TARGET, price=plan.target, at_ms=int(path.time[reached]), until_ms=until
        )
    is_cut = until < int(frame.time[-1])
    return Outcome(
        ending=Ending.UNKNOWN if is_cut else Ending.OPEN,
        price=None if is_cut else _exact(path.close[-1]),
        at_ms=None if is_cut else until,
        until_ms=until,
    )


def next_open(frame: Frame, moment_ms: int, step_ms: int) -> tuple[int, Decimal] | None:
    """Return time and open of the first candle at or after a moment, unless it is missing."""
    index = int(np.searchsorted(frame.time, moment_ms))
    if index >= len(frame) or int(frame.time[index]) - moment_ms >= 2 * step_ms:
        return None
    return int(frame.time[index]), _exact(frame.open[index])


def result(side: Side, size: Decimal, entry: Decimal, exit_: Decimal, fee_rate: Decimal) -> Decimal:
    """Return what a trade makes in the quote currency, a fee paid on both ways."""
    gain = (exit_ - entry) * size * side.sign
    return gain - (entry + exit_) * size * fee_rate


def _unbroken(frame: Frame, start_ms: int, step_ms: int) -> Frame:
    """Return the candles that follow the moment without a hole."""
    first = int(np.searchsorted(frame.time, start_ms - step_ms, side="right"))
    if first < len(frame) and int(frame.time[first]) <= start_ms:
        first += 1
    path = frame.slice(first, len(frame))
    if not len(path) or int(path.time[0]) - start_ms > step_ms:
        return Frame.empty()
    breaks = np.flatnonzero(np.diff(path.time) > step_ms)
    return path.slice(0, int(breaks[0]) + 1) if breaks.size else path


def _slipped(plan: Plan, path: Frame, index: int) -> Decimal:
    """Return the stop's price, or the open of a candle that began beyond it."""
    opened, stop = _exact(path.open[index]), plan.stop
    if stop is None:
        return opened
    return min(stop, opened) if plan.side is Side.BUY else max(stop, opened)


def _first(hits: NDArray[np.bool_]) -> int | None:
    found = np.flatnonzero(hits)
    return int(found[0]) if found.size else None


def _exact(price: float | np.float64) -> Decimal:
    return Decimal(str(float(price)))
