"""Stand between a chart and the engine, and let nothing through that is later than a moment."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any, TypeVar

from fks_desk.core.frame import Frame
from fks_desk.core.messages import CandleClosed, CandleMoved, CandlesRepaired, Event
from fks_desk.core.model import InstrumentId, Span, Timeframe
from fks_desk.core.ports import CandleReader
from fks_desk.ui.bridge.bridge import Bridge

E = TypeVar("E", bound=Event)
_HELD = (CandleMoved, CandleClosed, CandlesRepaired)
_MILLISECOND = timedelta(milliseconds=1)


class Gate:
    """Be the candle reader and the source of events of one chart.

    While `until` is set, only bars that had closed by then can be read, and live
    candles are held back; `deliver` hands the chart a replayed one.
    """

    def __init__(self, candles: CandleReader, bridge: Bridge) -> None:
        self.until: datetime | None = None
        self._candles = candles
        self._bridge = bridge
        self._handlers: dict[type[Event], list[Callable[[Any], None]]] = {}
        for kind in _HELD:
            bridge.subscribe(kind, self._on_live)

    @property
    def whole(self) -> CandleReader:
        """Return the reader that knows the future too, for whoever plays it."""
        return self._candles

    def subscribe(self, kind: type[E], handler: Callable[[E], None]) -> Callable[[], None]:
        """Call the handler for each event let through; return the way to stop."""
        if kind not in _HELD:
            return self._bridge.subscribe(kind, handler)
        handlers = self._handlers.setdefault(kind, [])
        handlers.append(handler)
        return lambda: handlers.remove(handler)

    def deliver(self, event: Event) -> None:
        """Hand an event to the chart."""
        for handler in tuple(self._handlers.get(type(event), ())):
            handler(event)

    async def latest(
        self,
        instrument: InstrumentId,
        timeframe: Timeframe,
        count: int,
        before: datetime | None = None,
    ) -> Frame:
        """Return up to count candles that opened before the moment, oldest first."""
        if self.until is not None:
            # A bar that closes later than now would tell of the future.
            newest = self.until - timeframe.delta + _MILLISECOND
            before = newest if before is None else min(before, newest)
        return await self._candles.latest(instrument, timeframe, count, before)

    async def range(self, instrument: InstrumentId, timeframe: Timeframe, span: Span) -> Frame:
        """Return the candles that opened inside the span, oldest first."""
        if self.until is None:
            return await self._candles.range(instrument, timeframe, span)
        end = min(span.end, self.until - timeframe.delta + _MILLISECOND)
        if end <= span.start:
            return Frame.empty()
        return await self._candles.range(instrument, timeframe, Span(start=span.start, end=end))

    async def extent(self, instrument: InstrumentId, timeframe: Timeframe) -> Span | None:
        """Return the first open and the last close stored, or None if nothing is."""
        return await self._candles.extent(instrument, timeframe)

    async def stored(self) -> Sequence[tuple[InstrumentId, Timeframe, int]]:
        """Return what is stored: instrument, timeframe and count of candles."""
        return await self._candles.stored()

    def _on_live(self, event: Event) -> None:
        if self.until is None:
            self.deliver(event)
