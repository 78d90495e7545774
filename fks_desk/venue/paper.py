"""Trade on paper: live prices, an own ledger, and nothing here that could sign."""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import TypeVar

from fks_desk.core.clock import Clock, to_ms
from fks_desk.core.errors import (
    ConfigError,
    FeedUnavailable,
    OrderRefused,
    OutcomeUnknown,
    StorageError,
)
from fks_desk.core.model import (
    AccountId,
    Balance,
    ClientOrderId,
    Fill,
    Instrument,
    InstrumentId,
    MarketTrade,
    OrderBook,
    OrderIntent,
    Ticker,
    VenueOrderId,
)
from fks_desk.core.ports import MarketSource, OrderReport, VenueOrder
from fks_desk.venue.exchange import MAKER_TAKER_FEE
from fks_desk.venue.ledger.bookkeeper import Bookkeeper, Happening
from fks_desk.venue.ledger.floor import Step
from fks_desk.venue.ledger.liquidity import Liquidity
from fks_desk.venue.ledger.log import LedgerLog
from fks_desk.venue.ledger.matching import Matching
from fks_desk.venue.ledger.records import Deposited, Filled, LedgerOrder
from fks_desk.venue.ledger.rules import Refusal
from fks_desk.venue.market.depth import depth_around
from fks_desk.venue.translate import Translator, request_of

log = logging.getLogger(__name__)

_UID = 1
_OLDEST_PRICE = timedelta(seconds=60)
_OLDEST_BOOK = timedelta(seconds=10)
_FIRST_WAIT_S = 0.5
_LONGEST_WAIT_S = 30.0
_Item = TypeVar("_Item")


class PaperGateway:
    """Be broker and account of paper trading, with the same matching as the demo exchange.

    Feed it live prices with `follow` or with the `on_` methods; `run` must run
    for anything to be answered, as it writes the ledger down.
    """

    def __init__(
        self,
        *,
        account: AccountId,
        instruments: Sequence[Instrument],
        clock: Clock,
        folder: Path,
        initial_balances: Mapping[str, Decimal],
        fee_rate: Decimal = MAKER_TAKER_FEE,
    ) -> None:
        self._instruments = {instrument.symbol: instrument for instrument in instruments}
        if len(self._instruments) < len(instruments):
            raise ConfigError("One paper account trades one venue; a symbol was listed twice.")
        self._by_id = {instrument.id: instrument for instrument in instruments}
        self._clock = clock
        self._initial = initial_balances
        self._log = LedgerLog(folder)
        ledger = self._log.ledger
        self._books = Bookkeeper(ledger, self._log, self._now_ms)
        self._matching = Matching(
            ledger=ledger,
            instruments=self._instruments,
            fee_rate=fee_rate,
            liquidity=self._liquidity,
        )
        self._translate = Translator(account, self._instruments, clock)
        self._last: dict[str, tuple[Decimal, datetime]] = {}
        self._order_books: dict[str, OrderBook] = {}
        self._offers: dict[str, Liquidity] = {}

    # --- life --------------------------------------------------------------------------

    async def run(self) -> None:
        """Write the ledger down until cancelled; pay the first balances in at the first run."""
        if not self._books.ledger.holdings(_UID):
            for asset, amount in self._initial.items():
                self._books.deposit(Deposited(_UID, asset, amount, self._now_ms()))
        try:
            await self._log.run()
        finally:
            self._log.close()

    async def follow(self, source: MarketSource) -> None:
        """Take trades and books of every instrument from a source until cancelled."""
        async with asyncio.TaskGroup() as group:
            for instrument in self._instruments.values():
                group.create_task(self._keep(source.trades, instrument, self.on_trade))
                group.create_task(self._keep(source.books, instrument, self.on_book))

    @staticmethod
    async def _keep(
        stream: Callable[[Instrument], AsyncIterator[_Item]],
        instrument: Instrument,
        take: Callable[[_Item], None],
    ) -> None:
        """Take every item of a stream; one that is lost is asked for again, ever more patiently."""
        wait_s = _FIRST_WAIT_S
        while True:
            try:
                async for item in stream(instrument):
                    take(item)
                    wait_s = _FIRST_WAIT_S
            except FeedUnavailable as error:
                log.info("%s is out of reach for paper trading: %s", instrument.symbol, error)
            await asyncio.sleep(wait_s * random.uniform(0.8, 1.2))  # noqa: S311  only jitter
            wait_s = min(wait_s * 2, _LONGEST_WAIT_S)

    # --- live prices -------------------------------------------------------------------

    def on_trade(self, trade: MarketTrade) -> None:
        """Take a public print: it is the newest price, and resting orders fill up to its size."""
        self._on_price(trade.instrument, trade.price, trade.size)

    def on_ticker(self, ticker: Ticker) -> None:
        """Take a quote's last price as if it were a print of unknown size."""
        self._on_price(ticker.instrument, ticker.last, None)

    def on_book(self, book: OrderBook) -> None:
        """Take the order book that the next orders meet."""
        instrument = self._by_id.get(book.instrument)
        if instrument is None:
            return
        self._order_books[instrument.symbol] = book
        self._offers.pop(instrument.symbol, None)
        if instrument.symbol in self._last and self._is_usable(book):
            self._commit(self._matching.on_market_levels(instrument.symbol, self._now_ms()))

    def _on_price(self, instrument_id: InstrumentId, price: Decimal, size: Decimal | None) -> None:
        instrument = self._by_id.get(instrument_id)
        if instrument is None:
            return
        self._last[instrument.symbol] = (price, self._clock.now())
        self._offers.pop(instrument.symbol, None)
        self._commit(self._matching.on_print(instrument.symbol, price, self._now_ms(), size))

    def _commit(self, steps: list[Step]) -> None:
        if steps:
            self._books.commit(steps)

    # --- core.ports.Broker -------------------------------------------------------------

    async def submit(self, intent: OrderIntent) -> VenueOrder:
        """Take the order; it is on the disk when this returns."""
        instrument = self._instrument(intent.instrument)
        self._require_price(instrument)
        outcome = self._matching.place(request_of(intent, instrument, _UID), self._now_ms())
        if isinstance(outcome, Refusal):
            raise OrderRefused(outcome.text, code=outcome.code)
        placed = outcome[0][1]
        order = placed and self._books.ledger.order(placed.id)
        assert order is not None  # noqa: S101  the matching core has just placed it
        try:
            await self._books.commit(outcome)
        except StorageError as error:
            raise OutcomeUnknown(error.message) from error
        return self._translate.order(order)

    async def cancel(
        self,
        instrument: InstrumentId,
        client_id: ClientOrderId,
        venue_order_id: VenueOrderId | None,
    ) -> None:
        """Take the order back; `OrderRefused` if it is gone."""
        order = self._find(instrument, client_id, venue_order_id)
        if order is None or not order.status.is_open:
            raise OrderRefused("Unknown order sent.", code=-2011)
        steps = self._matching.cancel(order, f"cancel-{order.id}", self._now_ms())
        try:
            await self._books.commit(steps)
        except StorageError as error:
            raise OutcomeUnknown(error.message) from error

    async def find_order(
        self, instrument: InstrumentId, client_id: ClientOrderId
    ) -> VenueOrder | None:
        """Return the order, or None if there is none of this id."""
        await self._books.settle()
        order = self._find(instrument, client_id, None)
        return None if order is None else self._translate.order(order)

    async def reports(self) -> AsyncIterator[OrderReport]:
        """Yield what happens to the account; an empty report comes first."""
        line: asyncio.Queue[Happening] = asyncio.Queue()
        stop = self._books.listen(line.put_nowait)
        try:
            yield OrderReport()
            while True:
                for report in self._reports_of(await line.get()):
                    yield report
        finally:
            stop()

    # --- core.ports.AccountReader ------------------------------------------------------

    async def open_orders(self) -> Sequence[VenueOrder]:
        """Return every open order."""
        await self._books.settle()
        return [self._translate.order(order) for order in self._books.ledger.open_orders()]

    async def recent_orders(
        self, instrument: InstrumentId, since: datetime
    ) -> Sequence[VenueOrder]:
        """Return orders of an instrument in any state, placed at or after since."""
        await self._books.settle()
        orders = self._books.ledger.orders(_UID, self._instrument(instrument).symbol)
        oldest = to_ms(since)
        return [self._translate.order(order) for order in orders if order.created_ms >= oldest]

    async def fills(self, instrument: InstrumentId, since: datetime) -> Sequence[Fill]:
        """Return fills of an instrument since the moment, oldest first."""
        await self._books.settle()
        fills = self._books.ledger.fills(_UID, self._instrument(instrument).symbol)
        oldest = to_ms(since)
        return [self._translate.fill(fill) for fill in fills if fill.moment_ms >= oldest]

    async def balances(self) -> Sequence[Balance]:
        """Return every balance that is not zero."""
        await self._books.settle()
        holdings = self._books.ledger.holdings(_UID)
        return self._translate.balances(
            {asset: held for asset, held in holdings.items() if held.total}
        )

    # -----------------------------------------------------------------------------------

    def _reports_of(self, happening: Happening) -> list[OrderReport]:
        """Return one report per record; the last one carries the balances."""
        reports = [
            OrderReport(
                order=None if order is None else self._translate.order(order),
                fill=self._translate.fill(record.fill) if isinstance(record, Filled) else None,
            )
            for record, order in happening.steps
        ]
        return [*reports, OrderReport(balances=self._translate.balances(happening.holdings))]

    def _find(
        self,
        instrument: InstrumentId,
        client_id: ClientOrderId,
        venue_order_id: VenueOrderId | None,
    ) -> LedgerOrder | None:
        if venue_order_id is not None:
            return self._books.ledger.order(int(venue_order_id))
        symbol = self._instrument(instrument).symbol
        return self._books.ledger.order_by_client_id(_UID, symbol, client_id)

    def _instrument(self, wanted: InstrumentId) -> Instrument:
        instrument = self._by_id.get(wanted)
        if instrument is None:
            raise OrderRefused(f"The paper account does not trade {wanted}.")
        return instrument

    def _require_price(self, instrument: Instrument) -> None:
        """Refuse to trade at a price that is not there or old."""
        last, seen = self._last.get(instrument.symbol, (None, None))
        if last is None or seen is None:
            raise OrderRefused(f"There is no price of {instrument.symbol} yet; try again soon.")
        age = self._clock.now() - seen
        if age > _OLDEST_PRICE:
            raise OrderRefused(
                f"The last price of {instrument.symbol} is {age.total_seconds():.0f} s old; "
                "wait until the feed is back."
            )

    def _liquidity(self, symbol: str) -> Liquidity:
        """Return what an order meets: the venue's own book, or one made around its last price."""
        known = self._offers.get(symbol)
        if known is None:
            known = self._offers[symbol] = self._offered(self._instruments[symbol])
        return known

    def _offered(self, instrument: Instrument) -> Liquidity:
        last, _ = self._last[instrument.symbol]
        book = self._order_books.get(instrument.symbol)
        if book is not None and self._is_usable(book):
            return Liquidity(last=last, bids=book.bids, asks=book.asks)
        depth = depth_around(int(last / instrument.tick), instrument, 0)
        return Liquidity(
            last=last, bids=depth.bids.levels(instrument), asks=depth.asks.levels(instrument)
        )

    def _is_usable(self, book: OrderBook) -> bool:
        """Tell whether a book is whole, not crossed and not old."""
        return (
            bool(book.bids and book.asks)
            and book.bids[0].price < book.asks[0].price
            and self._clock.now() - book.ts_init <= _OLDEST_BOOK
        )

    def _now_ms(self) -> int:
        return to_ms(self._clock.now())
