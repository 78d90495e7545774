"""Know the instruments, their newest quotes and how fresh these are."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from PySide6.QtCore import QObject, Signal

from fks_desk.core.messages import (
    EngineReady,
    FeedMoved,
    FeedState,
    InstrumentsListed,
    TickerMoved,
)
from fks_desk.core.model import Instrument, InstrumentId, Ticker
from fks_desk.core.nursery import Nursery
from fks_desk.core.perpetuals import PerpetualMoved, PerpetualState
from fks_desk.core.ports import InstrumentStore
from fks_desk.ui.bridge.bridge import Bridge
from fks_desk.ui.models.loading import Loader

TICKER_STREAM = "ticker"
_WORST_FIRST = (FeedState.DOWN, FeedState.STALE, FeedState.CONNECTING, FeedState.LIVE)


class MarketModel(QObject):
    """Keep what several panes need of the market: one place, so that all show the same price."""

    instruments_changed = Signal()
    quote_moved = Signal(object)  # InstrumentId
    feed_moved = Signal(object)  # InstrumentId
    failed = Signal(str)

    def __init__(
        self, *, store: InstrumentStore, nursery: Nursery, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._store = store
        self._loader = Loader(nursery, self.failed.emit)
        self._instruments: dict[InstrumentId, Instrument] = {}
        self._tickers: dict[InstrumentId, Ticker] = {}
        self._perpetuals: dict[InstrumentId, PerpetualState] = {}
        self._feeds: dict[InstrumentId, dict[str, FeedState]] = {}

    def listen(self, bridge: Bridge) -> None:
        """Hear the events that move quotes."""
        bridge.subscribe(InstrumentsListed, self.on_instruments_listed)
        bridge.subscribe(TickerMoved, self.on_ticker_moved)
        bridge.subscribe(PerpetualMoved, self.on_perpetual_moved)
        bridge.subscribe(FeedMoved, self.on_feed_moved)
        bridge.subscribe(EngineReady, lambda _event: self.load())

    def load(self) -> None:
        """Read the instruments that are stored."""
        self._loader.start(self._load, name="read instruments")

    def instruments(self) -> Sequence[Instrument]:
        """Return every instrument known."""
        return tuple(self._instruments.values())

    def instrument(self, instrument: InstrumentId) -> Instrument | None:
        """Return an instrument, or None if it is not known."""
        return self._instruments.get(instrument)

    def ticker(self, instrument: InstrumentId) -> Ticker | None:
        """Return the newest quote, or None."""
        return self._tickers.get(instrument)

    def perpetual(self, instrument: InstrumentId) -> PerpetualState | None:
        """Return the newest mark price, funding and open interest, or None."""
        return self._perpetuals.get(instrument)

    def mark(self, instrument: InstrumentId) -> Decimal | None:
        """Return the price that positions are valued at: the last one traded."""
        ticker = self._tickers.get(instrument)
        return None if ticker is None else ticker.last

    def feed(self, instrument: InstrumentId) -> FeedState | None:
        """Return the state of the instrument's worst stream, or None before any is known."""
        states = set(self._feeds.get(instrument, {}).values())
        return next((state for state in _WORST_FIRST if state in states), None)

    def is_fed(self, instrument: InstrumentId) -> bool:
        """Tell whether any stream of the instrument was ever opened."""
        return instrument in self._feeds

    def streams(self, instrument: InstrumentId) -> Sequence[tuple[str, FeedState]]:
        """Return each stream of the instrument with its state, the worst first."""
        states = self._feeds.get(instrument, {})
        return sorted(states.items(), key=lambda one: (_WORST_FIRST.index(one[1]), one[0]))

    def rate(self, currency: str, into: str, venue: str) -> Decimal | None:
        """Return what one unit of a currency is worth in another at a venue, or None."""
        if currency == into:
            return Decimal(1)
        for instrument in self._instruments.values():
            if instrument.venue == venue and instrument.base == currency:
                mark = self.mark(instrument.id)
                if instrument.quote == into and mark is not None:
                    return mark
        return None

    def on_instruments_listed(self, event: InstrumentsListed) -> None:
        """Take the instruments in."""
        self._take(event.instruments)

    def on_ticker_moved(self, event: TickerMoved) -> None:
        """Keep the newest quote."""
        self._tickers[event.ticker.instrument] = event.ticker
        self.quote_moved.emit(event.ticker.instrument)

    def on_perpetual_moved(self, event: PerpetualMoved) -> None:
        """Keep the newest state of a perpetual."""
        self._perpetuals[event.state.instrument] = event.state
        self.quote_moved.emit(event.state.instrument)

    def on_feed_moved(self, event: FeedMoved) -> None:
        """Note how a stream does."""
        self._feeds.setdefault(event.instrument, {})[event.stream] = event.state
        self.feed_moved.emit(event.instrument)

    async def _load(self) -> None:
        self._take(await self._store.instruments())

    def _take(self, instruments: Sequence[Instrument]) -> None:
        self._instruments.update({instrument.id: instrument for instrument in instruments})
        self.instruments_changed.emit()
