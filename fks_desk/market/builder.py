"""Close bars from a stream of candle states and notice what is missing between them."""

from __future__ import annotations

from datetime import datetime

from fks_desk.core.messages import CandleClosed, CandleMoved, Event, GapFound
from fks_desk.core.model import Candle, InstrumentId, Span, Timeframe
from fks_desk.market.window import HotWindow

_NUMBERS = ("open", "high", "low", "close", "volume")


class CandleBuilder:
    """Turn one stream's states into events, in order, each bar closed once.

    Every state carries its whole bar, so a lost state does no harm unless it was
    the last of its bar: then the bar is a gap, never a guess.
    """

    def __init__(
        self, *, instrument: InstrumentId, timeframe: Timeframe, window: HotWindow
    ) -> None:
        self.window = window
        self._instrument = instrument
        self._timeframe = timeframe
        self._next: datetime | None = None

    @property
    def next_open(self) -> datetime | None:
        """Return the open time of the first bar that is not closed yet, None at first."""
        return self._next

    def take(self, candle: Candle) -> list[Event]:
        """Return what a new state of a bar means; an old bar means nothing."""
        if self._next is None:
            self._next = candle.opened
        if candle.opened < self._next:
            return []
        events: list[Event] = []
        if candle.opened > self._next:
            events.append(self._gap(Span(start=self._next, end=candle.opened)))
            self._next = candle.opened
        events.append(self._close(candle) if candle.is_closed else CandleMoved(candle=candle))
        return events

    def corrects(self, candle: Candle) -> bool:
        """Tell whether a bar that ended long ago arrives only now, or with other numbers."""
        if self._next is None or candle.opened >= self._next or not candle.is_closed:
            return False
        known = self.window.find(candle.opened)
        return known is None or any(
            getattr(known, name) != getattr(candle, name) for name in _NUMBERS
        )

    def _close(self, candle: Candle) -> CandleClosed:
        self.window.put(candle)
        self._next = candle.closes
        return CandleClosed(candle=candle)

    def _gap(self, span: Span) -> GapFound:
        return GapFound(instrument=self._instrument, timeframe=self._timeframe, span=span)
