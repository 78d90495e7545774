"""Fill orders: takers against whoever is first in line, makers where they stand."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import ROUND_DOWN, Decimal

from fks_desk.core.model import Instrument, Side, TimeInForce
from fks_desk.venue.ledger.floor import Floor
from fks_desk.venue.ledger.ledger import assets, lock_asset
from fks_desk.venue.ledger.liquidity import Liquidity
from fks_desk.venue.ledger.planning import Offer, Plan, Planner
from fks_desk.venue.ledger.records import (
    ZERO,
    Ended,
    Filled,
    LedgerFill,
    LedgerOrder,
    LedgerStatus,
)

_EIGHT_PLACES = Decimal("0.00000001")


class Execution:
    """Plan and carry out what an order does at once."""

    def __init__(
        self, floor: Floor, instruments: Mapping[str, Instrument], fee_rate: Decimal
    ) -> None:
        self._floor = floor
        self._planner = Planner(floor.books, floor.ledger.order)
        self.plan = self._planner.plan
        self._instruments = instruments
        self._fee_rate = fee_rate

    def affordable(self, symbol: str, side: Side, budget: Decimal, liquidity: Liquidity) -> Decimal:
        """Return the size that so much of the quote currency buys, or brings when sold."""
        instrument, size = self._instruments[symbol], ZERO
        for price, offered, _ in self._planner.offers(symbol, side, liquidity):
            taken = min(offered, instrument.snap_size(budget / price))
            size += taken
            budget -= taken * price
            if taken < offered:
                break
        return size

    def carry_out(
        self, order: LedgerOrder, plan: Plan, liquidity: Liquidity, moment_ms: int
    ) -> LedgerOrder:
        """Fill what was planned; what is left rests, or expires if it may not."""
        for order_id in plan.yielding:
            self.end(order_id, LedgerStatus.EXPIRED_IN_MATCH, moment_ms)
        for price, size, maker in plan.matches:
            if maker is None:
                liquidity.take(order.side, price, size)
            else:
                self.fill(maker, price, size, moment_ms, is_maker=True)
            order = self.fill(order, price, size, moment_ms, is_maker=False)
        if order.status is LedgerStatus.FILLED:
            return order
        if plan.stops:
            return self.end(order.id, LedgerStatus.EXPIRED_IN_MATCH, moment_ms)
        if not may_rest(order):
            return self.end(order.id, LedgerStatus.EXPIRED, moment_ms)
        self._floor.stand(order)
        return order

    def within_means(self, order: LedgerOrder, plan: Plan) -> Plan:
        """Return the part of a plan that the account can pay for without a lock."""
        left = self._floor.ledger.holding(order.uid, lock_asset(order)).free
        matches: list[Offer] = []
        instrument = self._instruments[order.symbol]
        for price, offered, maker in plan.matches:
            unit = price if order.side is Side.BUY else Decimal(1)
            size = min(offered, instrument.snap_size(left / unit))
            if size > 0:
                matches.append((price, size, maker))
                left -= size * unit
            if size < offered:
                break
        return Plan(matches, plan.yielding, plan.stops)

    def fill(
        self,
        order: LedgerOrder,
        price: Decimal,
        size: Decimal,
        moment_ms: int,
        *,
        is_maker: bool,
    ) -> LedgerOrder:
        """Execute a part of an order; the fee comes off what it receives."""
        cost = price * size
        base, quote = assets(order.symbol)
        received, fee_asset = (size, base) if order.side is Side.BUY else (cost, quote)
        fill = LedgerFill(
            id=self._floor.ledger.next_fill_id,
            order_id=order.id,
            uid=order.uid,
            symbol=order.symbol,
            client_id=order.client_id,
            side=order.side,
            price=price,
            size=size,
            cost=cost,
            fee=(received * self._fee_rate).quantize(_EIGHT_PLACES, ROUND_DOWN),
            fee_asset=fee_asset,
            is_maker=is_maker,
            moment_ms=moment_ms,
        )
        # A taker stands nowhere yet; `carry_out` lets what is left of it rest.
        change = self._floor.note if is_maker else self._floor.write
        return change(Filled(fill)) or order

    def end(
        self, order_id: int, status: LedgerStatus, moment_ms: int, request_id: str = ""
    ) -> LedgerOrder:
        """Take an order off the floor."""
        after = self._floor.note(Ended(order_id, status, request_id, moment_ms))
        assert after is not None  # noqa: S101  an end always leaves an order behind
        return after


def may_rest(order: LedgerOrder) -> bool:
    """Tell whether what an order did not take at once may stand in the book."""
    return order.kind.has_limit and order.time_in_force is TimeInForce.GTC


def lock_of(side: Side, size: Decimal, price: Decimal) -> Decimal:
    """Return the money that an order of this size holds back."""
    return size * price if side is Side.BUY else size
