"""Prepare an equity curve for the screen: its reference, its drawdowns, few enough points."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from fks_desk.core.clock import to_ms
from fks_desk.core.frame import Floats, Frame, Times
from fks_desk.core.ledger import EquityPoint
from fks_desk.core.messages import BacktestReport

MOST_POINTS = 3_000


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Curve:
    """Hold equity, its highest so far and what holding would have been, in quote currency.

    `time` is in seconds since 1970, as pyqtgraph's date axis takes it; all arrays
    are of one length. `hold` is None while the candles are not read.
    """

    time: Floats
    equity: Floats
    peak: Floats
    hold: Floats | None


def make_curve(report: BacktestReport, frame: Frame | None) -> Curve:
    """Return a report's curve, thinned so that each dip and peak stays visible."""
    time: Times = np.asarray(report.equity_time, dtype=np.int64)
    equity: Floats = np.asarray(report.equity, dtype=np.float64)
    peak: Floats = np.maximum.accumulate(equity) if equity.size else equity
    kept = _extremes(equity, MOST_POINTS)
    return Curve(
        time=time[kept] / 1000.0,
        equity=equity[kept],
        peak=peak[kept],
        hold=None if frame is None else _hold(frame, time[kept], float(report.spec.cash)),
    )


def account_curve(points: Sequence[EquityPoint]) -> Curve:
    """Return what an account was worth beside what was put in; a deposit is a step of both."""
    time: Times = np.array([to_ms(one.at) for one in points], dtype=np.int64)
    equity: Floats = np.array([float(one.equity) for one in points], dtype=np.float64)
    put_in: Floats = np.array([float(one.transferred) for one in points], dtype=np.float64)
    # A fall is what trading lost: money that was taken out is no drawdown.
    peak: Floats = np.maximum.accumulate(equity - put_in) + put_in if equity.size else equity
    kept = _extremes(equity, MOST_POINTS)
    return Curve(time=time[kept] / 1000.0, equity=equity[kept], peak=peak[kept], hold=put_in[kept])


def _hold(frame: Frame, time: Times, cash: float) -> Floats | None:
    """Return what buying the first open and keeping it is worth, before costs."""
    if not len(frame):
        return None
    rows = np.searchsorted(frame.time, time, side="right") - 1
    worth: Floats = cash * frame.close[np.maximum(rows, 0)] / frame.open[0]
    return worth


def _extremes(values: Floats, most: int) -> Times:
    """Return the places of each bucket's lowest and highest value, and both ends, in order."""
    if values.size <= most:
        return np.arange(values.size)
    width = -(-values.size // (most // 2))
    whole = values.size // width * width
    buckets = values[:whole].reshape(-1, width)
    starts = np.arange(buckets.shape[0]) * width
    ends = np.array([0, values.size - 1])
    found = (starts + buckets.argmin(axis=1), starts + buckets.argmax(axis=1), ends)
    return np.unique(np.concatenate(found))
