"""Offer made-up candles, and readers that give them out."""

from __future__ import annotations

from collections.abc import Coroutine, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import numpy as np

from fks_desk.core.clock import from_ms, to_ms
from fks_desk.core.frame import Frame
from fks_desk.core.model import (
    Candle,
    Instrument,
    InstrumentId,
    InstrumentKind,
    Span,
    Timeframe,
    VenueId,
)

START = datetime(2026, 3, 2, tzinfo=UTC)


def made_frame(
    count: int,
    *,
    timeframe: Timeframe = Timeframe.M5,
    end: datetime | None = None,
    price: float = 67_000.0,
    digits: int = 2,
    seed: int = 7,
) -> Frame:
    """Return a random walk whose calm and nervous stretches alternate, as markets' do."""
    noise = np.random.default_rng(seed)
    ticks = 12
    calm = np.exp(np.convolve(noise.normal(size=count + 200), np.ones(200) / 60, "valid")[:count])
    moves = noise.standard_t(4, size=(count, ticks)) * 0.00035 * calm[:, None]
    path = price * np.exp(np.cumsum(moves).reshape(count, ticks))
    close = path[:, -1].round(digits)
    opened = np.concatenate([[round(price, digits)], close[:-1]])
    high = np.maximum(path.max(axis=1).round(digits), np.maximum(opened, close))
    low = np.minimum(path.min(axis=1).round(digits), np.minimum(opened, close))
    swing = np.abs(moves).sum(axis=1)
    volume = (swing / swing.mean() * 40 * noise.lognormal(0, 0.5, count)).round(5)
    end_ms = to_ms(timeframe.floor(end or START + timedelta(days=90)))
    time = end_ms + np.arange(-count + 1, 1, dtype=np.int64) * timeframe.milliseconds
    return Frame(time=time, open=opened, high=high, low=low, close=close, volume=volume)


def made_instrument(symbol: str = "BTC/USDT", venue: str = "demo", **more: Any) -> Instrument:
    """Return an instrument with Binance's steps for bitcoin."""
    base, quote = symbol.split("/")
    values: dict[str, Any] = {"tick": Decimal("0.01"), "lot": Decimal("0.00001"), **more}
    return Instrument(
        venue=VenueId(venue),
        kind=InstrumentKind.SPOT,
        symbol=symbol,
        base=base,
        quote=quote,
        settle=quote,
        **values,
    )


def made_candle(
    instrument: InstrumentId,
    timeframe: Timeframe,
    opened: datetime,
    prices: tuple[str, str, str, str],
    *,
    volume: str = "1",
    is_closed: bool = False,
) -> Candle:
    """Return a candle from open, high, low and close."""
    first, high, low, last = map(Decimal, prices)
    return Candle(
        instrument=instrument,
        timeframe=timeframe,
        opened=opened,
        open=first,
        high=high,
        low=low,
        close=last,
        volume=Decimal(volume),
        is_closed=is_closed,
        ts_event=opened,
        ts_init=opened,
    )


class MadeCandles:
    """Read candles from frames, as storage does; counts what was asked."""

    def __init__(self, frames: dict[tuple[InstrumentId, Timeframe], Frame] | None = None) -> None:
        self.frames = frames or {}
        self.asked = 0

    async def latest(
        self,
        instrument: InstrumentId,
        timeframe: Timeframe,
        count: int,
        before: datetime | None = None,
    ) -> Frame:
        self.asked += 1
        frame = self.frames.get((instrument, timeframe), Frame.empty())
        stop = len(frame) if before is None else int(np.searchsorted(frame.time, to_ms(before)))
        return frame.slice(max(0, stop - count), stop)

    async def range(self, instrument: InstrumentId, timeframe: Timeframe, span: Span) -> Frame:
        self.asked += 1
        frame = self.frames.get((instrument, timeframe), Frame.empty())
        low, high = np.searchsorted(frame.time, [to_ms(span.start), to_ms(span.end)])
        return frame.slice(int(low), int(high))

    async def extent(self, instrument: InstrumentId, timeframe: Timeframe) -> Span | None:
        frame = self.frames.get((instrument, timeframe))
        if frame is None or not len(frame):
            return None
        end = from_ms(int(frame.time[-1])) + timeframe.delta
        return Span(start=from_ms(int(frame.time[0])), end=end)

    async def stored(self) -> Sequence[tuple[InstrumentId, Timeframe, int]]:
        return [(name, frame, len(rows)) for (name, frame), rows in self.frames.items()]


class MadeInstruments:
    """List the instruments given."""

    def __init__(self, instruments: Sequence[Instrument] = ()) -> None:
        self.known = list(instruments)

    async def instruments(self) -> Sequence[Instrument]:
        return self.known

    async def save_instruments(self, instruments: Sequence[Instrument]) -> None:
        self.known = list(instruments)


class MadeTrading:
    """Return the trading rows given."""

    def __init__(self, orders: Any = (), fills: Any = (), positions: Any = ()) -> None:
        self._orders, self._fills, self._positions = list(orders), list(fills), list(positions)

    async def accounts(self) -> Sequence[Any]:
        return []

    async def orders(self, account: Any, limit: int = 500) -> Sequence[Any]:
        return self._orders

    async def fills(self, account: Any, instrument: Any = None, limit: int = 500) -> Sequence[Any]:
        return self._fills

    async def positions(self, account: Any) -> Sequence[Any]:
        return self._positions

    async def balances(self, account: Any) -> Sequence[Any]:
        return []


class AtOnce:
    """Stand for a nursery that runs each coroutine to its end before it returns.

    The readers above never wait, so nothing is left to be run later.
    """

    class _Done:
        def cancel(self) -> bool:
            return False

        def done(self) -> bool:
            return True

    def start(self, work: Coroutine[Any, Any, Any], *, name: str) -> Any:
        try:
            while True:
                work.send(None)
        except StopIteration:
            return self._Done()
