"""Average prices by their volume, since the UTC day began or since a moment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from fks_desk.core.frame import Floats, Frame, Times
from fks_desk.strategy.formula.own import Carry, Params

_DAY_MS = 86_400_000
_LONGEST_DAY = 1_500  # bars of a minute, the shortest there are


@dataclass(slots=True)
class Running:
    """Hold the sums of one stretch: an average of (high + low + close) / 3."""

    start_ms: int
    price_volume: float = 0.0
    volume: float = 0.0

    def grown(self, frame: Frame, start_ms: int) -> Running:
        """Return the sums with the frame's newest bar, begun anew in another stretch."""
        bar = (float(frame.high[-1]) + float(frame.low[-1]) + float(frame.close[-1])) / 3
        volume = float(frame.volume[-1])
        kept = self if start_ms == self.start_ms else Running(start_ms)
        return Running(start_ms, kept.price_volume + bar * volume, kept.volume + volume)

    @property
    def value(self) -> float:
        """Return the average, NaN where nothing was traded."""
        return self.price_volume / self.volume if self.volume > 0 else float("nan")


class Vwap:
    """Begin anew with each UTC day."""

    no_shifts: ClassVar[Mapping[str, int]] = {}

    def compute(self, frame: Frame, params: Params) -> dict[str, Floats]:
        """Return the average at each bar."""
        return {"vwap": _averages(frame, self.starts(frame.time, params))}

    def carry(self, frame: Frame, params: Params) -> Carry | None:
        """Return the sums after the frame."""
        sums = Running(-1)
        starts = self.starts(frame.time, params)
        if len(frame) and starts[-1] >= 0:
            own = frame.slice(int(np.searchsorted(frame.time, starts[-1])), len(frame))
            typical = (own.high + own.low + own.close) / 3
            sums = Running(
                int(starts[-1]), float((typical * own.volume).sum()), float(own.volume.sum())
            )
        return _VwapCarry(self, params, sums)

    def lookback(self, _params: Params) -> int:
        """Return zero: the first bar has an average."""
        return 0

    def memory(self, _params: Params) -> int | None:
        """Return the bars of a day."""
        return _LONGEST_DAY

    def shifts(self, _params: Params) -> Mapping[str, int]:
        """Return that nothing is drawn elsewhere."""
        return self.no_shifts

    def starts(self, times: Times, _params: Params) -> Times:
        """Return when each bar's stretch began, below zero where there is none."""
        return times // _DAY_MS * _DAY_MS


class AnchoredVwap(Vwap):
    """Begin at one moment, given in seconds since 1970."""

    def memory(self, _params: Params) -> int | None:
        """Return that every bar since the anchor counts."""
        return None

    def starts(self, times: Times, params: Params) -> Times:
        """Return the anchor for the bars that opened at it or later."""
        anchor = int(params["anchor"]) * 1000
        return np.where(times >= anchor, anchor, -1)


class _VwapCarry:
    def __init__(self, formula: Vwap, params: Params, sums: Running) -> None:
        self._formula, self._params, self._sums = formula, params, sums

    def update(self, frame: Frame) -> dict[str, float]:
        self._sums = self._grown(frame)
        return {"vwap": self._sums.value}

    def peek(self, frame: Frame) -> dict[str, float]:
        return {"vwap": self._grown(frame).value}

    def _grown(self, frame: Frame) -> Running:
        start = int(self._formula.starts(frame.time[-1:], self._params)[0])
        return Running(-1) if start < 0 else self._sums.grown(frame, start)


def _averages(frame: Frame, starts: Times) -> Floats:
    if not len(frame):
        return np.empty(0)
    typical = (frame.high + frame.low + frame.close) / 3
    worth = np.concatenate([[0.0], np.cumsum(typical * frame.volume)])
    volume = np.concatenate([[0.0], np.cumsum(frame.volume)])
    first = np.searchsorted(starts, starts)
    traded = volume[1:] - volume[first]
    known = (starts >= 0) & (traded > 0)
    average = np.full(len(frame), np.nan)
    average[known] = (worth[1:] - worth[first])[known] / traded[known]
    return average
