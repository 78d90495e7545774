"""Join the market and the margin ledger: what the futures front talks to."""

from __future__ import annotations

import asyncio
import zlib
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import ROUND_HALF_EVEN, Decimal
from typing import NamedTuple

from fks_desk.core.errors import TradingError
from fks_desk.venue.ledger.log import RecordLog
from fks_desk.venue.ledger.records import Deposited
from fks_desk.venue.ledger.rules import Refusal
from fks_desk.venue.market.pair import PairMarket, Print
from fks_desk.venue.perpetual.ledger import Leg, PerpLedger
from fks_desk.venue.perpetual.margin import Standing, standing_of
from fks_desk.venue.perpetual.matching import PerpMatching, PerpStep
from fks_desk.venue.perpetual.records import (
    Agreed,
    Funded,
    Hedged,
    Insured,
    MarginMoved,
    PerpOrder,
    PerpPosition,
    Terms,
)
from fks_desk.venue.perpetual.request import PerpRequest
from fks_desk.venue.shelf import Shelf
from fks_desk.venue.stage import MarketTime, Stage

FUNDING_MS = 8 * 3_600_000
_EIGHT_PLACES = Decimal("0.00000001")
_MOST_MISSED = 90  # funding times that are made up for after a long rest


class PerpHappening(NamedTuple):
    """Hold what the ledger just did to one account."""

    uid: int
    moment_ms: int
    steps: tuple[PerpStep, ...]
    standing: Standing
    positions: Mapping[Leg, PerpPosition]


class PerpetualExchange(Stage):
    """Take orders for perpetuals, move the market, fund and liquidate."""

    def __init__(
        self,
        *,
        pairs: Iterable[PairMarket],
        ledger_log: RecordLog[PerpLedger],
        time: MarketTime,
        funding_ms: int = FUNDING_MS,
    ) -> None:
        super().__init__(pairs, time)
        self.ledger = ledger_log.ledger
        self.funding_ms = funding_ms
        self._log = ledger_log
        self._shelf = Shelf(self.pairs, lambda symbol: self.ledger.open_orders(symbol=symbol))
        self._matching = PerpMatching(
            ledger=self.ledger,
            instruments=self.instruments,
            liquidity=self._shelf.liquidity,
            mark_of=self.mark_of,
        )
        self._listeners: list[Callable[[PerpHappening], None]] = []
        self._funded_ms = self._first_funding()
        for symbol in self.pairs:
            self._shelf.show(symbol)

    # --- what it is worth ----------------------------------------------------------------

    def index_of(self, symbol: str) -> Decimal:
        """Return the price of the coin itself."""
        return self.pairs[symbol].last_price

    def mark_of(self, symbol: str) -> Decimal:
        """Return the price that margin counts with: the index, and the funding still to come."""
        left = Decimal(self.next_funding_ms() - self.now_ms()) / self.funding_ms
        rate = self.rate_at(symbol, self.next_funding_ms())
        return (self.index_of(symbol) * (1 + rate * left)).quantize(_EIGHT_PLACES, ROUND_HALF_EVEN)

    def rate_at(self, symbol: str, moment_ms: int) -> Decimal:
        """Return the funding rate that is due at a moment, the same whoever asks."""
        chance = zlib.crc32(f"{symbol} {moment_ms // self.funding_ms}".encode()) % 401
        return Decimal(chance - 150).scaleb(-6)

    def next_funding_ms(self) -> int:
        """Return when the next funding is due."""
        return (self.now_ms() // self.funding_ms + 1) * self.funding_ms

    def standing(self, uid: int) -> Standing:
        """Return where an account stands now."""
        return standing_of(self.ledger, uid, self.mark_of)

    # --- what accounts ask ---------------------------------------------------------------

    def listen(self, listener: Callable[[PerpHappening], None]) -> None:
        """Call the listener with what happens, once it is on the disk."""
        self._listeners.append(listener)

    async def place(self, request: PerpRequest) -> PerpOrder | Refusal:
        """Take an order; it is on the disk when this returns."""
        outcome = self._matching.place(request, self.now_ms())
        if isinstance(outcome, Refusal):
            return outcome
        placed = outcome[0][1]
        order = placed and self.ledger.order(placed.id)
        assert order is not None  # noqa: S101  the matching core has just placed it
        await self._commit(request.symbol, outcome)
        return order

    async def cancel(self, order: PerpOrder, request_id: str) -> PerpOrder:
        """Take an open order off the floor."""
        steps = self._matching.cancel(order, request_id, self.now_ms())
        canceled = self.ledger.order(order.id) or order
        await self._commit(order.symbol, steps)
        return canceled

    async def amend(self, order: PerpOrder, size: Decimal, price: Decimal) -> PerpOrder | Refusal:
        """Give an open limit order another size or price."""
        outcome = self._matching.amend(order, size, price, self.now_ms())
        if isinstance(outcome, Refusal):
            return outcome
        amended = self.ledger.order(order.id) or order
        await self._commit(order.symbol, outcome)
        return amended

    async def deposit(self, uid: int, amount: Decimal) -> None:
        """Add settlement currency from outside, or take it away if negative."""
        record = Deposited(uid, "USDT", amount, self.now_ms())
        await self._commit("", self._matching.record(record))

    async def agree(self, uid: int, symbol: str, terms: Terms) -> None:
        """Let an account trade a perpetual with another leverage or margin."""
        await self._commit(symbol, self._matching.record(Agreed(uid, symbol, terms)))

    async def hedge(self, uid: int, *, is_dual: bool) -> None:
        """Let an account hold long and short apart, or no longer."""
        await self._commit("", self._matching.record(Hedged(uid, is_dual)))

    async def move_margin(self, uid: int, leg: Leg, amount: Decimal) -> None:
        """Put margin into an isolated position, or take it out if negative."""
        record = MarginMoved(uid, leg[0], leg[1], amount, self.now_ms())
        await self._commit(leg[0], self._matching.record(record))

    async def cross(self, symbol: str, price: Decimal, size: Decimal | None = None) -> None:
        """Let somebody trade at a price, so that resting orders there fill; no public print."""
        await self._commit(symbol, self._matching.on_print(symbol, price, self.now_ms(), size))

    async def settle(self) -> None:
        """Wait until all that a query could show is on the disk."""
        await self._log.settle()

    # --- what the market does ------------------------------------------------------------

    def move(self) -> None:
        """Let the market come up to now, fund what is due and close what lost its margin."""
        super().move()
        self.tend()

    def tend(self) -> None:
        """Fund what is due and close what lost its margin."""
        now = self.now_ms()
        due = min(now // self.funding_ms - self._funded_ms // self.funding_ms, _MOST_MISSED)
        for missed in range(due - 1, -1, -1):
            moment_ms = (now // self.funding_ms - missed) * self.funding_ms
            for symbol in self.pairs:
                rate = self.rate_at(symbol, moment_ms)
                self._commit(symbol, self._matching.fund(symbol, rate, moment_ms))
        self._funded_ms = now
        for symbol in self.pairs:
            self._commit(symbol, self._matching.on_mark(symbol, now))
        self._commit("", self._matching.expire(now))
        self._commit("", self._matching.liquidate(now))

    def take_prints(self, symbol: str, prints: list[Print]) -> None:
        """Fill what prints reached, each up to its size."""
        if self.ledger.open_orders(symbol=symbol):
            for item in prints:
                self._commit(
                    symbol, self._matching.on_print(symbol, item.price, item.moment_ms, item.size)
                )
            self._commit(symbol, self._matching.on_market_levels(symbol, prints[-1].moment_ms))
        self._shelf.show(symbol)

    def take_jump(self, symbol: str, price: Decimal, moment_ms: int) -> None:
        """Fill what a price reached that was passed unseen."""
        self._commit(symbol, self._matching.on_print(symbol, price, moment_ms))

    # -------------------------------------------------------------------------------------

    def _first_funding(self) -> int:
        """Return the moment since which funding is owed: when the account last moved."""
        last = [item.moment_ms for item in self.ledger.funding[-1:]]
        last += [fill.moment_ms for fill in self.ledger.fills[-1:]]
        return max(last, default=self.now_ms())

    def _commit(self, symbol: str, steps: Sequence[PerpStep]) -> asyncio.Future[None]:
        """Show the book as the steps left it and write them down."""
        if not steps:
            done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            done.set_result(None)
            return done
        for changed in {order.symbol for _, order in steps if order is not None} | {symbol}:
            if changed in self.pairs:
                self._shelf.show(changed)
        happenings = self._happenings(steps)
        return self._log.append([record for record, _ in steps], lambda: self._tell(happenings))

    def _happenings(self, steps: Sequence[PerpStep]) -> list[PerpHappening]:
        by_account: dict[int, list[PerpStep]] = defaultdict(list)
        for step in steps:
            by_account[_uid(step)].append(step)
        return [
            PerpHappening(
                uid, self.now_ms(), tuple(part), self.standing(uid), self._touched(uid, part)
            )
            for uid, part in by_account.items()
        ]

    def _touched(self, uid: int, steps: Sequence[PerpStep]) -> dict[Leg, PerpPosition]:
        legs: dict[Leg, None] = {}
        for record, order in steps:
            if order is not None and order.filled:
                legs[order.leg] = None
            elif isinstance(record, (Funded, MarginMoved)):
                legs[record.symbol, record.position_side] = None
        return {leg: self.ledger.position(uid, leg) for leg in legs}

    def _tell(self, happenings: Sequence[PerpHappening]) -> None:
        for happening in happenings:
            for listener in self._listeners:
                listener(happening)


def _uid(step: PerpStep) -> int:
    record, order = step
    if order is not None:
        return order.uid
    match record:
        case Deposited() | Agreed() | Hedged() | Funded() | MarginMoved() | Insured():
            return record.uid
        case _:
            raise TradingError("a record of an order left no order behind")
