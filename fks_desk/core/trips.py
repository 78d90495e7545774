"""Turn fills into round trips, first in first out: what each trade cost, made and risked.

Everything here is a pure function. A round trip begins with the fill that opens a
position and ends with the one that brings it back to zero; average cost and FIFO
differ within a trip and agree at its end.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from fks_desk.core.clock import EPOCH
from fks_desk.core.model import ZERO, Fill, Instrument, InstrumentId, Side, TradeId


@dataclass(frozen=True, slots=True, kw_only=True)
class Lot:
    """Hold what one opening fill left: so much of the base at its price."""

    size: Decimal
    price: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Trip:
    """Hold one round trip; `closed` is None while it is under way.

    `result` is in the quote currency after fees, first in first out. `size` is the
    most that was held.
    """

    key: str
    instrument: InstrumentId
    side: Side
    opened: datetime
    closed: datetime | None
    size: Decimal
    entry: Decimal
    exit: Decimal | None
    result: Decimal
    fees: Decimal
    fills: int

    @property
    def is_closed(self) -> bool:
        """Tell whether the position is flat again."""
        return self.closed is not None

    def r_multiple(self, stop: Decimal | None) -> Decimal | None:
        """Return the result in units of what the stop would have lost, or None without one."""
        if stop is None or stop == self.entry:
            return None
        return self.result / (abs(self.entry - stop) * self.size)


@dataclass(frozen=True, slots=True, kw_only=True)
class Excursion:
    """Hold how far the price went against and for a trip, in the quote currency per unit."""

    adverse: Decimal
    favourable: Decimal


def trips(fills: Iterable[Fill], instrument: Instrument) -> list[Trip]:
    """Return the round trips of one instrument, oldest first; dust under a lot counts as flat."""
    book = _Book(instrument)
    for fill in sorted(fills, key=lambda one: (one.ts_event, len(one.trade_id), one.trade_id)):
        book.take(fill)
    return book.done()


def lots(fills: Iterable[Fill], instrument: Instrument) -> list[Lot]:
    """Return what is held, by its opening fills, first in first out."""
    book = _Book(instrument)
    for fill in sorted(fills, key=lambda one: (one.ts_event, len(one.trade_id), one.trade_id)):
        book.take(fill)
    return list(book.lots)


def excursion(trip: Trip, highs: Sequence[float], lows: Sequence[float]) -> Excursion | None:
    """Return how far the price went, from the candles of the trip; None without any."""
    if len(highs) == 0:
        return None
    high, low = Decimal(str(max(highs))), Decimal(str(min(lows)))
    up, down = max(ZERO, high - trip.entry), max(ZERO, trip.entry - low)
    is_long = trip.side is Side.BUY
    return Excursion(adverse=down if is_long else up, favourable=up if is_long else down)


class _Book:
    """Match fills against lots."""

    def __init__(self, instrument: Instrument) -> None:
        self._instrument = instrument
        self._found: list[Trip] = []
        self.lots: deque[Lot] = deque()
        self._most: Decimal = ZERO
        self._bought: Decimal = ZERO
        self._total: Decimal = ZERO
        self._clear()

    def take(self, fill: Fill) -> None:
        size, fee = self._net(fill)
        if not self.lots:
            self._begin(fill)
        self._fees += fee
        self._result -= fee
        self._count += 1
        if fill.side is self._side:
            self._open(fill.price, size)
        else:
            self._close(fill, size)

    def done(self) -> list[Trip]:
        if self.lots:
            self._end(None)
        return self._found

    def _net(self, fill: Fill) -> tuple[Decimal, Decimal]:
        """Return the base that changed hands after a fee in it, and the fee in the quote."""
        if fill.fee.currency == self._instrument.base:
            kept = fill.size - fill.fee.amount * fill.side.sign
            return kept, fill.fee.amount * fill.price
        is_quote = fill.fee.currency == self._instrument.quote
        return fill.size, fill.fee.amount if is_quote else ZERO

    def _open(self, price: Decimal, size: Decimal) -> None:
        self.lots.append(Lot(size=size, price=price))
        held = sum((lot.size for lot in self.lots), ZERO)
        self._most = max(self._most, held)
        self._bought += size * price
        self._total += size

    def _close(self, fill: Fill, size: Decimal) -> None:
        left = size
        while left > 0 and self.lots:
            lot = self.lots.popleft()
            part = min(left, lot.size)
            self._result += (fill.price - lot.price) * part * self._side.sign
            self._sold += part * fill.price
            self._gone += part
            left -= part
            if lot.size > part:
                self.lots.appendleft(Lot(size=lot.size - part, price=lot.price))
        if sum((lot.size for lot in self.lots), ZERO) < self._instrument.lot:
            self._end(fill.ts_event)
        if left >= self._instrument.lot:
            self._begin(fill)
            self._open(fill.price, left)

    def _begin(self, fill: Fill) -> None:
        self._clear()
        self._side, self._opened, self._key = fill.side, fill.ts_event, fill.trade_id

    def _end(self, closed: datetime | None) -> None:
        self._found.append(
            Trip(
                key=f"{self._instrument.id}#{self._key}",
                instrument=self._instrument.id,
                side=self._side,
                opened=self._opened,
                closed=closed,
                size=self._most,
                entry=self._bought / self._total,
                exit=self._sold / self._gone if self._gone else None,
                result=self._result,
                fees=self._fees,
                fills=self._count,
            )
        )
        if closed is not None:
            self._clear()

    def _clear(self) -> None:
        self.lots.clear()
        self._side, self._key, self._count = Side.BUY, TradeId(""), 0
        self._opened = EPOCH
        self._most = self._bought = self._total = self._sold = self._gone = ZERO
        self._result = self._fees = ZERO
