"""Stream and fetch an exchange's public data as exact values."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Sequence
from datetime import datetime
from typing import Any, TypeVar

from msgspec import MsgspecError

from fks_desk.adapters.exchange import listing, wire
from fks_desk.adapters.exchange.arrivals import Box
from fks_desk.adapters.exchange.books import Depth
from fks_desk.adapters.exchange.errors import read_error
from fks_desk.adapters.exchange.hot import values
from fks_desk.adapters.exchange.hot.frames import AggregatePrint, Kline, Print
from fks_desk.adapters.exchange.library import Client, answer, foreign_errors
from fks_desk.adapters.exchange.listing import wire_symbol
from fks_desk.adapters.exchange.mailbox import Mailbox
from fks_desk.adapters.exchange.options import ExchangeOptions
from fks_desk.adapters.exchange.stamps import moment_of
from fks_desk.adapters.exchange.streams import Streams
from fks_desk.adapters.exchange.wire import UNREADABLE, Message
from fks_desk.core.clock import Clock
from fks_desk.core.errors import DataError, FeedUnavailable
from fks_desk.core.model import Candle, Instrument, MarketTrade, OrderBook, Ticker, Timeframe

log = logging.getLogger(__name__)

T = TypeVar("T")

_SNAPSHOT_DEPTH = 1000
_SNAPSHOT_EVERY_S = 5.0
_SHOWN = 20  # levels of a side


class ExchangeMarket:
    """Be a `MarketSource` over ccxt; every message arrives exactly once and in order."""

    def __init__(
        self, *, options: ExchangeOptions, clock: Clock, client: Client, streams: Streams
    ) -> None:
        self._options = options
        self._clock = clock
        self._client = client
        self._streams = streams
        self._asked: dict[str, float] = {}

    async def instruments(self) -> Sequence[Instrument]:
        """Return what the venue lists."""
        try:
            info = await self._client.publicGetExchangeInfo()
        except foreign_errors() as error:
            raise self._error(error, "its list of instruments") from error
        found = listing.instruments(info, self._options.venue) if isinstance(info, dict) else []
        if not found:
            raise DataError(f"{self._options.venue} lists no instrument that can be read")
        return found

    def candles(self, instrument: Instrument, timeframe: Timeframe) -> AsyncIterator[Candle]:
        """Yield each change of the current candle; the closed one has `is_closed`."""
        name = f"{wire_symbol(instrument).lower()}@kline_{timeframe.value}"

        # A typed frame, or parsed JSON where ccxt had to read it.
        def read(message: Any, now: datetime) -> Candle:
            if isinstance(message, Kline):
                return values.candle(message, instrument.id, timeframe, now)
            return wire.kline(message, instrument.id, timeframe, now)

        return self._messages([name], "candles", read)

    def tickers(self, instruments: Sequence[Instrument]) -> AsyncIterator[Ticker]:
        """Yield each change of any of the quotes."""
        known = {symbol: one.id for symbol, one in listing.by_wire_symbol(instruments).items()}

        def read(message: Message, now: datetime) -> Ticker:
            return wire.ticker(message, known[message["s"]], now)

        names = [f"{symbol.lower()}@ticker" for symbol in known]
        return self._messages(names, "tickers", read)

    def trades(self, instrument: Instrument) -> AsyncIterator[MarketTrade]:
        """Yield each public print."""

        def read(message: Any, now: datetime) -> MarketTrade:
            if isinstance(message, Print | AggregatePrint):
                return values.market_trade(message, instrument.id, now)
            return wire.trade(message, instrument.id, now)

        name = f"{wire_symbol(instrument).lower()}@{self._options.prints}"
        return self._messages([name], "trades", read)

    async def books(self, instrument: Instrument) -> AsyncIterator[OrderBook]:
        """Yield each state of the order book; a hole in the changes ends the stream.

        A reader that falls behind gets the newest state alone.
        """
        symbol = wire_symbol(instrument)
        box: Box = Mailbox()
        stop = self._streams.open([f"{symbol.lower()}@depth@100ms"], box, group="books")
        try:
            # The first change must arrive before the snapshot is asked for, or a
            # change between the two could be missed.
            changes = await box.take_all()
            depth = await self._depth(symbol)
            while True:
                if (book := self._changed(instrument, depth, changes)) is not None:
                    yield book
                changes = await box.take_all()
        finally:
            stop()

    def _changed(
        self, instrument: Instrument, depth: Depth, changes: Sequence[Any]
    ) -> OrderBook | None:
        """Return the book after the changes, or None if they told nothing new."""
        before = depth.sequence
        try:
            if not all(depth.apply(change) for change in changes) or depth.is_crossed:
                raise FeedUnavailable(f"the order book of {instrument.symbol} has a hole")
            return self._book(instrument, depth) if depth.sequence > before else None
        except (*UNREADABLE, MsgspecError) as error:
            self._streams.arrivals.malformed += 1
            raise FeedUnavailable(
                f"the order book of {instrument.symbol} cannot be read: {error}"
            ) from error

    async def _messages(
        self, names: Sequence[str], group: str, read: Callable[[Any, datetime], T]
    ) -> AsyncIterator[T]:
        box: Box = Mailbox()
        stop = self._streams.open(names, box, group=group)
        try:
            while True:
                message = await box.take()
                try:
                    value = read(message, self._clock.now())
                except UNREADABLE as error:
                    self._streams.arrivals.malformed += 1
                    log.warning("dropped a message of %s: %s", group, error)
                    continue
                yield value
        finally:
            stop()

    async def _depth(self, symbol: str) -> Depth:
        """Fetch a book, seldom enough that a stream full of holes costs little."""
        due = self._asked.get(symbol, float("-inf")) + _SNAPSHOT_EVERY_S
        await asyncio.sleep(max(0.0, due - self._clock.monotonic()))
        self._asked[symbol] = self._clock.monotonic()
        try:
            return Depth(await self._snapshot(symbol))
        except UNREADABLE as error:
            raise FeedUnavailable(
                f"{self._options.venue} sent an order book that cannot be read: {error}"
            ) from error

    async def _snapshot(self, symbol: str) -> Message:
        try:
            answered = await self._client.publicGetDepth(
                {"symbol": symbol, "limit": _SNAPSHOT_DEPTH}
            )
        except foreign_errors() as error:
            raise self._error(error, "an order book") from error
        if not isinstance(answered, dict) or "lastUpdateId" not in answered:
            raise FeedUnavailable(f"{self._options.venue} sent no order book")
        return answered

    def _book(self, instrument: Instrument, depth: Depth) -> OrderBook:
        return OrderBook(
            instrument=instrument.id,
            bids=depth.bids(_SHOWN),
            asks=depth.asks(_SHOWN),
            sequence=depth.sequence,
            ts_event=moment_of(depth.moment_ms),
            ts_init=self._clock.now(),
        )

    def _error(self, error: Exception, what: str) -> Any:
        return read_error(answer(error), venue=self._options.venue, what=what)
