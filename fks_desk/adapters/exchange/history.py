"""Fetch old candles and the venue's clock, apart from the order path."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

from fks_desk.adapters.exchange import wire
from fks_desk.adapters.exchange.errors import read_error
from fks_desk.adapters.exchange.gate import ALONE_S, Gate
from fks_desk.adapters.exchange.library import Client, answer, foreign_errors
from fks_desk.adapters.exchange.listing import wire_symbol
from fks_desk.adapters.exchange.options import ExchangeOptions
from fks_desk.adapters.exchange.wire import UNREADABLE
from fks_desk.core.clock import Clock, to_ms
from fks_desk.core.errors import FeedUnavailable, FKSException
from fks_desk.core.model import Candle, Instrument, Timeframe
from fks_desk.resilience.breaker import CircuitBreaker

log = logging.getLogger(__name__)

PAGE = 1000
_LONGEST_ROUND_TRIP_S = 1.0


class ExchangeHistory:
    """Be a `HistorySource` over ccxt, with a throttle and a circuit breaker of its own.

    `market_time` returns the market's newest moment seen on its streams, or None:
    a replayed market's time is not the machine's.
    """

    def __init__(
        self,
        *,
        options: ExchangeOptions,
        clock: Clock,
        client: Client,
        gate: Gate,
        market_time: Callable[[], datetime | None],
    ) -> None:
        self._market_time = market_time
        self.breaker = CircuitBreaker(f"{options.venue}_api", 5, ALONE_S)
        self._options = options
        self._clock = clock
        self._client = client
        self._gate = gate
        self._offset_ms = 0.0

    async def history(
        self, instrument: Instrument, timeframe: Timeframe, since: datetime, limit: int
    ) -> Sequence[Candle]:
        """Return up to limit closed candles that opened at or after since, oldest first."""
        count = min(limit, PAGE)
        await self._gate.wait_for_room()
        rows = await self._ask(
            "publicGetKlines",
            "old candles",
            {
                "symbol": wire_symbol(instrument),
                "interval": timeframe.value,
                "startTime": to_ms(since),
                "limit": count,
            },
        )
        if not isinstance(rows, list):
            raise FeedUnavailable(f"{self._options.venue} sent no candles")
        candles = self._read(rows, instrument, timeframe)
        is_newest_page = len(rows) < count
        return [one for one in candles if self._is_closed(one, candles[-1], is_newest_page)]

    async def server_offset_ms(self) -> float:
        """Return the venue's clock minus ours, in milliseconds.

        A slow answer says little, so it is dropped and the last good offset stays.
        """
        # It weighs next to nothing and a start waits for it: no bulk request's queue is for it.
        await self._gate.wait_out_hold()
        asked, started = self._clock.now(), self._clock.monotonic()
        told = await self._ask("publicGetTime", "its clock", {})
        took = self._clock.monotonic() - started
        try:
            server_ms = int(told["serverTime"])
        except UNREADABLE as error:
            raise FeedUnavailable(f"{self._options.venue} did not tell its time") from error
        if took <= _LONGEST_ROUND_TRIP_S:
            self._offset_ms = float(server_ms - to_ms(asked + timedelta(seconds=took / 2)))
        return self._offset_ms

    async def _ask(self, method: str, what: str, params: dict[str, Any]) -> Any:
        async with self.breaker:
            try:
                return await getattr(self._client, method)(params)
            except foreign_errors() as error:
                raise self._error(error, what) from error

    def _error(self, error: Exception, what: str) -> FKSException:
        return read_error(answer(error), venue=self._options.venue, what=what)

    def _read(
        self, rows: Sequence[Any], instrument: Instrument, timeframe: Timeframe
    ) -> list[Candle]:
        now, candles = self._clock.now(), []
        for row in rows:
            try:
                candles.append(wire.history_row(row, instrument.id, timeframe, now))
            except UNREADABLE as error:
                log.warning("dropped a candle of %s %s: %s", instrument.id, timeframe, error)
        return candles

    def _is_closed(self, candle: Candle, newest: Candle, is_newest_page: bool) -> bool:
        if not self._options.is_replayed:
            now = self._clock.now() + timedelta(milliseconds=self._offset_ms)
            return candle.closes <= now
        moment = self._market_time()
        if moment is None:
            # Nothing tells the market's time yet; only a follower proves an end.
            return candle is not newest or not is_newest_page
        return candle.closes <= moment
