"""Join the market and the ledger: the exchange that every front talks to."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from decimal import Decimal

from fks_desk.venue.ledger.bookkeeper import Bookkeeper
from fks_desk.venue.ledger.floor import Step
from fks_desk.venue.ledger.ledger import Ledger
from fks_desk.venue.ledger.log import LedgerLog
from fks_desk.venue.ledger.matching import Matching
from fks_desk.venue.ledger.records import Deposited, LedgerList, LedgerOrder
from fks_desk.venue.ledger.rules import ListRequest, Refusal, Request
from fks_desk.venue.market.pair import PairMarket, Print
from fks_desk.venue.shelf import Shelf
from fks_desk.venue.stage import MarketTime, Stage

MAKER_TAKER_FEE = Decimal("0.001")
_LONGEST_CATCH_UP_MS = 30 * 86_400_000


class Exchange(Stage):
    """Take orders, move the market, and tell listeners once the ledger is on the disk."""

    def __init__(
        self,
        *,
        pairs: Iterable[PairMarket],
        ledger_log: LedgerLog,
        time: MarketTime,
        fee_rate: Decimal = MAKER_TAKER_FEE,
    ) -> None:
        super().__init__(pairs, time)
        self.fee_rate = fee_rate
        self.ledger: Ledger = ledger_log.ledger
        self.bookkeeper = Bookkeeper(self.ledger, ledger_log, time.now_ms)
        self._shelf = Shelf(self.pairs, self.ledger.open_orders)
        self._matching = Matching(
            ledger=self.ledger,
            instruments=self.instruments,
            fee_rate=fee_rate,
            liquidity=self._shelf.liquidity,
        )
        for symbol in self.pairs:
            self._shelf.show(symbol)

    async def place(self, request: Request) -> LedgerOrder | Refusal:
        """Take an order; it is on the disk when this returns."""
        outcome = self._matching.place(request, self.now_ms())
        if isinstance(outcome, Refusal):
            return outcome
        order = self._current(outcome)
        await self._commit(request.symbol, outcome)
        return order

    async def place_list(self, wanted: ListRequest) -> LedgerList | Refusal:
        """Take orders that depend on one another; they are on the disk when this returns."""
        list_id = self.ledger.next_list_id
        outcome = self._matching.place_list(wanted, self.now_ms())
        if isinstance(outcome, Refusal):
            return outcome
        await self._commit(wanted.symbol, outcome)
        orders = self.ledger.order_list(list_id)
        assert orders is not None  # noqa: S101  the matching core has just made it
        return orders

    async def cancel(self, order: LedgerOrder, request_id: str) -> LedgerOrder:
        """Take an open order off the book, and with it the list that it belongs to."""
        steps = self._matching.cancel(order, request_id, self.now_ms())
        canceled = self._current(steps)
        await self._commit(order.symbol, steps)
        return canceled

    async def amend(
        self, order: LedgerOrder, size: Decimal, client_id: str
    ) -> LedgerOrder | Refusal:
        """Make an open order smaller in its place."""
        outcome = self._matching.amend(order, size, client_id, self.now_ms())
        if isinstance(outcome, Refusal):
            return outcome
        amended = self._current(outcome)
        await self._commit(order.symbol, outcome)
        return amended

    def check(self, request: Request) -> Refusal | None:
        """Return the rule that forbids the order, taking nothing."""
        return self._matching.check(request)

    async def deposit(self, uid: int, asset: str, amount: Decimal) -> None:
        """Add money from outside, or take it away if negative."""
        await self.bookkeeper.deposit(Deposited(uid, asset, amount, self.now_ms()))

    async def cross(self, symbol: str, price: Decimal, size: Decimal | None = None) -> None:
        """Let somebody trade at a price, so that resting orders there fill; no public print."""
        steps = self._matching.on_print(symbol, price, self.now_ms(), size)
        await self._commit(symbol, steps)

    async def settle(self) -> None:
        """Wait until all that a query could show is on the disk."""
        await self.bookkeeper.settle()

    def catch_up(self) -> None:
        """Fill the resting orders that the market passed while the exchange was not running."""
        now = self.now_ms()
        for order in self.ledger.open_orders():
            pair = self.pairs.get(order.symbol)
            if pair is None:
                continue
            start = max(order.updated_ms, now - _LONGEST_CATCH_UP_MS)
            if passed := pair.range_since(start, now):
                self._commit(order.symbol, self._matching.pass_by(order.id, *passed, now))

    def take_prints(self, symbol: str, prints: list[Print]) -> None:
        """Fill what prints reached, each up to its size."""
        if self.ledger.open_orders(symbol):
            for item in prints:
                self._commit(
                    symbol, self._matching.on_print(symbol, item.price, item.moment_ms, item.size)
                )
            self._commit(symbol, self._matching.on_market_levels(symbol, prints[-1].moment_ms))
        # What orders took from the market came back as it moved.
        self._shelf.show(symbol)

    def take_jump(self, symbol: str, price: Decimal, moment_ms: int) -> None:
        """Fill what a price reached that was passed unseen."""
        self._commit(symbol, self._matching.on_print(symbol, price, moment_ms))

    def _current(self, steps: list[Step]) -> LedgerOrder:
        """Return the order that a batch is about, as it stands now."""
        first = steps[0][1]
        order = None if first is None else self.ledger.order(first.id)
        assert order is not None  # noqa: S101  a batch about an order begins with it
        return order

    def _commit(self, symbol: str, steps: list[Step]) -> asyncio.Future[None]:
        """Show the book as the steps left it and write them down."""
        if not steps:
            return _nothing_to_write()
        self._shelf.show(symbol)
        return self.bookkeeper.commit(steps)


def _nothing_to_write() -> asyncio.Future[None]:
    done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
    done.set_result(None)
    return done
