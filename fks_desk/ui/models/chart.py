"""Decide what the chart shows: which bars, which studies, and what to say when there are none."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from decimal import Decimal

import numpy as np
from PySide6.QtCore import QObject, Signal

from fks_desk.core.messages import (
    CandleClosed,
    CandleMoved,
    CandlesRepaired,
    EngineReady,
    FeedState,
    HealthMoved,
    HealthState,
    WatchCandles,
    WatchMarket,
)
from fks_desk.core.model import Account, Candle, Instrument, InstrumentId, Provenance, Timeframe
from fks_desk.core.nursery import Nursery
from fks_desk.core.origins import CandleOrigin, CandleOrigins
from fks_desk.core.ports import CandleReader, Send
from fks_desk.strategy.indicators import Indicator, indicator
from fks_desk.strategy.indicators import names as indicator_names
from fks_desk.ui.bridge.bridge import Bridge
from fks_desk.ui.models.flow_studies import FlowStudies, FlowStudy
from fks_desk.ui.models.history import BarHistory, Change, ChangeKind
from fks_desk.ui.models.holes import Holes
from fks_desk.ui.models.loading import Loader
from fks_desk.ui.models.market import MarketModel
from fks_desk.ui.models.origins import OriginBook
from fks_desk.ui.models.series import Series
from fks_desk.ui.models.shaped import BarKind, Shaped
from fks_desk.ui.models.studies import Study
from fks_desk.ui.models.user_studies import UserStudies, UserStudy
from fks_desk.ui.text import tr

_PARTS = 3
_TIMED = frozenset({BarKind.TIME, BarKind.HEIKIN_ASHI})  # bars that trades can be counted in
_GUESSED_FROM = 200  # bars
_FEWEST_DIGITS, _MOST_DIGITS = 2, 10
_RECENT = 1_000  # bars in which a hole still matters to a trader


class ChartModel(QObject):
    """Show one instrument at one timeframe, with studies, live and as far back as is stored."""

    bars_changed = Signal(object)  # Change
    market_changed = Signal()  # instrument, timeframe or account
    state_changed = Signal()  # loading, feed, or the sentence in place of bars
    studies_changed = Signal()
    compared_changed = Signal()
    compared_moved = Signal()  # its newest bar alone
    origins_changed = Signal()  # where the candles came from is known better
    stored_changed = Signal()  # what is stored, for the symbol search
    failed = Signal(str)

    def __init__(
        self,
        *,
        candles: CandleReader,
        market: MarketModel,
        send: Send,
        nursery: Nursery,
        origins: CandleOrigins | None = None,
        user_studies: UserStudies | None = None,
        flow_studies: FlowStudies | None = None,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._user = user_studies
        self._flow = flow_studies
        self.studies: list[Study] = []
        self.account: Account | None = None
        self.compared: BarHistory | None = None
        self.stored: dict[InstrumentId, int] = {}
        self._history = BarHistory(candles=candles, nursery=nursery, parent=self)
        self._shaped = Shaped(self._history.series)
        self._holes = Holes(self._history.series)
        self._origins = (
            None
            if origins is None
            else OriginBook(origins=origins, nursery=nursery, on_read=self.origins_changed.emit)
        )
        self._candles = candles
        self._nursery = nursery
        self._market = market
        self._send = send
        self._loader = Loader(nursery, self.failed.emit)
        self._digits = _FEWEST_DIGITS
        self._no_engine = ""
        self._history.changed.connect(self._on_bars)
        self._history.state_changed.connect(self._on_read)
        self._history.failed.connect(self.failed)
        if user_studies is not None:
            user_studies.changed.connect(self._on_user_files)
            user_studies.computed.connect(self._on_computed)
        if flow_studies is not None:
            flow_studies.read.connect(self._on_flow)
            flow_studies.failed.connect(self.failed)
        market.instruments_changed.connect(self.market_changed)
        market.feed_moved.connect(self._on_feed_moved)

    def listen(self, bridge: Bridge) -> tuple[Callable[[], None], ...]:
        """Hear the candles; call what is returned to hear no more."""
        return (
            bridge.subscribe(CandleMoved, self.on_candle_moved),
            bridge.subscribe(CandleClosed, self.on_candle_closed),
            bridge.subscribe(CandlesRepaired, self.on_candles_repaired),
            bridge.subscribe(EngineReady, self.on_engine_ready),
            bridge.subscribe(HealthMoved, self.on_health_moved),
        )

    # what the pane shows

    @property
    def series(self) -> Series:
        """Return the bars that are drawn."""
        return self._shaped.series

    @property
    def candles(self) -> Series:
        """Return the candles that the bars are made of; they are the bars unless shaped."""
        return self._history.series

    @property
    def kind(self) -> BarKind:
        """Return what a bar holds."""
        return self._shaped.kind

    @property
    def bar_size(self) -> float:
        """Return the height of a brick or range, or the volume of a bar; NaN for bars of time."""
        return self._shaped.size

    @property
    def instrument_id(self) -> InstrumentId | None:
        """Return the name of the instrument on show."""
        return self._history.instrument

    @property
    def timeframe(self) -> Timeframe:
        """Return the timeframe on show."""
        return self._history.timeframe

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
    def user_indicators(self) -> list[Indicator]:
        """Return the indicators of the user's own folder, and those of recorded trades."""
        own = [] if self._user is None else self._user.indicators
        return own if self._flow is None else [*own, *self._flow.indicators]

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
        return self._history.is_loading

    @property
    def has_all(self) -> bool:
        """Tell whether no older bar is stored."""
        return self._history.has_all

    @property
    def feed(self) -> FeedState | None:
        """Return how the instrument's streams do, or None for one without a stream."""
        return None if self.instrument_id is None else self._market.feed(self.instrument_id)

    @property
    def is_offline(self) -> bool:
        """Tell whether nothing streams: the chart shows history alone."""
        return self.feed is None and self._history.last_candle is None

    @property
    def provenance(self) -> Provenance | None:
        """Return where the newest candle came from, if it came while the chart was open."""
        candle = self._history.last_candle
        return None if candle is None else candle.provenance

    @property
    def holes(self) -> Holes:
        """Return where candles are missing; bars that are no candles have no holes."""
        return self._holes if self.series is self._history.series else Holes(Series())

    @property
    def lost_from(self) -> int | None:
        """Return the number of the bar from which on nothing arrives, or None while it does."""
        is_lost = self.feed is FeedState.DOWN and len(self.series) > 0
        return self.series.stop if is_lost else None

    @property
    def recent_holes(self) -> int:
        """Return how many holes there are among the newest bars."""
        stop = self.series.stop
        return int(self.holes.between(stop - _RECENT, stop).size)

    def origin(self, number: int) -> CandleOrigin | None:
        """Return where a candle came from, or None while that is not known."""
        candles = self._history.series
        if self._origins is None or self.series is not candles:
            return None
        if not candles.first <= number < candles.stop:
            return None
        return self._origins.origin(candles.time_at(number, self.bar_ms))

    @property
    def last(self) -> Decimal | None:
        """Return the newest streamed close, exactly."""
        candle = self._history.last_candle
        return None if candle is None else candle.close

    @property
    def message(self) -> str:
        """Return the sentence that stands in place of bars, or nothing when there are some."""
        if self.instrument_id is None:
            return tr("Type a symbol, such as BTC, to open a chart.")
        if len(self.series):
            return ""
        name = f"{self.symbol} {self.timeframe.value}"
        if self._no_engine:
            return self._no_engine
        if self._history.failure:
            return tr("{reason} Press F5 to try again.", reason=self._history.failure)
        if self.is_loading:
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
        self._history.show(instrument, timeframe)
        if self._origins is not None:
            self._origins.show(instrument, timeframe)
        self._count_holes()
        self.market_changed.emit()
        self._send(WatchMarket(instrument=instrument))
        self._send(WatchCandles(instrument=instrument, timeframe=timeframe))
        if self.compared is not None and self.compared.timeframe is not timeframe:
            self.compare(self.compared.instrument)

    def set_timeframe(self, timeframe: Timeframe) -> None:
        """Show the same instrument at another timeframe."""
        if self.instrument_id is None:
            self._history.timeframe = timeframe
            self.market_changed.emit()
        else:
            self.show(self.instrument_id, timeframe)

    def set_kind(self, kind: BarKind, size: float | None = None) -> None:
        """Make bars of another kind from the candles; a size left out follows from them."""
        if kind is self.kind and (size is None or size == self.bar_size):
            return
        self._shaped.choose(kind, size)
        change = Change(kind=ChangeKind.REPLACED, low=self.series.first, high=self.series.stop)
        self._tell_bars(change)
        self.market_changed.emit()

    def set_account(self, account: Account | None) -> None:
        """Note whose orders the chart belongs to."""
        self.account = account
        self.market_changed.emit()

    def reload(self) -> None:
        """Read the bars anew."""
        self._history.reload()

    def read_stored(self) -> None:
        """Read which instruments have stored candles, imported ones too."""
        self._loader.start(self._read_stored, name="read stored candles")

    def want_older(self, moment_ms: int | None = None) -> None:
        """Read on into the past, a chunk or back to a moment, unless all is here."""
        self._history.want_older(moment_ms)

    def add_study(self, name: str, params: Mapping[str, float] | None = None) -> Study:
        """Add an indicator by name; raises ValueError if the name or a parameter is wrong."""
        study = self._new_study(name, params)
        self.studies.append(study)
        self._rebuild(study)
        self.studies_changed.emit()
        return study

    async def prepare_studies(self, wanted: Mapping[str, Mapping[str, float]]) -> None:
        """Add indicators by name, loading their library beside the window's loop first."""
        await asyncio.to_thread(indicator_names)
        for name, params in wanted.items():
            self.add_study(name, params)

    def change_study(self, study: Study, params: Mapping[str, float]) -> None:
        """Give a study other parameters; raises ValueError if one is wrong."""
        study.change(params)
        self._rebuild(study)
        self.studies_changed.emit()

    def compare(self, instrument: InstrumentId | None) -> None:
        """Lay another instrument over the bars, or none."""
        if self.compared is not None:
            self.compared.deleteLater()
        self.compared = None
        if instrument is not None:
            compared = BarHistory(candles=self._candles, nursery=self._nursery, parent=self)
            compared.changed.connect(self._on_compared_bars)
            compared.failed.connect(self.failed)
            compared.state_changed.connect(self._on_compared)
            self.compared = compared
            compared.show(instrument, self.timeframe)
            self._send(WatchCandles(instrument=instrument, timeframe=self.timeframe))
        self.compared_changed.emit()

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
        shown = (event.candle.instrument, event.candle.timeframe)
        if self._origins is not None and shown == (self.instrument_id, self.timeframe):
            self._origins.note(event.candle)

    def on_candles_repaired(self, event: CandlesRepaired) -> None:
        """Read a repaired stretch again."""
        shown = (event.instrument, event.timeframe)
        if self._origins is not None and shown == (self.instrument_id, self.timeframe):
            self._origins.forget()
        self._history.repair(event.instrument, event.timeframe, event.span)

    def on_engine_ready(self, _event: EngineReady) -> None:
        """Try again what the engine could not answer before."""
        if self._history.failure and not len(self.series):
            self.reload()

    def on_health_moved(self, event: HealthMoved) -> None:
        """Say in place of bars why there is no engine to read them."""
        if event.part == "engine" and event.state is HealthState.BAD:
            self._no_engine = f"{event.detail}\n{event.next_step}"
            self.state_changed.emit()

    def _on_bars(self, change: Change) -> None:
        """Bring digits, bars and studies up to date before anybody paints them."""
        if change.kind.is_whole or len(self.candles) == 1:
            self._digits = _guessed_digits(self.candles)
        holes = len(self._holes)
        self._holes.follow(change)
        for shaped in self._shaped.follow(change):
            self._tell_bars(shaped)
        if len(self._holes) != holes:
            self.state_changed.emit()

    def _on_compared_bars(self, change: Change) -> None:
        other = self.compared
        is_newest = other is not None and change.low == other.series.stop - 1
        moved = change.kind is ChangeKind.MOVED and is_newest
        (self.compared_moved if moved else self.compared_changed).emit()

    def _tell_bars(self, change: Change) -> None:
        for study in self.studies:
            if change.kind.is_whole:
                self._rebuild(study)
            else:
                study.refresh(self.series, change.low, change.high)
                self._compute_own(study)
        self.bars_changed.emit(change)

    def _rebuild(self, study: Study) -> None:
        study.rebuild(self.series)
        self._compute_own(study)

    def _new_study(self, name: str, params: Mapping[str, float] | None) -> Study:
        if self._user is not None and self._user.has(name):
            return self._user.study(name, params)
        if self._flow is not None and self._flow.has(name):
            return self._flow.study(name)
        return Study.of(indicator(name), params)

    def _compute_own(self, study: Study) -> None:
        if self._user is not None and isinstance(study, UserStudy):
            self._user.compute(study)
        flow, shown = self._flow, self.instrument_id
        if isinstance(study, FlowStudy) and flow is not None and shown is not None:
            if self.kind in _TIMED:
                flow.compute(study, shown, self.timeframe)
            else:
                study.error = tr("trades are counted in bars of time alone")

    def _on_user_files(self) -> None:
        """Put the file as it is now in place of what was read from it."""
        if self._user is None:
            return
        for place, study in enumerate(self.studies):
            if isinstance(study, UserStudy):
                kept = {
                    one.name for one in self._user.study(study.indicator.name).indicator.parameters
                }
                params = {name: value for name, value in study.params.items() if name in kept}
                self.studies[place] = self._user.study(study.indicator.name, params)
                self._rebuild(self.studies[place])
        self.studies_changed.emit()

    def _on_computed(self, study: Study) -> None:
        if study in self.studies:
            self.studies_changed.emit()

    def _on_flow(self, study: Study, low: int) -> None:
        if study not in self.studies:
            return
        if low < self.series.first:
            self.studies_changed.emit()
        else:
            change = Change(kind=ChangeKind.MOVED, low=low, high=self.series.stop)
            self.bars_changed.emit(change)

    def _take(self, candle: Candle) -> None:
        self._history.take(candle)
        if self.compared is not None:
            self.compared.take(candle)

    def _on_compared(self) -> None:
        """Say why there is no second line: none is drawn without candles of this length."""
        compared = self.compared
        if compared is None or compared.is_loading or compared.failure or len(compared.series):
            return
        name = "" if compared.instrument is None else _parts(compared.instrument)[2]
        self.failed.emit(
            tr(
                "There are no {timeframe} candles of {symbol} yet to compare with. Choose another "
                "interval, or download or import them.",
                timeframe=compared.timeframe.value,
                symbol=name,
            )
        )

    def _on_read(self) -> None:
        for shaped in self._shaped.complete():
            self._tell_bars(shaped)
        self.state_changed.emit()

    def _count_holes(self) -> None:
        """Count missing candles as holes where candles stream.

        A file of another market may pause every night, and nobody fills that.
        """
        step_ms = self.bar_ms if self.feed is not None else 0
        candles = self._history.series
        if step_ms != candles.step_ms:
            candles.step_ms = step_ms
            if len(candles):
                kind = ChangeKind.SPLICED
                self._on_bars(Change(kind=kind, low=candles.first, high=candles.stop))

    async def _read_stored(self) -> None:
        counts: dict[InstrumentId, int] = {}
        for instrument, _timeframe, count in await self._candles.stored():
            counts[instrument] = counts.get(instrument, 0) + count
        if counts != self.stored:
            self.stored = counts
            self.stored_changed.emit()

    def _on_feed_moved(self, instrument: InstrumentId) -> None:
        if instrument == self.instrument_id:
            self._count_holes()
            self.state_changed.emit()


def _parts(instrument: InstrumentId) -> tuple[str, str, str]:
    parts = instrument.split(":", _PARTS - 1)
    if len(parts) != _PARTS:
        return "", "", instrument
    return parts[0], parts[1], parts[2]


def _guessed_digits(series: Series) -> int:
    """Return how many digits after the point the newest closes use, two at least."""
    closes = series.frame(series.stop - _GUESSED_FROM).close
    closes = closes[np.isfinite(closes)]
    for digits in range(_FEWEST_DIGITS, _MOST_DIGITS):
        # A float of a decimal number is off by a few parts in 1e16 of its size.
        if np.allclose(closes, np.round(closes, digits), rtol=1e-12, atol=0.0):
            return digits
    return _MOST_DIGITS
