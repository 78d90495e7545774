"""Play a recording: every print at its moment, and the book as it changed between them."""

from __future__ import annotations

import numpy as np

from fks_desk.core.errors import ConfigError
from fks_desk.core.frame import Frame
from fks_desk.core.model import Timeframe, digits
from fks_desk.core.recordings import RecordedRows, RecordedTape, RowKind
from fks_desk.venue.market.bars import Bars
from fks_desk.venue.market.depth import Depth, DepthSide
from fks_desk.venue.market.listing import Listing, spot
from fks_desk.venue.market.pair import PairMarket, Print
from fks_desk.venue.market.source import BarSource
from fks_desk.venue.market.tape import Tape

BASE = Timeframe.M1
_US = 1000
_MOST_LEVELS = 500


def frame_of(tape: RecordedTape) -> Frame:
    """Return the minutes that the prints of a recording add up to, or raise `ConfigError`."""
    prints = _prints(tape.rows)
    if not len(prints):
        raise ConfigError("The recording has no print, so there is nothing to replay.")
    minute = prints.time // _US // BASE.milliseconds * BASE.milliseconds
    starts = np.flatnonzero(np.r_[True, minute[1:] != minute[:-1]])
    ends = np.r_[starts[1:], minute.size] - 1
    price = np.round(prints.price * float(tape.tick), digits(tape.tick))
    size = prints.size * float(tape.lot)
    return Frame(
        time=minute[starts],
        open=price[starts],
        high=np.maximum.reduceat(price, starts),
        low=np.minimum.reduceat(price, starts),
        close=price[ends],
        volume=np.add.reduceat(size, starts),
    )


def recorded_listing(tape: RecordedTape) -> Listing:
    """Return the recorded pair in the steps that it was recorded in."""
    symbol = tape.instrument.rpartition(":")[2]
    return Listing(
        instrument=spot(symbol, tick=f"{tape.tick:f}", lot=f"{tape.lot:f}"),
        anchor=1.0,
        daily_volatility=0.0,
        daily_volume=0.0,
        prints_per_s=1.0,
    )


class RecordedPair(PairMarket):
    """Move a pair exactly as it moved while it was recorded."""

    def __init__(
        self, listing: Listing, source: BarSource, recorded: RecordedTape, *, speed: float
    ) -> None:
        super().__init__(listing, source, prints_per_s=1.0, speed=speed)
        self.can_skip = False
        rows = recorded.rows
        self._tape = _prints(rows)
        self._book_rows = _picked(rows, ~rows.prints)
        # A row that tells of an earlier moment than the one before arrived with it.
        self._book_times = np.maximum.accumulate(self._book_rows.time)
        self._applied = 0
        self._levels: tuple[dict[int, int], dict[int, int]] = ({}, {})

    def advance(self, now_ms: int) -> list[Print]:
        """Return the prints that have happened since the last call, the book brought along."""
        self._apply(now_ms)
        return super().advance(now_ms)

    def market_depth(self) -> Depth:
        """Return the recorded book, or a made-up one where none was recorded."""
        bids, asks = self._levels
        if not bids or not asks:
            return super().market_depth()
        return Depth(bids=_side(bids, falling=True), asks=_side(asks, falling=False))

    def _play(self, bar: Bars) -> Tape:
        if not len(bar):
            return self._at.tape
        opened = int(bar.time[0])
        times = self._tape.time // _US
        first, last = np.searchsorted(times, (opened, opened + self._length))
        part = slice(int(first), int(last))
        return Tape(
            opened_ms=opened,
            offset_ms=times[part] - opened,
            price=self._tape.price[part],
            size=np.maximum(self._tape.size[part], 1),
            is_sell=self._tape.kind[part] == RowKind.SOLD,
        )

    def _apply(self, now_ms: int) -> None:
        rows = self._book_rows
        due = int(np.searchsorted(self._book_times, now_ms * _US, side="right"))
        for place in range(self._applied, due):
            kind = int(rows.kind[place])
            if kind == RowKind.BOOK:
                self._levels = ({}, {})
                continue
            side = self._levels[kind - RowKind.BID]
            tick = int(rows.price[place])
            if size := int(rows.size[place]):
                side[tick] = size
            else:
                side.pop(tick, None)
        self._turn += due - self._applied
        self._applied = due


def _side(levels: dict[int, int], *, falling: bool) -> DepthSide:
    ticks = tuple(sorted(levels, reverse=falling)[:_MOST_LEVELS])
    return DepthSide(ticks, tuple(levels[tick] for tick in ticks))


def _prints(rows: RecordedRows) -> RecordedRows:
    """Return the prints in the order of their moments; equal ones as they arrived."""
    prints = _picked(rows, rows.prints)
    order = np.argsort(prints.time, kind="stable")
    return _picked(prints, order)


def _picked(rows: RecordedRows, which: np.ndarray) -> RecordedRows:
    return RecordedRows(
        time=rows.time[which], kind=rows.kind[which], price=rows.price[which], size=rows.size[which]
    )
