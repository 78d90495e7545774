"""Plan what an order meets: best price first, accounts before the market, nobody himself."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from typing import NamedTuple, Protocol

from fks_desk.core.model import Side
from fks_desk.venue.ledger.liquidity import Liquidity
from fks_desk.venue.ledger.records import ZERO, LedgerKind, LedgerOrder, SelfTrade
from fks_desk.venue.ledger.resting import RestingBook

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


NO_PLAN = Plan([], [], False)


class Wanted(Protocol):
    """Say what an order must tell to be planned; requests and orders both do."""

    @property
    def uid(self) -> int:
        """Return whose it is."""
        ...

    @property
    def symbol(self) -> str:
        """Return what it trades."""
        ...

    @property
    def side(self) -> Side:
        """Return which way it goes."""
        ...

    @property
    def kind(self) -> LedgerKind:
        """Return how it meets the book."""
        ...

    @property
    def price(self) -> Decimal:
        """Return its limit, if its kind has one."""
        ...

    @property
    def self_trade(self) -> SelfTrade:
        """Return what it does when it meets its own account."""
        ...


class Planner:
    """Look through the books and change nothing."""

    def __init__(
        self,
        books: Mapping[str, RestingBook],
        order_of: Callable[[int], LedgerOrder | None],
    ) -> None:
        self._books = books
        self._order_of = order_of

    def offers(self, symbol: str, side: Side, liquidity: Liquidity) -> Iterator[Offer]:
        """Yield what an order of this side meets: best price first, accounts before the market."""
        resting = self._books[symbol].side(side.opposite)
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
            order = self._order_of(order_id)
            if order is not None:
                yield price, order.remaining, order
        while level is not None:
            yield level[0], level[1], None
            level = next(levels, None)

    def plan(self, order: Wanted, size: Decimal, liquidity: Liquidity) -> Plan:
        """Return what the order would take now, changing nothing."""
        if order.kind.has_limit and not self._meets(order, liquidity):
            return NO_PLAN
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

    def _meets(self, order: Wanted, liquidity: Liquidity) -> bool:
        """Tell whether a limit reaches the best price of either the accounts or the market."""
        limit, is_buy = order.price, order.side is Side.BUY
        resting = self._books[order.symbol].side(order.side.opposite).best()
        if resting is not None and (resting[0] <= limit if is_buy else resting[0] >= limit):
            return True
        offer = liquidity.best(order.side)
        return offer is not None and (offer[0] <= limit if is_buy else offer[0] >= limit)
