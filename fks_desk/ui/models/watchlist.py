"""Decide what the watchlist shows and which instrument is chosen."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from PySide6.QtCore import QObject, Signal

from fks_desk.core.messages import EngineReady, FeedState, WatchMarket
from fks_desk.core.model import Instrument, InstrumentId, InstrumentKind, VenueId
from fks_desk.core.nursery import Nursery
from fks_desk.core.perpetuals import PerpetualState
from fks_desk.core.ports import CandleReader, Send
from fks_desk.ui.bridge.bridge import Bridge
from fks_desk.ui.models.batch import Batch
from fks_desk.ui.models.loading import Loader
from fks_desk.ui.models.market import MarketModel

_PERPETUAL = ".P"  # as charting sites write it
MOST_WATCHED = 50  # quotes kept coming by the list itself; a chosen instrument always is


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchRow:
    """Hold one line of the watchlist."""

    instrument: InstrumentId
    symbol: str
    venue: str
    digits: int
    last: Decimal | None = None
    bid: Decimal | None = None
    ask: Decimal | None = None
    change_pct: Decimal | None = None
    feed: FeedState | None = None
    streams: tuple[tuple[str, FeedState], ...] = ()
    perpetual: PerpetualState | None = None
    is_offline: bool = False
    is_chosen: bool = False
    candles: int = 0

    @property
    def order(self) -> tuple[bool, str, str]:
        """Return what the list is sorted by: instruments with a feed first."""
        return self.is_offline, self.symbol, self.venue


class WatchlistModel(QObject):
    """Join listed instruments with those that only have stored candles."""

    rows_reset = Signal(object)  # list[WatchRow]
    rows_changed = Signal(object)  # list[WatchRow]
    instrument_chosen = Signal(object)  # InstrumentId
    failed = Signal(str)

    def __init__(
        self,
        *,
        venue: VenueId,
        market: MarketModel,
        candles: CandleReader,
        send: Send,
        nursery: Nursery,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._venue = venue
        self._market = market
        self._candles = candles
        self._send = send
        self._loader = Loader(nursery, self.failed.emit)
        self._stored: dict[InstrumentId, int] = {}
        self._watched: set[InstrumentId] = set()
        self._needle = ""
        self._batch = Batch(self._tell, parent=self)
        self.chosen: InstrumentId | None = None
        market.instruments_changed.connect(self._on_instruments)
        market.quote_moved.connect(self._batch.add)
        market.feed_moved.connect(self._batch.add)

    def listen(self, bridge: Bridge) -> None:
        """Read what is stored once the engine can answer."""
        bridge.subscribe(EngineReady, lambda _event: self.load())

    def load(self) -> None:
        """Read which instruments have stored candles."""
        self._loader.start(self._load, name="read stored candles")

    def rows(self) -> list[WatchRow]:
        """Return the lines that the filter lets through, in their order."""
        rows = [self._row(instrument) for instrument in self._ids()]
        return sorted((row for row in rows if self._passes(row)), key=lambda row: row.order)

    def set_filter(self, text: str) -> None:
        """Show only symbols that contain these letters; slashes and case do not matter."""
        self._needle = _letters(text)
        self.rows_reset.emit(self.rows())

    def choose(self, instrument: InstrumentId) -> None:
        """Make an instrument the one that chart and ticket show."""
        self.mark(instrument)
        self.instrument_chosen.emit(instrument)

    def mark(self, instrument: InstrumentId) -> None:
        """Mark the instrument that was chosen elsewhere."""
        before, self.chosen = self.chosen, instrument
        self._watch(instrument)
        self._tell([key for key in (before, instrument) if key is not None])

    def step(self, lines: int) -> None:
        """Choose the instrument that stands so many lines below the chosen one."""
        ids = [row.instrument for row in self.rows()]
        if not ids:
            return
        here = ids.index(self.chosen) if self.chosen in ids else -lines
        self.choose(ids[(here + lines) % len(ids)])

    def flush(self) -> None:
        """Tell of gathered changes now."""
        self._batch.flush()

    async def _load(self) -> None:
        counts: dict[InstrumentId, int] = {}
        for instrument, _timeframe, count in await self._candles.stored():
            counts[instrument] = counts.get(instrument, 0) + count
        self._stored = counts
        self.rows_reset.emit(self.rows())

    def _on_instruments(self) -> None:
        for instrument in self._market.instruments():
            if len(self._watched) < MOST_WATCHED:
                self._watch(instrument.id)
        self.rows_reset.emit(self.rows())

    def _watch(self, instrument: InstrumentId) -> None:
        known = self._market.instrument(instrument)
        if known is None or not self._has_feed(known) or instrument in self._watched:
            return
        self._watched.add(instrument)
        self._send(WatchMarket(instrument=instrument))

    def _has_feed(self, instrument: Instrument) -> bool:
        """Tell whether news come or can be asked for; of other venues the engine decides."""
        if instrument.venue == self._venue:
            return instrument.is_trading
        return self._market.is_fed(instrument.id)

    def _ids(self) -> Sequence[InstrumentId]:
        listed = {one.id: None for one in self._market.instruments() if self._has_feed(one)}
        return list(listed | dict.fromkeys(self._stored))

    def _passes(self, row: WatchRow) -> bool:
        return self._needle in _letters(row.symbol) or self._needle in _letters(row.instrument)

    def _tell(self, keys: Sequence[Hashable]) -> None:
        ids = set(self._ids())
        rows = [self._row(InstrumentId(str(key))) for key in keys if key in ids]
        passed = [row for row in rows if self._passes(row)]
        if passed:
            self.rows_changed.emit(passed)

    def _row(self, instrument: InstrumentId) -> WatchRow:
        known = self._market.instrument(instrument)
        ticker = self._market.ticker(instrument)
        venue, kind, symbol = instrument.split(":", 2)
        return WatchRow(
            instrument=instrument,
            symbol=symbol if kind == InstrumentKind.SPOT else f"{symbol}{_PERPETUAL}",
            venue=venue,
            digits=2 if known is None else known.price_digits,
            last=ticker.last if ticker else None,
            bid=ticker.bid if ticker else None,
            ask=ticker.ask if ticker else None,
            change_pct=ticker.change_pct if ticker else None,
            feed=self._market.feed(instrument),
            streams=tuple(self._market.streams(instrument)),
            perpetual=self._market.perpetual(instrument),
            is_offline=known is None or not self._has_feed(known),
            is_chosen=instrument == self.chosen,
            candles=self._stored.get(instrument, 0),
        )


def _letters(text: str) -> str:
    return "".join(letter for letter in text.casefold() if letter.isalnum())
