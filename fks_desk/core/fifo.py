"""Match what leaves a position with what entered it, first in first out and at average cost.

Pure, in Decimals. A fee taken in the base currency makes what was bought dearer, one
taken in the quote currency makes the result smaller, as it is with a position's average:
so both ways of counting agree to the last digit whenever the position is flat.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_HALF_EVEN, Context, Decimal, localcontext

from fks_desk.core.clock import EPOCH
from fks_desk.core.model import ZERO, Fill, Instrument, InstrumentId, Side, TradeId

SMALLEST = Decimal("1e-18")
_EXACT = Context(prec=60, rounding=ROUND_HALF_EVEN)


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenLot:
    """Hold what is left of one opening fill; `cost` is what it cost, signed like `size`."""

    trade: TradeId
    opened: datetime
    size: Decimal
    cost: Decimal

    @property
    def price(self) -> Decimal:
        """Return the cost of one unit."""
        return self.cost / self.size

    def gain(self, mark: Decimal) -> Decimal:
        """Return what leaving at the mark would add, before fees."""
        return self.size * mark - self.cost


@dataclass(frozen=True, slots=True, kw_only=True)
class Leg:
    """Hold one part of a fill that left a position, against the lot that it came from.

    `gain` is after fees taken in the quote currency; `average_gain` is the same part at
    average cost.
    """

    instrument: InstrumentId
    side: Side
    size: Decimal
    opened: datetime
    closed: datetime
    opening: TradeId
    closing: TradeId
    cost: Decimal
    proceeds: Decimal
    fee: Decimal
    average_cost: Decimal

    @property
    def gain(self) -> Decimal:
        """Return the result, first in first out."""
        return self.proceeds - self.cost - self.fee

    @property
    def average_gain(self) -> Decimal:
        """Return the result at average cost."""
        return self.proceeds - self.average_cost - self.fee


def flows(fill: Fill, instrument: Instrument) -> tuple[Decimal, Decimal, Decimal]:
    """Return the base and the quote that changed hands, and the fee in the quote currency."""
    base = fill.side.sign * fill.size
    if fill.fee.currency == instrument.base:
        base -= fill.fee.amount
    fee = fill.fee.amount if fill.fee.currency == instrument.quote else ZERO
    return base, -fill.side.sign * fill.notional, fee


def in_order(fill: Fill) -> tuple[datetime, int, str]:
    """Return what sorts fills as the venue made them: by time, then by rising trade id."""
    return fill.ts_event, len(fill.trade_id), fill.trade_id


class FifoBook:
    """Take the fills of one instrument, oldest first."""

    def __init__(self, instrument: Instrument, fills: Iterable[Fill] = ()) -> None:
        self.instrument = instrument
        self.lots: deque[OpenLot] = deque()
        self.legs: list[Leg] = []
        self.realised = ZERO
        # What is held, below zero if it is owed, and what that cost.
        self.size = ZERO
        self.cost = ZERO
        self.newest: tuple[datetime, int, str] = (EPOCH, 0, "")
        self._average_cost = ZERO
        for fill in sorted(fills, key=in_order):
            self.take(fill)

    def unrealised(self, mark: Decimal) -> Decimal:
        """Return what leaving everything at the mark would add, before fees."""
        return self.size * mark - self.cost

    def take(self, fill: Fill) -> None:
        """Match one fill; it must not be older than those before it."""
        with localcontext(_EXACT):
            base, quote, fee = flows(fill, self.instrument)
            self.newest = in_order(fill)
            self.realised = _rounded(self.realised - fee)
            whole = abs(base)
            while base and self.lots and self.lots[0].size * base < 0:
                base, quote, fee = self._leave(fill, base, quote, fee)
            if base:
                self._enter(fill, base, quote)
            elif not whole or quote:
                # A fee ate the whole base, or a fill moved nothing but money.
                self.realised = _rounded(self.realised + quote)

    def _enter(self, fill: Fill, base: Decimal, quote: Decimal) -> None:
        self.lots.append(OpenLot(trade=fill.trade_id, opened=fill.ts_event, size=base, cost=-quote))
        self._average_cost = _rounded(self._average_cost - quote)
        self.size, self.cost = self.size + base, self.cost - quote

    def _leave(
        self, fill: Fill, base: Decimal, quote: Decimal, fee: Decimal
    ) -> tuple[Decimal, Decimal, Decimal]:
        """Match a fill with the oldest lot; return what is left of it."""
        lot, held = self.lots.popleft(), self.size
        part = min(abs(base), abs(lot.size))
        share, of_lot = part / abs(base), part / abs(lot.size)
        proceeds, paid = _rounded(quote * share), _rounded(fee * share)
        cost = _rounded(lot.cost * of_lot)
        average = _rounded(self._average_cost * part / abs(held))
        self._average_cost = _rounded(self._average_cost - average)
        self.realised = _rounded(self.realised + proceeds - cost)
        self.legs.append(
            Leg(
                instrument=fill.instrument,
                side=fill.side,
                size=part,
                opened=lot.opened,
                closed=fill.ts_event,
                opening=lot.trade,
                closing=fill.trade_id,
                cost=cost,
                proceeds=proceeds,
                fee=paid,
                average_cost=average,
            )
        )
        sign = 1 if lot.size > 0 else -1
        self.size, self.cost = self.size - sign * part, self.cost - cost
        if part < abs(lot.size):
            self.lots.appendleft(
                OpenLot(
                    trade=lot.trade,
                    opened=lot.opened,
                    size=lot.size - sign * part,
                    cost=lot.cost - cost,
                )
            )
        return base + sign * part, quote - proceeds, fee - paid


def _rounded(number: Decimal) -> Decimal:
    rounded = number.quantize(SMALLEST)
    return number if rounded == number else rounded.normalize()
