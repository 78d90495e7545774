"""Store closed candles and public prints in batches, and keep them until stored."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from itertools import islice
from typing import Any, Generic, TypeVar

from fks_desk.core.errors import FKSException
from fks_desk.core.messages import CandleClosed, MarketTraded, NoticeRaised, Severity
from fks_desk.core.model import Candle, MarketTrade
from fks_desk.core.nursery import Nursery
from fks_desk.core.ports import CandleWriter, MarketTradeWriter, Publish
from fks_desk.resilience.metrics import Metrics
from fks_desk.resilience.retry import Waits

log = logging.getLogger(__name__)

T = TypeVar("T")

_BATCH = 10_000


class Recorder:
    """Listen to the bus and write what it tells, no batch older than `batch_s`.

    While the database is away the newest `limit` rows wait; candles that fall out
    are fetched again by the backfill, prints are gone.
    """

    def __init__(
        self,
        *,
        candles: CandleWriter,
        publish: Publish,
        trades: MarketTradeWriter | None = None,
        metrics: Metrics | None = None,
        batch_s: float = 0.25,
        limit: int = 50_000,
    ) -> None:
        self._nursery = Nursery()
        self._candles = _Lane[Candle](
            name="candles",
            write=candles.upsert,
            publish=publish,
            metrics=metrics,
            batch_s=batch_s,
            limit=limit,
        )
        self._trades = (
            None
            if trades is None
            else _Lane[MarketTrade](
                name="market_trades",
                write=trades.record_market_trades,
                publish=publish,
                metrics=metrics,
                batch_s=batch_s,
                limit=limit,
            )
        )

    @property
    def waiting(self) -> int:
        """Return how many rows are not stored yet."""
        return self._candles.waiting + (self._trades.waiting if self._trades else 0)

    def start(self) -> None:
        """Begin to write in the background."""
        self._nursery.start(self._candles.run(), name="record candles")
        if self._trades is not None:
            self._nursery.start(self._trades.run(), name="record market trades")

    def on_candle_closed(self, event: CandleClosed) -> None:
        """Take a closed candle."""
        self._candles.put(event.candle)

    def on_market_traded(self, event: MarketTraded) -> None:
        """Take a public print; dropped if prints are not recorded."""
        if self._trades is not None:
            self._trades.put(event.trade)

    async def close(self) -> None:
        """Stop, after one last try to store what waits."""
        await self._nursery.close()
        for lane in (self._candles, self._trades):
            if lane is not None:
                await lane.flush()


class _Lane(Generic[T]):
    """Move rows of one kind from memory to a table."""

    def __init__(
        self,
        *,
        name: str,
        write: Callable[[Sequence[T]], Awaitable[Any]],  # what was written is not asked for
        publish: Publish,
        metrics: Metrics | None,
        batch_s: float,
        limit: int,
    ) -> None:
        self._name = name
        self._write = write
        self._publish = publish
        self._metrics = metrics
        self._batch_s = batch_s
        self._rows: deque[T] = deque(maxlen=limit)
        self._filled = asyncio.Event()
        self._pushed_out = 0

    @property
    def waiting(self) -> int:
        return len(self._rows)

    def put(self, row: T) -> None:
        if len(self._rows) == self._rows.maxlen:
            self._pushed_out += 1
        self._rows.append(row)
        self._filled.set()

    async def run(self) -> None:
        waits = iter(Waits(first_s=self._batch_s, longest_s=10.0))
        while True:
            await self._filled.wait()
            await asyncio.sleep(self._batch_s)
            if await self.flush():
                waits = iter(Waits(first_s=self._batch_s, longest_s=10.0))
            else:
                await asyncio.sleep(next(waits))

    async def flush(self) -> bool:
        """Write what waits; return False if the database is out of reach."""
        while self._rows:
            batch = list(islice(self._rows, _BATCH))
            self._pushed_out = 0
            try:
                await self._write(batch)
            except FKSException as error:
                if error.retryable:
                    log.warning("%d %s wait for the database: %s", self.waiting, self._name, error)
                    return False
                self._give_up(batch, error)
            self._forget(batch)
        self._filled.clear()
        return True

    def _forget(self, batch: Sequence[T]) -> None:
        """Drop what was dealt with; rows that a full lane pushed out meanwhile are gone."""
        for _ in range(len(batch) - self._pushed_out):
            self._rows.popleft()
        if self._metrics is not None:
            self._metrics.rows_stored.labels(self._name).inc(len(batch))

    def _give_up(self, batch: Sequence[T], error: FKSException) -> None:
        log.error("%d %s cannot be stored: %s", len(batch), self._name, error)
        text = f"{len(batch)} {self._name} cannot be stored: {error.message}"
        self._publish(NoticeRaised(severity=Severity.ERROR, text=text, topic="storage"))
