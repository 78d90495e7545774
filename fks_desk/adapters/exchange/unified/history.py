"""Fetch old candles and the clock of any exchange."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

from fks_desk.adapters.exchange.gate import ALONE_S, Gate
from fks_desk.adapters.exchange.library import Client, foreign_errors
from fks_desk.adapters.exchange.unified import values
from fks_desk.adapters.exchange.unified.errors import unified_error
from fks_desk.adapters.exchange.unified.listing import unified_symbol
from fks_desk.adapters.exchange.wire import UNREADABLE
from fks_desk.core.clock import Clock, to_ms
from fks_desk.core.errors import DataError
from fks_desk.core.model import Candle, Instrument, Provenance, Timeframe, VenueId
from fks_desk.resilience.breaker import CircuitBreaker

log = logging.getLogger(__name__)

_LONGEST_ROUND_TRIP_S = 1.0


class UnifiedHistory:
    """Be a `HistorySource` over ccxt's unified `fetch` methods, with a breaker of its own."""

    def __init__(self, *, venue: VenueId, clock: Clock, client: Client, gate: Gate) -> None:
        self.breaker = CircuitBreaker(f"{venue}_api", 5, ALONE_S)
        self._venue = venue
        self._clock = clock
        self._client = client
        self._gate = gate
        self._offset_ms = 0.0

    async def history(
        self, instrument: Instrument, timeframe: Timeframe, since: datetime, limit: int
    ) -> Sequence[Candle]:
        """Return up to limit closed candles that opened at or after since, oldest first."""
        offered = self._client.timeframes or {}
        if timeframe.value not in offered:
            raise DataError(
                f"{self._venue} has no candles of {timeframe.value}; it has {', '.join(offered)}"
            )
        rows = await self._ask(
            lambda: self._client.fetch_ohlcv(
                unified_symbol(instrument), timeframe.value, to_ms(since), limit
            ),
            "old candles",
        )
        return self._closed(rows, instrument, timeframe, since)

    async def server_offset_ms(self) -> float:
        """Return the venue's clock minus ours, in milliseconds; 0 where it tells no time."""
        if not self._client.has.get("fetchTime"):
            return 0.0
        asked, started = self._clock.now(), self._clock.monotonic()
        told = await self._ask(self._client.fetch_time, "its clock")
        took = self._clock.monotonic() - started
        if told is not None and took <= _LONGEST_ROUND_TRIP_S:
            self._offset_ms = float(int(told) - to_ms(asked + timedelta(seconds=took / 2)))
        return self._offset_ms

    async def _ask(self, work: Callable[[], Awaitable[Any]], what: str) -> Any:
        await self._gate.wait_for_room()
        async with self.breaker:
            try:
                return await work()
            except foreign_errors() as error:
                raise unified_error(error, venue=self._venue, what=what) from error

    def _closed(
        self, rows: Sequence[Any], instrument: Instrument, timeframe: Timeframe, since: datetime
    ) -> list[Candle]:
        now, found = self._clock.now(), []
        for row in rows:
            try:
                candle = values.candle(
                    row,
                    instrument,
                    timeframe,
                    now,
                    is_closed=True,
                    provenance=Provenance.BACKFILLED,
                )
            except UNREADABLE as error:
                log.warning("dropped a candle of %s %s: %s", instrument.id, timeframe, error)
                continue
            if since <= candle.opened and candle.closes <= now:
                found.append(candle)
        return sorted(found, key=lambda one: one.opened)
