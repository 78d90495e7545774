"""Fill orders: takers against whoever is first in line, makers where they stand."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import ROUND_DOWN, Decimal
from typing import NamedTuple

from fks_desk.core.model import Instrument, Side, TimeInForce
from fks_desk.venue.ledger.floor import Floor
from fks_desk.venue.ledger.ledger import assets, lock_asset
from fks_desk.venue.ledger.liquidity import Liquidity
from fks_desk.venue.ledger.records import (
    ZERO,
    Ended,
    Filled,
    LedgerFill,
    LedgerOrder,
    LedgerStatus,
    SelfTrade,
)
from fks_desk.venue.ledger.rules import Request

_EIGHT_PLACES = Decimal("0.00000001")
_TAKER_YIELDS = frozenset({SelfTrade.EXPIRE_TAKER, SelfTrade.EXPIRE_BOTH})
_MAKER_YIELDS = frozenset({SelfTrade.EXPIRE_MAKER, SelfTrade.EXPIRE_BOTH})


# What a taker meets next: price, size and maker; without a maker it is the market's own.
Offer = tuple[Decimal, Decimal, LedgerOrder | None]


class Plan(NamedTuple):
    """Hold what a taker takes, who of its own account makes room, and whether it must stop."""

    matches: list[Offer]
    yielding: list[int]
    stops: bool

    @property
    def size(self) -> Decimal:
        """Return how much is taken."""
        return sum((size for _, size, _ in self.matches), ZERO)

    @property
    def cost(self) -> Decimal:
        """Return what it costs."""
        return sum((price * size for price, size, _ in self.matches), ZERO)


class Execution:
    """Plan and carry out what an order does at once."""

    def __init__(
        self, floor: Floor, instruments: Mapping[str, Instrument], fee_rate: Decimal
    ) -> None:
        self._floor = floor
        self._instruments = instruments
        self._fee_rate = fee_rate

    def offers(self, symbol: str, side: Side, liquidity: Liquidity) -> Iterator[Offer]:
        """Yield what an order of this side meets: best price first, accounts before the market."""
        resting = self._floor.books[symbol].side(side.opposite)
        levels = liquidity.facing(side)
        if not len(resting):
            for price, size in levels:
                yield price, size, None
            return
        is_buy = side is Side.BUY
        level = next(levels, None)
        for price, order_id in resting.in_line():
            while level is not None and (level[0] < price if is_buy else level[0] > price):
                yield level[0], level[1], None
                level = next(levels, None)
            order = self._floor.ledger.order(order_id)
            if order is not None:
                yield price, order.remaining, order
        while level is not None:
            yield level[0], level[1], None
            level = next(levels, None)

    def plan(self, order: LedgerOrder | Request, size: Decimal, liquidity: Liquidity) -> Plan:
        """Return what the order would take now, changing nothing."""
        matches: list[Offer] = []
        yielding: list[int] = []
        is_buy, limit = order.side is Side.BUY, order.price if order.kind.has_limit else None
        mode, left = order.self_trade, size
        for price, offered, maker in self.offers(order.symbol, order.side, liquidity):
            if left <= 0:
                break
            if limit is not None and (price > limit if is_buy else price < limit):
                break
            if maker is not None and maker.uid == order.uid and mode is not SelfTrade.NONE:
                if mode in _MAKER_YIELDS:
                    yielding.append(maker.id)
                if mode in _TAKER_YIELDS:
                    return Plan(matches, yielding, True)
                continue
            taken = min(offered, left)
            matches.append((price, taken, maker))
            left -= taken
        return Plan(matches, yielding, False)

    def affordable(self, symbol: str, side: Side, budget: Decimal, liquidity: Liquidity) -> Decimal:
        """Return the size that so much of the quote currency buys, or brings when sold."""
        instrument, size = self._instruments[symbol], ZERO
        for price, offered, _ in self.offers(symbol, side, liquidity):
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
