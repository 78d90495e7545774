"""Decide what the backtest pane shows, and run one test at a time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from fks_desk.core.frame import Frame
from fks_desk.core.ids import new_run_id
from fks_desk.core.messages import (
    BacktestDone,
    BacktestMoved,
    BacktestReport,
    BacktestSpec,
    BacktestStopped,
    CancelBacktest,
    CandlesRepaired,
    EngineReady,
    RunBacktest,
)
from fks_desk.core.model import InstrumentId, RunId, StrategyName, Timeframe
from fks_desk.core.nursery import Nursery
from fks_desk.core.ports import BacktestStore, CandleReader, Send
from fks_desk.ui.bridge.bridge import Bridge
from fks_desk.ui.models.entry import Refusal
from fks_desk.ui.models.format import Tone
from fks_desk.ui.models.loading import Loader
from fks_desk.ui.models.research.backtest_form import TestForm, read_form, write_moment
from fks_desk.ui.models.research.curve import Curve, make_curve
from fks_desk.ui.text import tr

if TYPE_CHECKING:
    from fks_desk.strategy.catalog import Strategy


@dataclass(frozen=True, slots=True, kw_only=True)
class RunState:
    """Say how far the run is, or how the last one ended."""

    run: RunId | None = None
    fraction: float = 0.0
    text: str = ""
    tone: Tone = Tone.MUTED

    @property
    def is_running(self) -> bool:
        """Tell whether a run is under way."""
        return self.run is not None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class RunRow:
    """Hold one finished run of the list; a higher number is newer."""

    number: int
    report: BacktestReport
    title: str


class BacktestModel(QObject):
    """Hold the form, the run under way, the report shown and the runs before."""

    form_changed = Signal()
    state_changed = Signal(object)  # RunState
    report_changed = Signal(object)  # BacktestReport
    curve_changed = Signal(object)  # Curve
    runs_changed = Signal(object)  # list[RunRow]
    failed = Signal(str)

    def __init__(
        self,
        *,
        strategies: Sequence[Strategy],
        candles: CandleReader,
        store: BacktestStore,
        send: Send,
        nursery: Nursery,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        if not strategies:
            raise ValueError("need at least one strategy, were none")
        self.strategies = {strategy.name: strategy for strategy in strategies}
        self._candles = candles
        self._store = store
        self._send = send
        self._loader = Loader(nursery, self.failed.emit)
        first = strategies[0]
        self.form = TestForm(strategy=first.name, params=first.defaults())
        self.state = RunState()
        self.report: BacktestReport | None = None
        self.stored: Mapping[InstrumentId, Sequence[Timeframe]] = {}
        self._runs: dict[RunId, RunRow] = {}
        self._on_chart: tuple[InstrumentId, Timeframe] | None = None
        self._is_following = False

    def listen(self, bridge: Bridge) -> None:
        """Hear of runs."""
        bridge.subscribe(BacktestMoved, self.on_backtest_moved)
        bridge.subscribe(BacktestDone, self.on_backtest_done)
        bridge.subscribe(BacktestStopped, self.on_backtest_stopped)
        bridge.subscribe(CandlesRepaired, self.on_candles_repaired)
        bridge.subscribe(EngineReady, lambda _event: self.load())

    def load(self) -> None:
        """Read what can be tested on and which runs there were."""
        self._read_stored()
        self._loader.start(self._load_runs, name="read earlier backtests")

    @property
    def strategy(self) -> Strategy:
        """Return the chosen strategy."""
        return self.strategies[self.form.strategy]

    @property
    def spec(self) -> BacktestSpec | Refusal:
        """Return what would be tested, or what is wrong."""
        return read_form(self.form, self.strategy)

    @property
    def problem(self) -> str:
        """Return the sentence that stands between the form and a run, or nothing."""
        spec = self.spec
        return spec.text if isinstance(spec, Refusal) else ""

    @property
    def rule(self) -> str:
        """Return what the strategy does with these parameters, as a sentence."""
        spec = self.spec
        return "" if isinstance(spec, Refusal) else self.strategy.rule(spec.params)

    # what a person does

    def set_strategy(self, name: StrategyName) -> None:
        """Choose a strategy; its parameters start at their defaults."""
        chosen = self.strategies[name]
        self.form = replace(self.form, strategy=chosen.name, params=chosen.defaults())
        self.form_changed.emit()

    def set_param(self, name: str, value: float) -> None:
        """Change one parameter."""
        self.form = replace(self.form, params={**self.form.params, name: value})
        self.form_changed.emit()

    def set_text(self, name: str, text: str) -> None:
        """Take a field as typed: start, end, cash, fee_bps or slippage_bps."""
        self.form = replace(self.form, **{name: text})  # type: ignore[arg-type]  # all are str
        self.form_changed.emit()

    def follow(self, instrument: InstrumentId, timeframe: Timeframe) -> None:
        """Test on what the chart shows, as soon as its candles are stored.

        What a person chooses in the form stays until the chart shows something else.
        """
        if (instrument, timeframe) == self._on_chart:
            return
        self._on_chart, self._is_following = (instrument, timeframe), True
        self._go_along()
        self._read_stored()

    def set_instrument(self, instrument: InstrumentId) -> None:
        """Test on an instrument's candles, if any are stored."""
        timeframes = self.stored.get(instrument)
        if not timeframes or instrument == self.form.instrument:
            return
        chosen = self.form.timeframe
        kept = chosen if chosen is not None and chosen in timeframes else timeframes[0]
        self._is_following = False
        self._choose(instrument, kept)

    def set_timeframe(self, timeframe: Timeframe) -> None:
        """Choose the length of a bar."""
        if self.form.instrument is not None:
            self._is_following = False
            self._choose(self.form.instrument, timeframe)

    def run(self) -> None:
        """Start the test, or say what is wrong."""
        spec = self.spec
        if self.state.is_running:
            return
        if isinstance(spec, Refusal):
            self._set_state(RunState(text=spec.text, tone=Tone.WARNING))
            return
        run = new_run_id()
        self._set_state(RunState(run=run, text=tr("Waiting for the worker …")))
        self._send(RunBacktest(run=run, spec=spec))

    def cancel(self) -> None:
        """Stop the run under way."""
        if self.state.run is not None:
            self._set_state(replace(self.state, text=tr("Stopping …")))
            self._send(CancelBacktest(run=self.state.run))

    def open_run(self, row: RunRow) -> None:
        """Show an earlier run."""
        self._loader.start(lambda: self._open(row.report.run), name="read a backtest")

    # what the worker tells

    def on_backtest_moved(self, event: BacktestMoved) -> None:
        """Show how far the run is."""
        if event.run == self.state.run:
            state = RunState(run=event.run, fraction=event.fraction, text=event.note)
            self._set_state(state)

    def on_backtest_done(self, event: BacktestDone) -> None:
        """List a finished run, and show it if it was started here."""
        report = event.report
        self._keep([report])
        if report.run != self.state.run:
            return
        text = tr(
            "Done in {seconds} s: {trades} trades.",
            seconds=f"{report.seconds:.1f}",
            trades=len(report.trades),
        )
        self._set_state(RunState(text=text, tone=Tone.UP))
        self._show(report)

    def on_backtest_stopped(self, event: BacktestStopped) -> None:
        """Say why there is no result."""
        if event.run == self.state.run:
            tone = Tone.MUTED if event.was_cancelled else Tone.DOWN
            self._set_state(RunState(text=event.reason, tone=tone))

    def on_candles_repaired(self, event: CandlesRepaired) -> None:
        """Offer candles that were not stored before."""
        if event.timeframe not in self.stored.get(event.instrument, ()):
            self._read_stored()

    def _set_state(self, state: RunState) -> None:
        self.state = state
        self.state_changed.emit(state)

    def _show(self, report: BacktestReport) -> None:
        self.report = report
        self.report_changed.emit(report)
        self.curve_changed.emit(make_curve(report, None))
        self._loader.start(lambda: self._compare(report), name="read the reference")

    async def _compare(self, report: BacktestReport) -> None:
        spec = report.spec
        frame: Frame = await self._candles.range(spec.instrument, spec.timeframe, spec.span)
        curve: Curve = make_curve(report, frame)
        self.curve_changed.emit(curve)

    async def _open(self, run: RunId) -> None:
        report = await self._store.backtest(run)
        if report is None:
            self.failed.emit(tr("That run is not stored any more."))
        else:
            self._show(report)

    async def _load_stored(self) -> None:
        found: dict[InstrumentId, list[Timeframe]] = {}
        # Most candles first, so that the likeliest choice is the default.
        rows = sorted(await self._candles.stored(), key=lambda row: -row[2])
        for instrument, timeframe, _count in rows:
            found.setdefault(instrument, []).append(timeframe)
        self.stored = found
        if not self._go_along() and self.form.instrument is None and found:
            first = next(iter(found))
            self._choose(first, found[first][0])
        else:
            self.form_changed.emit()

    def _read_stored(self) -> None:
        self._loader.start(self._load_stored, name="read stored candles for backtests")

    def _go_along(self) -> bool:
        """Take what the chart shows into the form; tell whether it could be taken."""
        if self._on_chart is None or not self._is_following:
            return False
        instrument, timeframe = self._on_chart
        if timeframe not in self.stored.get(instrument, ()):
            return False
        self._is_following = False
        self._choose(instrument, timeframe)
        return True

    def _choose(self, instrument: InstrumentId, timeframe: Timeframe) -> None:
        self.form = replace(self.form, instrument=instrument, timeframe=timeframe)
        self.form_changed.emit()
        self._read_extent()

    async def _load_runs(self) -> None:
        reports = await self._store.backtests()
        self._keep([report for report in reversed(reports) if report.run not in self._runs])

    def _keep(self, reports: Sequence[BacktestReport]) -> None:
        rows = []
        for report in reports:
            known = self._runs.get(report.run)
            number = len(self._runs) if known is None else known.number
            row = RunRow(number=number, report=report, title=self._title(report))
            self._runs[report.run] = row
            rows.append(row)
        if rows:
            self.runs_changed.emit(rows)

    def _title(self, report: BacktestReport) -> str:
        strategy = self.strategies.get(report.spec.strategy)
        return report.spec.strategy if strategy is None else strategy.title

    def _read_extent(self) -> None:
        self._loader.start(self._load_extent, name="read the extent for a backtest")

    async def _load_extent(self) -> None:
        if self.form.instrument is None or self.form.timeframe is None:
            return
        span = await self._candles.extent(self.form.instrument, self.form.timeframe)
        if span is not None:
            start, end = write_moment(span.start), write_moment(span.end)
            self.form = replace(self.form, start=start, end=end)
            self.form_changed.emit()
