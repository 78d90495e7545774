"""Small stand-ins for a venue and a candle table, for tests of the market room."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from fks_desk.core.clock import to_ms
from fks_desk.core.errors import FKSException, StorageUnavailable
from fks_desk.core.frame import Frame
from fks_desk.core.model import (
    Candle,
    Instrument,
    InstrumentId,
    MarketTrade,
    OrderBook,
    Provenance,
    Side,
    Span,
    Ticker,
    Timeframe,
    TradeId,
    VenueId,
)
from fks_desk.core.ports import WriteCount

START = datetime(2026, 1, 5, tzinfo=UTC)


def an_instrument(symbol: str = "BTC/USDT", venue: str = "demo") -> Instrument:
    base, quote = symbol.split("/")
    return Instrument(
        venue=VenueId(venue),
        symbol=symbol,
        base=base,
        quote=quote,
        settle=quote,
        tick=Decimal("0.01"),
        lot=Decimal("0.00001"),
    )


def a_candle(
    number: int,
    *,
    instrument: Instrument | None = None,
    timeframe: Timeframe = Timeframe.M1,
    closed: bool = True,
    close: str = "100",
    provenance: Provenance = Provenance.STREAMED,
) -> Candle:
    """Return the candle that opens so many timeframes after START."""
    opened = START + timeframe.delta * number
    price = Decimal(close)
    return Candle(
        instrument=(instrument or an_instrument()).id,
        timeframe=timeframe,
        opened=opened,
        open=price,
        high=price,
        low=price,
        close=price,
        volume=Decimal(1),
        is_closed=closed,
        ts_event=opened + timeframe.delta,
        ts_init=opened + timeframe.delta,
        provenance=provenance,
    )


def a_trade(number: int, instrument: Instrument | None = None) -> MarketTrade:
    return MarketTrade(
        instrument=(instrument or an_instrument()).id,
        trade_id=TradeId(str(number)),
        side=Side.BUY,
        price=Decimal(100),
        size=Decimal(1),
        ts_event=START,
        ts_init=START,
    )


class FakeSource:
    """Be a `MarketSource` whose streams say what a test pushes."""

    def __init__(self, instruments: Sequence[Instrument] = ()) -> None:
        self.listed = list(instruments)
        self.queues: dict[str, asyncio.Queue[Any]] = {}
        self.begun: list[str] = []
        self.open_streams = 0

    def push(self, name: str, *values: Any) -> None:
        for value in values:
            self.queue(name).put_nowait(value)

    def queue(self, name: str) -> asyncio.Queue[Any]:
        return self.queues.setdefault(name, asyncio.Queue())

    async def instruments(self) -> Sequence[Instrument]:
        return self.listed

    def candles(self, instrument: Instrument, timeframe: Timeframe) -> AsyncIterator[Candle]:
        return self._stream(f"candles {timeframe.value} {instrument.symbol}")

    def tickers(self, instruments: Sequence[Instrument]) -> AsyncIterator[Ticker]:
        return self._stream(f"tickers {instruments[0].symbol}")

    def trades(self, instrument: Instrument) -> AsyncIterator[MarketTrade]:
        return self._stream(f"trades {instrument.symbol}")

    def books(self, instrument: Instrument) -> AsyncIterator[OrderBook]:
        return self._stream(f"books {instrument.symbol}")

    async def _stream(self, name: str) -> AsyncIterator[Any]:
        self.begun.append(name)
        self.open_streams += 1
        try:
            while True:
                value = await self.queue(name).get()
                if isinstance(value, Exception):
                    raise value
                yield value
        finally:
            self.open_streams -= 1


class FakeHistory:
    """Be a `HistorySource` over a list of candles."""

    def __init__(self, candles: Sequence[Candle] = (), *, page: int = 1000) -> None:
        self.candles = list(candles)
        self.asked: list[datetime] = []
        self.errors: list[FKSException] = []
        self._page = page

    async def history(
        self, instrument: Instrument, timeframe: Timeframe, since: datetime, limit: int
    ) -> Sequence[Candle]:
        self.asked.append(since)
        if self.errors:
            raise self.errors.pop(0)
        found = [
            candle
            for candle in self.candles
            if candle.instrument == instrument.id
            and candle.timeframe is timeframe
            and candle.opened >= since
        ]
        return found[: min(limit, self._page)]

    async def server_offset_ms(self) -> float:
        return 0.0


class CandleTable:
    """Be a `CandleReader` and a `CandleWriter` in memory."""

    def __init__(self) -> None:
        self.rows: dict[tuple[InstrumentId, Timeframe], dict[datetime, Candle]] = {}
        self.is_away = False
        self.batches: list[int] = []

    async def upsert(self, candles: Sequence[Candle]) -> WriteCount:
        if self.is_away:
            raise StorageUnavailable("the database is away")
        self.batches.append(len(candles))
        inserted = revised = unchanged = 0
        for candle in candles:
            series = self.rows.setdefault((candle.instrument, candle.timeframe), {})
            old = series.get(candle.opened)
            if old is None:
                inserted += 1
            elif old.close != candle.close:
                revised += 1
            else:
                unchanged += 1
            series[candle.opened] = candle
        return WriteCount(inserted=inserted, revised=revised, unchanged=unchanged)

    async def upsert_frame(
        self,
        instrument: InstrumentId,
        timeframe: Timeframe,
        frame: Frame,
        provenance: Provenance,
    ) -> WriteCount:
        raise NotImplementedError

    def series(self, instrument: InstrumentId, timeframe: Timeframe) -> list[Candle]:
        rows = self.rows.get((instrument, timeframe), {})
        return [rows[opened] for opened in sorted(rows)]

    async def latest(
        self,
        instrument: InstrumentId,
        timeframe: Timeframe,
        count: int,
        before: datetime | None = None,
    ) -> Frame:
        rows = self.series(instrument, timeframe)
        rows = [row for row in rows if before is None or row.opened < before]
        return Frame.of(rows[-count:])

    async def range(self, instrument: InstrumentId, timeframe: Timeframe, span: Span) -> Frame:
        frame = Frame.of(self.series(instrument, timeframe))
        start, end = to_ms(span.start), to_ms(span.end)
        inside = (frame.time >= start) & (frame.time < end)
        first = int(inside.argmax()) if inside.any() else 0
        return frame.slice(first, first + int(inside.sum()))

    async def extent(self, instrument: InstrumentId, timeframe: Timeframe) -> Span | None:
        rows = self.series(instrument, timeframe)
        return Span(start=rows[0].opened, end=rows[-1].closes) if rows else None

    async def stored(self) -> Sequence[tuple[InstrumentId, Timeframe, int]]:
        return [(*key, len(rows)) for key, rows in self.rows.items()]


class InstrumentTable:
    """Be an `InstrumentStore` in memory."""

    def __init__(self, rows: Sequence[Instrument] = ()) -> None:
        self.rows = {row.id: row for row in rows}

    async def instruments(self) -> Sequence[Instrument]:
        return list(self.rows.values())

    async def save_instruments(self, instruments: Sequence[Instrument]) -> None:
        self.rows.update((row.id, row) for row in instruments)


async def until(condition: Any, timeout_s: float = 30.0) -> None:
    """Wait until the condition holds, or fail."""
    async with asyncio.timeout(timeout_s):
        while not condition():
            await asyncio.sleep(0.005)
