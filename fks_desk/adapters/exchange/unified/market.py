"""Stream the public data of any exchange as exact values."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from typing import Any, TypeVar

from fks_desk.adapters.exchange.library import Client, foreign_errors
from fks_desk.adapters.exchange.unified import listing, values
from fks_desk.adapters.exchange.unified.bars import BarsFromPrints
from fks_desk.adapters.exchange.unified.errors import unified_error
from fks_desk.adapters.exchange.unified.listing import unified_symbol
from fks_desk.adapters.exchange.wire import UNREADABLE
from fks_desk.core.clock import Clock
from fks_desk.core.errors import DataError
from fks_desk.core.model import (
    Candle,
    Instrument,
    MarketTrade,
    OrderBook,
    Ticker,
    Timeframe,
    VenueId,
)

log = logging.getLogger(__name__)

T = TypeVar("T")

_SHOWN = 20  # levels of a side


class UnifiedMarket:
    """Be a `MarketSource` over ccxt's unified `watch` methods.

    ccxt may merge what it gets between two turns of the loop: of a book the newest
    state counts, of prints its cache of a thousand.
    """

    def __init__(self, *, venue: VenueId, clock: Clock, client: Client) -> None:
        self.malformed = 0
        self._venue = venue
        self._clock = clock
        self._client = client

    async def instruments(self) -> Sequence[Instrument]:
        """Return what the venue lists."""
        markets = await self._ask(lambda: self._client.load_markets(True), "its list of markets")
        found = listing.instruments(markets.values(), self._venue, self._client.precisionMode)
        if not found:
            raise DataError(f"{self._venue} lists no coin or perpetual that can be read")
        return found

    async def candles(self, instrument: Instrument, timeframe: Timeframe) -> AsyncIterator[Candle]:
        """Yield each change of the current candle; the closed one has `is_closed`."""
        if not self._client.has.get("watchOHLCV"):
            async for built in self._built(instrument, timeframe):
                yield built
            return
        symbol, newest = unified_symbol(instrument), None
        async for row in self._rows("watch_ohlcv", "candles", symbol, timeframe.value):
            for state in self._states(row, newest, instrument, timeframe):
                yield state
            newest = row if newest is None or row[0] >= newest[0] else newest

    async def tickers(self, instruments: Sequence[Instrument]) -> AsyncIterator[Ticker]:
        """Yield each change of any of the quotes."""
        if len(instruments) == 1:
            symbol = unified_symbol(instruments[0])
            answers = self._each("watch_ticker", "quotes", symbol)
        else:
            names = [unified_symbol(one) for one in instruments]
            answers = self._rows("watch_tickers", "quotes", names)
        known = {unified_symbol(one): one for one in instruments}
        async for answered in answers:
            now = self._clock.now()
            one = known.get(answered["symbol"], instruments[0])
            value = self._read(lambda: values.ticker(answered, one, now))  # noqa: B023  called at once
            if value is not None:
                yield value

    async def trades(self, instrument: Instrument) -> AsyncIterator[MarketTrade]:
        """Yield each public print."""
        symbol = unified_symbol(instrument)
        async for answered in self._rows("watch_trades", "trades", symbol):
            now = self._clock.now()
            value = self._read(lambda: values.market_trade(answered, instrument, now))  # noqa: B023  called at once
            if value is not None:
                yield value

    async def books(self, instrument: Instrument) -> AsyncIterator[OrderBook]:
        """Yield each state of the order book."""
        number = 0
        async for answered in self._each(
            "watch_order_book", "an order book", unified_symbol(instrument)
        ):
            number += 1
            now = self._clock.now()
            value = self._read(
                lambda: values.order_book(answered, instrument, number, _SHOWN, now)  # noqa: B023  called at once
            )
            if value is not None:
                yield value

    async def _built(self, instrument: Instrument, timeframe: Timeframe) -> AsyncIterator[Candle]:
        bars = BarsFromPrints(timeframe)
        async for trade in self.trades(instrument):
            for state in bars.take(trade):
                yield state

    def _states(
        self, row: Any, newest: Any, instrument: Instrument, timeframe: Timeframe
    ) -> Iterable[Candle]:
        """Return what a row tells: its follower is what proves a bar complete."""
        now = self._clock.now()
        if newest is not None and row[0] > newest[0]:
            closed = self._read(
                lambda: values.candle(newest, instrument, timeframe, now, is_closed=True)
            )
            if closed is not None:
                yield closed
        if newest is None or row[0] >= newest[0]:
            state = self._read(
                lambda: values.candle(row, instrument, timeframe, now, is_closed=False)
            )
            if state is not None:
                yield state

    async def _rows(self, method: str, what: str, *asked: Any) -> AsyncIterator[Any]:
        """Yield one by one what each answer of a `watch` method brings anew."""
        async for answered in self._each(method, what, *asked):
            for row in list(answered.values() if isinstance(answered, dict) else answered):
                yield row

    async def _each(self, method: str, what: str, *asked: Any) -> AsyncIterator[Any]:
        name = _camel(method)
        if not self._client.has.get(name):
            raise DataError(f"{self._venue} streams no {what.removeprefix('an ')} through ccxt")
        while True:
            yield await self._ask(lambda: getattr(self._client, method)(*asked), what)

    async def _ask(self, work: Callable[[], Awaitable[Any]], what: str) -> Any:
        try:
            return await work()
        except foreign_errors() as error:
            raise unified_error(error, venue=self._venue, what=what) from error

    def _read(self, work: Callable[[], T]) -> T | None:
        try:
            return work()
        except UNREADABLE as error:
            self.malformed += 1
            log.warning("dropped a message of %s: %s", self._venue, error)
            return None


def _camel(method: str) -> str:
    head, *rest = method.split("_")
    return head + "".join("OHLCV" if word == "ohlcv" else word.title() for word in rest)
