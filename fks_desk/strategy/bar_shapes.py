"""Turn candles into bars of another shape: Heikin-Ashi, Renko, equal range, equal volume."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np

from fks_desk.core.frame import Floats, Frame

AVERAGED = 64  # bars after which a Heikin-Ashi open has forgotten its start in a float64
_BLOCK = 1024


def heikin_ashi(frame: Frame, first_open: float | None = None) -> Frame:
    """Return averaged candles: close = (o + h + l + c) / 4, open = middle of the body before.

    The first open is the middle of its own body, or the one given (Valcu, "Using the
    Heikin-Ashi Technique", Stocks & Commodities 22:2).
    """
    close = (frame.open + frame.high + frame.low + frame.close) / 4
    opened = np.empty_like(close)
    if close.size:
        own = (frame.open[0] + frame.close[0]) / 2
        opened[0] = own if first_open is None else first_open
        opened[1:] = close[:-1] / 2
        # y[t] = x[t] + y[t-1] / 2 unrolls into sums of doubling length.
        reach = 1
        while reach < min(AVERAGED, close.size):
            opened[reach:] = opened[reach:] + 0.5**reach * opened[:-reach]
            reach *= 2
    return Frame(
        time=frame.time,
        open=opened,
        high=np.fmax(frame.high, np.fmax(opened, close)),
        low=np.fmin(frame.low, np.fmin(opened, close)),
        close=close,
        volume=frame.volume,
    )


class Shaper(Protocol):
    """Make bars of another shape from candles, remembering what is not yet a whole bar."""

    def settle(self, closed: Frame) -> Frame:
        """Take closed candles and return the bars that they finished."""
        ...

    def forming(self, newest: Frame) -> Frame:
        """Return the bar in progress, with the one candle in it that is not closed yet."""
        ...


@dataclass(slots=True, kw_only=True)
class Renko:
    """Make bricks of one height on a fixed grid; a turn takes two bricks.

    Closes decide. Bricks of one candle open a millisecond after one another.
    """

    size: float
    _at: float = math.nan  # the newest brick's lower edge, in bricks
    _volume: float = 0.0

    def settle(self, closed: Frame) -> Frame:
        """Take closed candles and return the bricks that they finished."""
        closed = _known(closed)
        if not len(closed):
            return closed
        level = closed.close / self.size
        floor, ceiling = np.floor(level) - 1, np.ceil(level)
        start = ceiling[0] - 1 if math.isnan(self._at) else self._at
        edges = np.concatenate([[start], _clipped(start, floor, ceiling)])
        self._at = float(edges[-1])
        moves = np.diff(edges).astype(np.int64)
        made = np.abs(moves)
        total = np.concatenate([[0.0], np.cumsum(closed.volume)]) + self._volume
        makers = np.flatnonzero(made)
        if not makers.size:
            self._volume = float(total[-1])
            return Frame.empty()
        self._volume = float(total[-1] - total[makers[-1] + 1])
        each = np.diff(np.concatenate([[0.0], total[makers + 1]])) / made[makers]
        return self._bricks(closed, edges, makers, moves[makers], each)

    def forming(self, newest: Frame) -> Frame:
        """Return the way from the newest brick to the price."""
        price = float(newest.close[-1])
        edge = price if math.isnan(self._at) else self._at * self.size
        start = min(max(price, edge), edge + (0.0 if math.isnan(self._at) else self.size))
        volume = self._volume + float(newest.volume[-1])
        return _bar(int(newest.time[-1]) + 999, start, price, volume)

    def _bricks(
        self,
        closed: Frame,
        edges: Floats,
        makers: np.ndarray[tuple[int], np.dtype[np.int64]],
        moves: np.ndarray[tuple[int], np.dtype[np.int64]],
        each: Floats,
    ) -> Frame:
        made = np.abs(moves)
        turn = np.repeat(np.cumsum(made) - made, made)
        place = np.arange(int(made.sum())) - turn
        sign = np.repeat(np.sign(moves), made)
        bottom = np.repeat(edges[makers], made) + sign * (place + 1)
        opened = np.where(sign > 0, bottom, bottom + 1) * self.size
        close = np.where(sign > 0, bottom + 1, bottom) * self.size
        return Frame(
            time=np.repeat(closed.time[makers], made) + np.minimum(place, 998),
            open=opened,
            high=np.maximum(opened, close),
            low=np.minimum(opened, close),
            close=close,
            volume=np.repeat(each, made),
        )


@dataclass(slots=True, kw_only=True)
class RangeBars:
    """Make bars that end once their high is a given distance above their low.

    A candle is taken whole: what happened inside of it is not known, so a bar may be
    taller than asked for where a candle was.
    """

    size: float
    _open: list[float] = field(default_factory=list)  # time, open, high, low, close, volume

    def settle(self, closed: Frame) -> Frame:
        """Take closed candles and return the bars that they finished."""
        closed = _known(closed)
        done: list[list[float]] = []
        bar, size = self._open, self.size
        rows = (closed.time, closed.open, closed.high, closed.low, closed.close, closed.volume)
        for row in zip(*(column.tolist() for column in rows), strict=True):
            bar = _grown(bar, row)
            # A float's error must not make a bar of exactly the size wait.
            if bar[2] - bar[3] >= size * (1 - 1e-9):
                done.append(bar)
                bar = []
        self._open = bar
        return _frame(done)

    def forming(self, newest: Frame) -> Frame:
        """Return the bar in progress."""
        return _frame([_grown(self._open, _row(newest))])


@dataclass(slots=True, kw_only=True)
class VolumeBars:
    """Make bars that end once a given volume was traded in them; a candle is taken whole."""

    size: float
    _open: list[float] = field(default_factory=list)

    def settle(self, closed: Frame) -> Frame:
        """Take closed candles and return the bars that they finished."""
        closed = _known(closed)
        done: list[list[float]] = []
        bar, size = self._open, self.size
        rows = (closed.time, closed.open, closed.high, closed.low, closed.close, closed.volume)
        for row in zip(*(column.tolist() for column in rows), strict=True):
            bar = _grown(bar, row)
            if bar[5] >= size * (1 - 1e-9):
                done.append(bar)
                bar = []
        self._open = bar
        return _frame(done)

    def forming(self, newest: Frame) -> Frame:
        """Return the bar in progress."""
        return _frame([_grown(self._open, _row(newest))])


def _clipped(start: float, floor: Floats, ceiling: Floats) -> Floats:
    """Return x[t] = min(max(x[t-1], floor[t]), ceiling[t]).

    Two such steps are one step of the same form, so blocks are walked side by side.
    """
    count = floor.size
    rows = -(-count // _BLOCK)
    low, high = np.full((rows, _BLOCK), -math.inf), np.full((rows, _BLOCK), math.inf)
    low.reshape(-1)[:count], high.reshape(-1)[:count] = floor, ceiling
    for step in range(1, _BLOCK):
        before_low, before_high = low[:, step - 1], high[:, step - 1]
        own_low, own_high = low[:, step].copy(), high[:, step].copy()
        low[:, step] = np.minimum(np.maximum(before_low, own_low), own_high)
        high[:, step] = np.minimum(np.maximum(before_high, own_low), own_high)
    starts = np.empty(rows)
    for row in range(rows):
        starts[row] = start
        start = min(max(start, low[row, -1]), high[row, -1])
    found = np.minimum(np.maximum(starts[:, None], low), high)
    return np.asarray(found.reshape(-1)[:count])


def _known(frame: Frame) -> Frame:
    """Return the candles that have prices."""
    known = np.isfinite(frame.high) & np.isfinite(frame.low) & np.isfinite(frame.close)
    if known.all():
        return frame
    return Frame(**{name: getattr(frame, name)[known] for name in Frame.__slots__})


def _grown(bar: list[float], row: tuple[float, ...]) -> list[float]:
    if not bar:
        return list(row)
    if math.isnan(row[4]):
        return bar
    time, opened, high, low, _, volume = bar
    return [time, opened, max(high, row[2]), min(low, row[3]), row[4], volume + row[5]]


def _row(newest: Frame) -> tuple[float, ...]:
    names = ("time", "open", "high", "low", "close", "volume")
    return tuple(getattr(newest, name)[-1].item() for name in names)


def _frame(rows: list[list[float]]) -> Frame:
    if not rows:
        return Frame.empty()
    table = np.array(rows, dtype=np.float64).T
    time, opened, high, low, close, volume = table
    return Frame(
        time=time.astype(np.int64), open=opened, high=high, low=low, close=close, volume=volume
    )


def _bar(time: int, start: float, price: float, volume: float) -> Frame:
    return _frame([[time, start, max(start, price), min(start, price), price, volume]])
