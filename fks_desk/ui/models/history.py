"""Keep the bars of one instrument and timeframe: stored ones, streamed ones and repairs."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from PySide6.QtCore import QObject, Signal

from fks_desk.core.clock import from_ms, to_ms
from fks_desk.core.frame import Frame
from fks_desk.core.model import Candle, InstrumentId, Span, Timeframe
from fks_desk.core.nursery import Nursery
from fks_desk.core.ports import CandleReader
from fks_desk.ui.models.loading import Loader
from fks_desk.ui.models.series import Placed, Series

FIRST_BARS = 2_000
CHUNK_BARS = 25_000  # summed up and drawn well inside one frame
MOST_BARS = 1_200_000  # loaded unasked; older bars come when somebody pans there


class ChangeKind(StrEnum):
    """Say what became of the bars."""

    REPLACED = "replaced"
    SPLICED = "spliced"
    PREPENDED = "prepended"
    APPENDED = "appended"
    MOVED = "moved"

    @property
    def is_whole(self) -> bool:
        """Tell whether every bar may have another number or value."""
        return self in {ChangeKind.REPLACED, ChangeKind.SPLICED}


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """Name the bars that came or changed: from low up to, not including, high."""

    kind: ChangeKind
    low: int
    high: int


class BarHistory(QObject):
    """Read the newest bars first, the rest in chunks, and place what streams in."""

    changed = Signal(object)  # Change
    state_changed = Signal()  # loading, all loaded, failed, or the newest candle's origin
    failed = Signal(str)

    def __init__(
        self, *, candles: CandleReader, nursery: Nursery, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self.series = Series()
        self.instrument: InstrumentId | None = None
        self.timeframe = Timeframe.M5
        self.is_loading = False
        self.has_all = False
        self.failure = ""
        self.last_candle: Candle | None = None
        self._candles = candles
        self._loader = Loader(nursery, self._on_failed)
        self._repairer = Loader(nursery, self._on_repair_failed)
        self._epoch = 0  # counts reloads: what was asked before one answers nothing after it
        self._is_reading = False
        self._enough = 0
        self._is_outdated = False  # candles were stored behind the oldest bar since we asked
        self._is_repair_due = False
        self._back_to_ms: int | None = None
        self._early: dict[int, Candle] = {}
        self._repairs: Span | None = None

    def show(self, instrument: InstrumentId, timeframe: Timeframe) -> None:
        """Hold the bars of this instrument and timeframe."""
        self.instrument, self.timeframe = instrument, timeframe
        self.last_candle = None
        self.reload()

    def reload(self) -> None:
        """Read the bars anew."""
        if self.instrument is None:
            return
        self.series.clear()
        self._early.clear()
        self._back_to_ms = self._repairs = None
        self._epoch += 1
        self._enough, self._is_reading, self._is_repair_due = 0, False, False
        self.is_loading, self.has_all, self.failure = True, False, ""
        self._tell(ChangeKind.REPLACED, 0, 0)
        self.state_changed.emit()
        instrument, timeframe = self.instrument, self.timeframe
        self._loader.start(lambda: self._read(instrument, timeframe), name="read candles")

    def want_older(self, moment_ms: int | None = None) -> None:
        """Read on into the past, a chunk or back to a moment, unless all is here."""
        if self.has_all or not len(self.series):
            return
        if moment_ms is not None:
            self._back_to_ms = min(moment_ms, self._back_to_ms or moment_ms)
        self._read_on(len(self.series) + CHUNK_BARS)

    def take(self, candle: Candle) -> None:
        """Place a streamed candle; those of other charts are left alone."""
        if (candle.instrument, candle.timeframe) != (self.instrument, self.timeframe):
            return
        if self.is_loading:
            self._early[to_ms(candle.opened)] = candle
            return
        was_empty = not len(self.series)
        placed, number = self.series.place(Frame.of([candle]))
        if placed is Placed.UNKNOWN:
            return
        if placed is not Placed.OLDER:
            self._note_last(candle)
        kind = ChangeKind.APPENDED if placed is Placed.APPENDED else ChangeKind.MOVED
        self._tell(kind, number, number + 1)
        if was_empty:
            self.state_changed.emit()
        if self._is_repair_due and placed is Placed.APPENDED:
            self._start_repair()

    def repair(self, instrument: InstrumentId, timeframe: Timeframe, span: Span) -> None:
        """Read a repaired stretch again."""
        if (instrument, timeframe) != (self.instrument, self.timeframe):
            return
        if not len(self.series):
            self.reload()
            return
        older = self._repairs
        self._repairs = span if older is None else _joined(older, span)
        self._start_repair()

    async def _read(self, instrument: InstrumentId, timeframe: Timeframe) -> None:
        frame = await self._candles.latest(instrument, timeframe, FIRST_BARS)
        self.is_loading = False
        self.series.replace(frame)
        self._tell(ChangeKind.REPLACED, 0, self.series.stop)
        self.state_changed.emit()
        early = sorted(self._early.items())
        self._early.clear()
        for _, candle in early:
            self.take(candle)
        if len(frame) < FIRST_BARS:
            self.has_all = True
        else:
            self._enough = MOST_BARS
            await self._read_older(instrument, timeframe)

    def _read_on(self, enough: int) -> None:
        instrument, timeframe = self.instrument, self.timeframe
        self._enough = max(self._enough, enough)
        if instrument is not None and not self._is_reading and not self.is_loading:
            self._loader.start(lambda: self._read_older(instrument, timeframe), name="read candles")

    async def _read_older(self, instrument: InstrumentId, timeframe: Timeframe) -> None:
        epoch, self._is_reading = self._epoch, True
        try:
            while not self.has_all and (len(self.series) < self._enough or self._is_too_new):
                before = from_ms(int(self.series.time[0]))
                self._is_outdated = False
                frame = await self._candles.latest(instrument, timeframe, CHUNK_BARS, before)
                if epoch != self._epoch:
                    return
                self.has_all = len(frame) < CHUNK_BARS and not self._is_outdated
                old = self.series.first
                if self.series.prepend(frame):
                    self._tell(ChangeKind.PREPENDED, self.series.first, old)
        finally:
            if epoch == self._epoch:
                self._is_reading = False
        self.state_changed.emit()

    @property
    def _is_too_new(self) -> bool:
        return self._back_to_ms is not None and int(self.series.time[0]) > self._back_to_ms

    def _start_repair(self) -> None:
        self._is_repair_due = False
        self._repairer.start(self._read_repaired, name="read repaired candles")

    async def _read_repaired(self) -> None:
        span, instrument, timeframe = self._repairs, self.instrument, self.timeframe
        if span is None or instrument is None or not len(self.series):
            return
        epoch = self._epoch
        oldest = from_ms(int(self.series.time[0]))
        if span.end > oldest:
            known = Span(start=max(span.start, oldest), end=span.end)
            frame = await self._candles.range(instrument, timeframe, known)
            if epoch != self._epoch:
                return
            self._splice(frame, to_ms(known.start), to_ms(known.end))
        self._repairs = None
        if not len(self.series):
            self.reload()
        elif span.start < oldest:
            # On a new desk the first live candle is here before its history. A read that is
            # on its way may have been answered before these candles were stored.
            self.has_all, self._is_outdated = False, True
            self._read_on(MOST_BARS)

    def _splice(self, frame: Frame, start_ms: int, end_ms: int) -> None:
        low, high, is_same = self.series.splice(frame, start_ms, end_ms)
        if is_same:
            self._tell(ChangeKind.MOVED, low, high)
        else:
            self._tell(ChangeKind.SPLICED, self.series.first, self.series.stop)

    def _note_last(self, candle: Candle) -> None:
        before, self.last_candle = self.last_candle, candle
        if before is None or before.provenance is not candle.provenance:
            self.state_changed.emit()

    def _tell(self, kind: ChangeKind, low: int, high: int) -> None:
        self.changed.emit(Change(kind=kind, low=low, high=high))

    def _on_failed(self, reason: str) -> None:
        self.is_loading = False
        self.failure = reason
        self.failed.emit(reason)
        self.state_changed.emit()

    def _on_repair_failed(self, reason: str) -> None:
        """Ask again with the next bar: the hole stays on the chart until then."""
        self._is_repair_due = True
        self.failed.emit(reason)


def _joined(one: Span, other: Span) -> Span:
    return Span(start=min(one.start, other.start), end=max(one.end, other.end))
