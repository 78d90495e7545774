"""Keep a chart's order flow current: read recorded trades beside the window, newest first."""

from __future__ import annotations

from PySide6.QtCore import QObject, QTimer, Signal

from fks_desk.core.clock import from_ms
from fks_desk.core.flow import FlowReader, TradeFlow
from fks_desk.core.model import InstrumentId, Span, Timeframe
from fks_desk.core.nursery import Nursery
from fks_desk.strategy.indicators import Indicator
from fks_desk.strategy.order_flow import deltas, order_flow_indicators, running_total
from fks_desk.ui.models.loading import Loader
from fks_desk.ui.models.series import Series
from fks_desk.ui.models.studies import Study
from fks_desk.ui.text import tr

_MOST_BARS = 50_000  # newest ones whose trades are read
_PAUSE_MS = 1_000  # between two readings of one study


class FlowStudy(Study):
    """Hold the delta of each bar, or its running total; values come later, from the database."""

    __slots__ = ("flow", "read_from", "series", "since")

    def rebuild(self, series: Series) -> None:
        """Show nothing until there are trades."""
        self.series = series
        self.flow = TradeFlow.empty()
        self.read_from: int | None = None
        self.since = object()  # another one with every new beginning
        self.lines = {}
        self._carry = None
        self._make_room(series)

    def refresh(self, series: Series, low: int, high: int) -> None:  # noqa: ARG002  as `Study` has it
        """Make room for what came; values follow."""
        self.series = series
        self._make_room(series)

    @property
    def first_wanted(self) -> int:
        """Return the oldest bar whose trades are read."""
        return max(self.series.first, self.series.stop - _MOST_BARS)

    def take(self, newer: TradeFlow, start_ms: int) -> int:
        """Put a reading in its place and return the number of the first bar that may differ."""
        series = self.series
        self.flow = self.flow.followed_by(newer, start_ms)
        low = self.first_wanted
        delta = deltas(series.frame(low), self.flow)
        values = running_total(delta) if self.indicator.name == "CVD" else delta
        name = self.indicator.outputs[0].name
        self.lines[name].between(low, series.stop)[0] = values
        return max(low, min(series.number_at(start_ms), series.stop - 1))


class FlowStudies(QObject):
    """Offer order flow as indicators, and read the trades of the studies made of them."""

    read = Signal(object, object)  # FlowStudy, and the first bar that differs; below zero: all
    failed = Signal(str)

    def __init__(
        self, *, reader: FlowReader, nursery: Nursery, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self.indicators: list[Indicator] = list(order_flow_indicators())
        self._reader = reader
        self._nursery = nursery
        self._running: dict[FlowStudy, Loader] = {}
        self._wanted: dict[FlowStudy, tuple[InstrumentId, Timeframe]] = {}

    def has(self, name: str) -> bool:
        """Tell whether the name is one of order flow."""
        return any(one.name == name.upper() for one in self.indicators)

    def study(self, name: str) -> FlowStudy:
        """Return a study without values."""
        found = next(one for one in self.indicators if one.name == name.upper())
        return FlowStudy(indicator=found, params={}, lead=0)

    def compute(self, study: FlowStudy, instrument: InstrumentId, timeframe: Timeframe) -> None:
        """Read what is new; while a reading runs or rests, one more at most waits."""
        if not len(study.series):
            return
        if study in self._running:
            self._wanted[study] = instrument, timeframe
            return
        loader = self._running[study] = Loader(self._nursery, self.failed.emit)
        loader.start(lambda: self._read(study, instrument, timeframe), name="read recorded trades")
        QTimer.singleShot(_PAUSE_MS, self, lambda: self._go_on(study))

    async def _read(self, study: FlowStudy, instrument: InstrumentId, timeframe: Timeframe) -> None:
        series, bar, since = study.series, timeframe.milliseconds, study.since
        first, newest = int(series.time[study.first_wanted - series.first]), int(series.time[-1])
        is_whole = study.read_from is None or first < study.read_from
        start = first if is_whole else newest - bar
        span = Span(start=from_ms(start), end=from_ms(newest + bar))
        flow = await self._reader.flow(instrument, timeframe, span)
        if study.since is not since or not len(series):
            return
        study.read_from = first if is_whole else study.read_from
        low = study.take(flow, start)
        said, study.error = study.error, self._missing(study, instrument)
        self.read.emit(study, -1 if is_whole or said != study.error else low)

    @staticmethod
    def _missing(study: FlowStudy, instrument: InstrumentId) -> str:
        if len(study.flow):
            return ""
        return tr(
            "no trade of {symbol} is recorded yet; they are while its chart is open and live",
            symbol=instrument.rpartition(":")[2],
        )

    def _go_on(self, study: FlowStudy) -> None:
        self._running.pop(study, None)
        wanted = self._wanted.pop(study, None)
        if wanted is not None:
            self.compute(study, *wanted)
