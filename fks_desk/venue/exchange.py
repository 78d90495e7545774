"""Join the market and the ledger: the exchange that every front talks to."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from typing import Protocol

from fks_desk.core.model import Instrument, Side
from fks_desk.venue.ledger.bookkeeper import Bookkeeper
from fks_desk.venue.ledger.ledger import Ledger
from fks_desk.venue.ledger.log import LedgerLog
from fks_desk.venue.ledger.matching import Book, Matching, reaches
from fks_desk.venue.ledger.records import Deposited, LedgerOrder
from fks_desk.venue.ledger.rules import Refusal, Request
from fks_desk.venue.market.pair import PairMarket, Print

log = logging.getLogger(__name__)

MAKER_TAKER_FEE = Decimal("0.001")
_LONGEST_PLAYED_GAP_MS = 120_000
_LONGEST_CATCH_UP_MS = 30 * 86_400_000


class MarketTime(Protocol):
    """Tell market time, which in a replay is the file's own."""

    def now_ms(self) -> int:
        """Return market time in milliseconds."""
        ...


PrintListener = Callable[[PairMarket, list[Print]], None]


class Exchange:
    """Take orders, move the market, and tell listeners once the ledger is on the disk."""

    def __init__(
        self,
        *,
        pairs: Iterable[PairMarket],
        ledger_log: LedgerLog,
        time: MarketTime,
        fee_rate: Decimal = MAKER_TAKER_FEE,
    ) -> None:
        self.pairs: Mapping[str, PairMarket] = {pair.symbol: pair for pair in pairs}
        self.fee_rate = fee_rate
        self.ledger: Ledger = ledger_log.ledger
        self.bookkeeper = Bookkeeper(self.ledger, ledger_log, time.now_ms)
        self._time = time
        self._matching = Matching(
            ledger=self.ledger, instruments=self.instruments, fee_rate=fee_rate
        )
        self._moved_ms = time.now_ms()
        self._on_prints: list[PrintListener] = []
        self._on_snapshot: list[Callable[[PairMarket], None]] = []
        for pair in self.pairs.values():
            pair.start(self._moved_ms)

    @property
    def instruments(self) -> Mapping[str, Instrument]:
        """Return what is listed, by symbol."""
        return {symbol: pair.instrument for symbol, pair in self.pairs.items()}

    def now_ms(self) -> int:
        """Return market time in milliseconds."""
        return self._time.now_ms()

    def on_prints(self, listener: PrintListener) -> None:
        """Call the listener with each batch of new prints."""
        self._on_prints.append(listener)

    def on_snapshot(self, listener: Callable[[PairMarket], None]) -> None:
        """Call the listener before a book is shown whole, so that streams catch up first."""
        self._on_snapshot.append(listener)

    def announce_depth(self, pair: PairMarket) -> None:
        """Let the streams catch up with a book that is about to be shown whole."""
        for listener in self._on_snapshot:
            listener(pair)

    async def place(self, request: Request) -> LedgerOrder | Refusal:
        """Take an order; it is on the disk when this returns."""
        book = self.book(request.symbol)
        outcome = self._matching.place(request, book, self.now_ms())
        if isinstance(outcome, Refusal):
            return outcome
        happening, written = self.bookkeeper.commit(request.uid, outcome)
        await written
        return happening.order

    async def cancel(self, order: LedgerOrder, request_id: str) -> LedgerOrder:
        """Take an open order off the book."""
        records = self._matching.cancel(order, request_id, self.now_ms())
        happening, written = self.bookkeeper.commit(order.uid, records)
        await written
        return happening.order

    async def deposit(self, uid: int, asset: str, amount: Decimal) -> None:
        """Add money from outside, or take it away if negative."""
        deposited = Deposited(uid, asset, amount, self.now_ms())
        _, written = self.bookkeeper.commit(uid, [deposited])
        await written

    async def cross(self, symbol: str, price: Decimal) -> None:
        """Let somebody trade at a price, so that resting orders there fill; no public print."""
        for future in self._match(symbol, price, self.now_ms()):
            await future

    async def settle(self) -> None:
        """Wait until all that a query could show is on the disk."""
        await self.bookkeeper.settle()

    def book(self, symbol: str) -> Book:
        """Return what an order would meet now."""
        pair = self.pairs[symbol]
        depth = pair.depth()
        return Book(
            last=pair.last_price,
            bids=depth.bids.levels(pair.instrument),
            asks=depth.asks.levels(pair.instrument),
        )

    def move(self) -> None:
        """Let the market come up to now; resting orders fill on the way."""
        now = self.now_ms()
        missed_long = now - self._moved_ms > _LONGEST_PLAYED_GAP_MS
        for pair in self.pairs.values():
            if missed_long and pair.can_skip:
                self._skip(pair, now)
                continue
            prints = pair.advance(now)
            if not prints:
                continue
            self._match_prints(pair.symbol, prints)
            for listener in self._on_prints:
                listener(pair, prints)
        self._moved_ms = now

    def catch_up(self) -> None:
        """Fill the resting orders that the market passed while the exchange was not running."""
        now = self.now_ms()
        for order in self.ledger.open_orders():
            pair = self.pairs.get(order.symbol)
            if pair is None:
                continue
            start = max(order.updated_ms, now - _LONGEST_CATCH_UP_MS)
            passed = pair.range_since(start, now)
            if passed is not None and reaches(order, passed[0 if order.side is Side.BUY else 1]):
                filled = self._matching.fill_resting(order, now)
                self.bookkeeper.commit(order.uid, [filled])

    def _match_prints(self, symbol: str, prints: list[Print]) -> None:
        if not self.ledger.open_orders(symbol):
            return
        for item in prints:
            self._match(symbol, item.price, item.moment_ms)

    def _skip(self, pair: PairMarket, now: int) -> None:
        """Jump over a long sleep of the machine, filling what the missed range reached."""
        log.info("%s: %d s were slept through", pair.symbol, (now - self._moved_ms) // 1000)
        for price in pair.skip(now) or ():
            self._match(pair.symbol, price, now)

    def _match(self, symbol: str, price: Decimal, moment_ms: int) -> list[asyncio.Future[None]]:
        fills = self._matching.on_print(symbol, price, moment_ms)
        return [self.bookkeeper.commit(filled.fill.uid, [filled])[1] for filled in fills]
