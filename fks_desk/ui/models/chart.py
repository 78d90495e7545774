"""Decide what the chart shows: which bars, which studies, and what to say when there are none."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

import numpy as np
from PySide6.QtCore import QObject, Signal

from fks_desk.core.clock import from_ms, to_ms
from fks_desk.core.frame import Frame
from fks_desk.core.messages import (
    CandleClosed,
    CandleMoved,
    CandlesRepaired,
    FeedState,
    WatchCandles,
    WatchMarket,
)
from fks_desk.core.model import (
    Account,
    Candle,
    Instrument,
    InstrumentId,
    Provenance,
    Span,
    Timeframe,
)
from fks_desk.core.nursery import Nursery
from fks_desk.core.ports import CandleReader, Send
from fks_desk.strategy.indicators import indicator
from fks_desk.strategy.indicators import names as indicator_names
from fks_desk.ui.bridge.bridge import Bridge
from fks_desk.ui.models.loading import Loader
from fks_desk.ui.models.market import MarketModel
from fks_desk.ui.models.series import Placed, Series
from fks_desk.ui.models.studies import Study
from fks_desk.ui.text import tr

FIRST_BARS = 2_000
CHUNK_BARS = 25_000  # summed up and drawn well inside one frame
MOST_BARS = 1_200_000  # loaded unasked; older bars come when somebody pans there
_PARTS = 3
_GUESSED_FROM = 200  # bars
_FEWEST_DIGITS, _MOST_DIGITS = 2, 10


class ChangeKind(StrEnum):
    """Say what became of the bars."""

    REPLACED = "replaced"
    SPLICED = "spliced"
    PREPENDED = "prepended"
    APPENDED = "appended"
    MOVED = "moved"


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """Name the bars that came or changed: from low up to, not including, high."""

    kind: ChangeKind
    low: int
    high: int


class ChartModel(QObject):
    """Hold the bars of one instrument and timeframe, live and as far back as is stored."""

    bars_changed = Signal(object)  # Change
    market_changed = Signal()  # instrument, timeframe or account
    state_changed = Signal()  # loading, feed, or the sentence in place of bars
    studies_changed = Signal()
    stored_changed = Signal()  # what is stored, for the symbol search
    failed = Signal(str)

    def __init__(
        self,
        *,
        candles: CandleReader,
        market: MarketModel,
        send: Send,
        nursery: Nursery,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self.series = Series()
        self.studies: list[Study] = []
        self.instrument_id: InstrumentId | None = None
        self.timeframe = Timeframe.M5
        self.account: Account | None = None
        self.stored: dict[InstrumentId, int] = {}
        self._candles = candles
        self._market = market
        self._send = send
        self._loader = Loader(nursery, self._on_failed)
        self._is_loading = False
        self._is_reading = False
        self._back_to_ms: int | None = None
        self._has_all = False
        self._digits = _FEWEST_DIGITS
        self._failure = ""
        self._early: dict[int, Candle] = {}
        self._last_candle: Candle | None = None
        self._repairs: Span | None = None
        market.instruments_changed.connect(self.market_changed)
        market.feed_moved.connect(self._on_feed_moved)

    def listen(self, bridge: Bridge) -> tuple[Callable[[], None], ...]:
        """Hear the candles; call what is returned to hear no more."""
        return (
            bridge.subscribe(CandleMoved, self.on_candle_moved),
            bridge.subscribe(CandleClosed, self.on_candle_closed),
            bridge.subscribe(CandlesRepaired, self.on_candles_repaired),
        )

    # what the pane shows

    @property
    def instrument(self) -> Instrument | None:
        """Return what is known of the instrument, or None (a file's may be known by name only)."""
        return None if self.instrument_id is None else self._market.instrument(self.instrument_id)

    @property
    def symbol(self) -> str:
        """Return the symbol as it is shown, such as BTC/USDT."""
        return "" if self.instrument_id is None else _parts(self.instrument_id)[2]

    @property
    def venue(self) -> str:
        """Return the venue's name."""
        return "" if self.instrument_id is None else _parts(self.instrument_id)[0]

    @property
    def known(self) -> list[InstrumentId]:
        """Return every instrument that a venue lists."""
        return [instrument.id for instrument in self._market.instruments()]

    @property
    def bar_ms(self) -> int:
        """Return a bar's length in milliseconds."""
        return self.timeframe.milliseconds

    @property
    def price_digits(self) -> int:
        """Return how many digits after the point a price has."""
        known = self.instrument
        return self._digits if known is None else known.price_digits

    @property
    def is_loading(self) -> bool:
        """Tell whether the first bars are on their way."""
        return self._is_loading

    @property
    def has_all(self) -> bool:
        """Tell whether no older bar is stored."""
        return self._has_all

    @property
    def feed(self) -> FeedState | None:
        """Return how the instrument's streams do, or None for one without a stream."""
        return None if self.instrument_id is None else self._market.feed(self.instrument_id)

    @property
    def is_offline(self) -> bool:
        """Tell whether nothing streams: the chart shows history alone."""
        return self.feed is None and self._last_candle is None

    @property
    def provenance(self) -> Provenance | None:
        """Return where the newest candle came from, if it came while the chart was open."""
        return None if self._last_candle is None else self._last_candle.provenance

    @property
    def last(self) -> Decimal | None:
        """Return the newest streamed close, exactly."""
        return None if self._last_candle is None else self._last_candle.close

    @property
    def message(self) -> str:
        """Return the sentence that stands in place of bars, or nothing when there are some."""
        if self.instrument_id is None:
            return tr("Type a symbol, such as BTC, to open a chart.")
        name = f"{self.symbol} {self.timeframe.value}"
        if len(self.series):
            return ""
        if self._failure:
            return tr("{reason} Press F5 to try again.", reason=self._failure)
        if self._is_loading:
            return tr("Loading {name} …", name=name)
        return tr(
            "No candles of {name} yet. They appear as the venue sends them; press a digit for "
            "another interval, or import a file with: fks-desk import",
            name=name,
        )

    # what a person does

    def show(self, instrument: InstrumentId, timeframe: Timeframe | None = None) -> None:
        """Show an instrument, at the timeframe of before unless another one is given."""
        timeframe = timeframe or self.timeframe
        if (instrument, timeframe) == (self.instrument_id, self.timeframe):
            return
        self.instrument_id, self.timeframe = instrument, timeframe
        self._last_candle = None
        self.market_changed.emit()
        self._send(WatchMarket(instrument=instrument))
        self._send(WatchCandles(instrument=instrument, timeframe=timeframe))
        self.reload()

    def set_timeframe(self, timeframe: Timeframe) -> None:
        """Show the same instrument at another timeframe."""
        if self.instrument_id is None:
            self.timeframe = timeframe
            self.market_changed.emit()
        else:
            self.show(self.instrument_id, timeframe)

    def set_account(self, account: Account | None) -> None:
        """Note whose orders the chart belongs to."""
        self.account = account
        self.market_changed.emit()

    def reload(self) -> None:
        """Read the bars anew."""
        if self.instrument_id is None:
            return
        self.series.clear()
        self._early.clear()
        self._back_to_ms = None
        self._is_loading, self._has_all, self._failure = True, False, ""
        self._rebuild_studies()
        self._tell(ChangeKind.REPLACED, 0, 0)
        self.state_changed.emit()
        instrument, timeframe = self.instrument_id, self.timeframe
        self._loader.start(lambda: self._read(instrument, timeframe), name="read candles")

    def read_stored(self) -> None:
        """Read which instruments have stored candles, imported ones too."""
        self._loader.start(self._read_stored, name="read stored candles")

    def want_older(self, moment_ms: int | None = None) -> None:
        """Read on into the past, a chunk or back to a moment, unless all is here."""
        if self.instrument_id is None or self._has_all or not len(self.series):
            return
        if moment_ms is not None:
            self._back_to_ms = min(moment_ms, self._back_to_ms or moment_ms)
        self._read_on(len(self.series) + CHUNK_BARS)

    def add_study(self, name: str, params: Mapping[str, float] | None = None) -> Study:
        """Add an indicator by name; raises ValueError if the name or a parameter is wrong."""
        study = Study.of(indicator(name), params)
        study.rebuild(self.series)
        self.studies.append(study)
        self.studies_changed.emit()
        return study

    async def prepare_studies(self, wanted: Mapping[str, Mapping[str, float]]) -> None:
        """Add indicators by name, loading their library beside the window's loop first."""
        await asyncio.to_thread(indicator_names)
        for name, params in wanted.items():
            self.add_study(name, params)

    def remove_study(self, study: Study) -> None:
        """Take an indicator off the chart."""
        self.studies.remove(study)
        self.studies_changed.emit()

    # what the engine tells

    def on_candle_moved(self, event: CandleMoved) -> None:
        """Show the candle in progress."""
        self._take(event.candle)

    def on_candle_closed(self, event: CandleClosed) -> None:
        """Show the finished candle."""
        self._take(event.candle)

    def on_candles_repaired(self, event: CandlesRepaired) -> None:
        """Read a repaired stretch again."""
        if (event.instrument, event.timeframe) != (self.instrument_id, self.timeframe):
            return
        if not len(self.series):
            self.reload()
            return
        older = self._repairs
        self._repairs = event.span if older is None else _joined(older, event.span)
        self._loader.start(self._read_repaired, name="read repaired candles")

    # reading

    async def _read(self, instrument: InstrumentId, timeframe: Timeframe) -> None:
        frame = await self._candles.latest(instrument, timeframe, FIRST_BARS)
        self._is_loading = False
        self.series.replace(frame)
        self._digits = _guessed_digits(self.series)
        self._rebuild_studies()
        self._tell(ChangeKind.REPLACED, 0, self.series.stop)
        self.state_changed.emit()
        early = sorted(self._early.items())
        self._early.clear()
        for _, candle in early:
            self._take(candle)
        if len(frame) < FIRST_BARS:
            self._has_all = True
        else:
            await self._read_older(instrument, timeframe, MOST_BARS)

    def _read_on(self, enough: int) -> None:
        instrument, timeframe = self.instrument_id, self.timeframe
        if instrument is not None and not self._is_reading:
            self._loader.start(
                lambda: self._read_older(instrument, timeframe, enough), name="read candles"
            )

    async def _read_older(
        self, instrument: InstrumentId, timeframe: Timeframe, enough: int
    ) -> None:
        self._is_reading = True
        try:
            while not self._has_all and (len(self.series) < enough or self._is_too_new):
                before = from_ms(int(self.series.time[0]))
                frame = await self._candles.latest(instrument, timeframe, CHUNK_BARS, before)
                self._has_all = len(frame) < CHUNK_BARS
                self._prepend(frame)
        finally:
            self._is_reading = False
        self.state_changed.emit()

    @property
    def _is_too_new(self) -> bool:
        return self._back_to_ms is not None and int(self.series.time[0]) > self._back_to_ms

    async def _read_stored(self) -> None:
        counts: dict[InstrumentId, int] = {}
        for instrument, _timeframe, count in await self._candles.stored():
            counts[instrument] = counts.get(instrument, 0) + count
        if counts != self.stored:
            self.stored = counts
            self.stored_changed.emit()

    async def _read_repaired(self) -> None:
        span, instrument, timeframe = self._repairs, self.instrument_id, self.timeframe
        if span is None or instrument is None or not len(self.series):
            return
        oldest = from_ms(int(self.series.time[0]))
        if span.end > oldest:
            known = Span(start=max(span.start, oldest), end=span.end)
            frame = await self._candles.range(instrument, timeframe, known)
            if (instrument, timeframe) != (self.instrument_id, self.timeframe):
                return
            self._splice(frame, to_ms(known.start), to_ms(known.end))
        self._repairs = None
        if span.start < oldest:
            # On a new desk the first live candle is here before its history.
            self._has_all = False
            self._read_on(MOST_BARS)

    def _prepend(self, frame: Frame) -> None:
        old = self.series.first
        if self.series.prepend(frame):
            for study in self.studies:
                study.refresh(self.series, self.series.first, old)
            self._tell(ChangeKind.PREPENDED, self.series.first, old)

    def _splice(self, frame: Frame, start_ms: int, end_ms: int) -> None:
        low, high, same = self.series.splice(frame, start_ms, end_ms)
        if same:
            for study in self.studies:
                study.refresh(self.series, low, high)
            self._tell(ChangeKind.MOVED, low, high)
        else:
            self._rebuild_studies()
            self._tell(ChangeKind.SPLICED, self.series.first, self.series.stop)

    def _take(self, candle: Candle) -> None:
        if (candle.instrument, candle.timeframe) != (self.instrument_id, self.timeframe):
            return
        if self._is_loading:
            self._early[to_ms(candle.opened)] = candle
            return
        was_empty = not len(self.series)
        placed, number = self.series.place(Frame.of([candle]))
        if placed is Placed.UNKNOWN:
            return
        if placed is not Placed.OLDER:
            self._note_last(candle)
        for study in self.studies:
            study.refresh(self.series, number, number + 1)
        kind = ChangeKind.APPENDED if placed is Placed.APPENDED else ChangeKind.MOVED
        self._tell(kind, number, number + 1)
        if was_empty:
            self._digits = _guessed_digits(self.series)
            self.state_changed.emit()

    def _note_last(self, candle: Candle) -> None:
        before, self._last_candle = self._last_candle, candle
        if before is None or before.provenance is not candle.provenance:
            self.state_changed.emit()

    def _rebuild_studies(self) -> None:
        for study in self.studies:
            study.rebuild(self.series)

    def _tell(self, kind: ChangeKind, low: int, high: int) -> None:
        self.bars_changed.emit(Change(kind=kind, low=low, high=high))

    def _on_failed(self, reason: str) -> None:
        self._is_loading = False
        self._failure = reason
        self.failed.emit(reason)
        self.state_changed.emit()

    def _on_feed_moved(self, instrument: InstrumentId) -> None:
        if instrument == self.instrument_id:
            self.state_changed.emit()


def _parts(instrument: InstrumentId) -> tuple[str, str, str]:
    parts = instrument.split(":", _PARTS - 1)
    if len(parts) != _PARTS:
        return "", "", instrument
    return parts[0], parts[1], parts[2]


def _joined(one: Span, other: Span) -> Span:
    return Span(start=min(one.start, other.start), end=max(one.end, other.end))


def _guessed_digits(series: Series) -> int:
    """Return how many digits after the point the newest closes use, two at least."""
    closes = series.frame(series.stop - _GUESSED_FROM).close
    closes = closes[np.isfinite(closes)]
    for digits in range(_FEWEST_DIGITS, _MOST_DIGITS):
        # A float of a decimal number is off by a few parts in 1e16 of its size.
        if np.allclose(closes, np.round(closes, digits), rtol=1e-12, atol=0.0):
            return digits
    return _MOST_DIGITS
