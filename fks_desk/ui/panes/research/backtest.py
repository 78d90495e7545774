"""Set a backtest up, run it, read what came of it."""

from __future__ import annotations

from collections.abc import Hashable
from decimal import Decimal

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QHBoxLayout,
    QProgressBar,
    QPushButton,
    QStackedWidget,
    QTabWidget,
    QVBoxLayout,
    QWidget,
)

from fks_desk.core.clock import from_ms
from fks_desk.core.messages import BacktestReport
from fks_desk.ui.actions.action import Action
from fks_desk.ui.actions.registry import ActionRegistry
from fks_desk.ui.models.format import Tone
from fks_desk.ui.models.research.backtest import BacktestModel, RunRow, RunState
from fks_desk.ui.models.research.metrics_text import metric_texts
from fks_desk.ui.models.target import ChartTarget
from fks_desk.ui.panes.adaptive import AdaptiveSplitter
from fks_desk.ui.panes.notice import Notice
from fks_desk.ui.panes.research.backtest_form import BacktestFormView
from fks_desk.ui.panes.research.equity_plot import EquityPlot
from fks_desk.ui.panes.research.metrics_grid import MetricsGrid
from fks_desk.ui.panes.research.result_tables import (
    NumberedTrade,
    run_columns,
    trade_columns,
)
from fks_desk.ui.tables.model import KeyedTableModel
from fks_desk.ui.tables.view import DeskTable
from fks_desk.ui.text import tr
from fks_desk.ui.widgets.label import PlainLabel
from fks_desk.ui.widgets.pane import Pane

CONTEXT = "backtest"
_WIDE_FROM = 600
_RESULT_WIDE_FROM = 440
_TRADES = 1  # the place of their tab


class BacktestPane(Pane):
    """Show form, progress, curve, numbers, trades and earlier runs."""

    shown_on_chart = Signal(object)  # ChartTarget
    trades_shown = Signal(object)  # BacktestReport

    def __init__(self, *, model: BacktestModel, parent: QWidget | None = None) -> None:
        super().__init__(name="backtest", title=tr("Backtest"), contexts=(CONTEXT,), parent=parent)
        self._model = model
        self.form = BacktestFormView(model)
        self.rule = Notice(name="backtest.rule")
        self.state = Notice(name="backtest.state")
        self.progress = QProgressBar()
        self.run_button = self._button("backtest.run", tr("Run  Ctrl+↵"), model.run)
        self.cancel_button = self._button("backtest.cancel", tr("Stop  Esc"), model.cancel)
        self.curve = EquityPlot()
        self.metrics = MetricsGrid()
        self.result = QStackedWidget()
        self.no_result = PlainLabel(
            tr("No result yet. Press Ctrl+Enter to run the test, or open an earlier run."),
            role="empty",
        )
        self.no_result.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.no_result.setWordWrap(True)
        self.trades: KeyedTableModel[NumberedTrade] = KeyedTableModel(
            trade_columns(),
            key=lambda row: row[0],
            order=lambda row: row[0],
            newest_first=False,
            limit=100_000,
            parent=self,
        )
        self.runs: KeyedTableModel[RunRow] = KeyedTableModel(
            run_columns(),
            key=lambda row: row.report.run,
            order=lambda row: row.number,
            parent=self,
        )
        self.trade_table = DeskTable(
            self.trades,
            name="backtest.trades",
            hint=tr("No trade yet. Press Ctrl+Enter to run the test."),
        )
        self.run_table = DeskTable(
            self.runs,
            name="backtest.runs",
            hint=tr("No earlier run. Each finished test is kept here; Enter opens it."),
        )
        self.tabs = self._tabs()
        self.set_content(
            AdaptiveSplitter(
                self._left(), self.tabs, name="backtest.parts", wide_from=_WIDE_FROM, shares=(5, 8)
            )
        )
        self._connect()
        self._on_form()
        self._on_state(model.state)

    def register_actions(self, registry: ActionRegistry) -> None:
        """Offer to run, stop and show."""
        category = tr("Backtest")
        for name, title, keys, handler in (
            ("run", tr("Run the backtest"), ("Ctrl+Return", "Ctrl+Enter"), self._model.run),
            ("cancel", tr("Stop the backtest"), ("Esc",), self._model.cancel),
            ("show", tr("Show its trades on the chart"), ("Ctrl+T",), self.show_trades),
        ):
            registry.register(
                Action(
                    id=f"backtest.{name}",
                    title=title,
                    category=category,
                    keys=keys,
                    context=CONTEXT,
                ),
                handler,
            )

    def focus_target(self) -> QWidget:
        """Give the keys to the choice of strategy."""
        return self.form.strategy

    def show_trades(self) -> None:
        """Ask the chart to draw the trades of the report shown."""
        if self._model.report is None:
            self.state.say(tr("Run a test first: then its trades can be drawn."), Tone.WARNING)
        else:
            self.trades_shown.emit(self._model.report)

    def _connect(self) -> None:
        model = self._model
        model.form_changed.connect(self._on_form)
        model.state_changed.connect(self._on_state)
        model.report_changed.connect(self._on_report)
        model.curve_changed.connect(self.curve.show_curve)
        model.runs_changed.connect(self.runs.upsert)
        model.failed.connect(self.state.say)
        self.run_table.row_opened.connect(model.open_run)
        self.trade_table.row_opened.connect(self._on_trade)

    def _on_form(self) -> None:
        model = self._model
        self.rule.say(model.problem or model.rule, Tone.WARNING if model.problem else Tone.MUTED)
        self.run_button.setEnabled(not model.problem and not model.state.is_running)

    def _on_state(self, state: RunState) -> None:
        self.progress.setVisible(state.is_running)
        self.progress.setValue(round(state.fraction * 100))
        self.cancel_button.setVisible(state.is_running)
        self.run_button.setEnabled(not state.is_running and not self._model.problem)
        self.state.say(state.text, state.tone)

    def _on_report(self, report: BacktestReport) -> None:
        quote = report.spec.instrument.rpartition("/")[2]
        self.metrics.show_metrics(metric_texts(report.metrics, quote))
        self.trades.reset(list(enumerate(report.trades, start=1)))
        self.tabs.setTabText(_TRADES, tr("Trades ({count})", count=len(report.trades)))
        self.tabs.setCurrentIndex(0)
        self.result.setCurrentIndex(1)

    def show_selection(self) -> bool:
        """Show the chosen trade on the chart, or all of them while none is chosen."""
        row = self.trade_table.current_row() if self.tabs.currentIndex() == _TRADES else None
        if row is not None:
            self._on_trade(row)
        elif self._model.report is not None:
            self.show_trades()
        return self._model.report is not None

    def show_row(self, key: Hashable) -> bool:
        """Put the cursor on a trade, by its number."""
        self.tabs.setCurrentIndex(_TRADES)
        self.trade_table.select_key(key)
        self.trade_table.setFocus(Qt.FocusReason.OtherFocusReason)
        return self.trades.line_of(key) is not None

    def _on_trade(self, row: NumberedTrade) -> None:
        if self._model.report is not None:
            self.show_trades()
            spec, trade = self._model.report.spec, row[1]
            target = ChartTarget(
                instrument=spec.instrument,
                moment=from_ms(trade.entry_time),
                timeframe=spec.timeframe,
                price=Decimal(str(trade.entry_price)),
            )
            self.shown_on_chart.emit(target)

    def _left(self) -> QWidget:
        left = QWidget()
        box = QVBoxLayout(left)
        box.setContentsMargins(0, 0, 0, 6)
        box.setSpacing(4)
        box.addWidget(self.form, 1)
        for line in (self.rule, self.state):
            line.setContentsMargins(8, 0, 8, 0)
            box.addWidget(line)
        self.progress.setObjectName("backtest.progress")
        self.progress.setMaximumHeight(14)
        row = QHBoxLayout()
        row.setContentsMargins(8, 0, 8, 0)
        row.addWidget(self.run_button, 1)
        row.addWidget(self.cancel_button)
        progress = QHBoxLayout()
        progress.setContentsMargins(8, 0, 8, 0)
        progress.addWidget(self.progress)
        box.addLayout(progress)
        box.addLayout(row)
        return left

    def _tabs(self) -> QTabWidget:
        parts = AdaptiveSplitter(
            self.metrics,
            self.curve,
            name="backtest.result",
            wide_from=_RESULT_WIDE_FROM,
            shares=(1, 1),
            stacked_shares=(2, 3),
        )
        self.result.addWidget(self.no_result)
        self.result.addWidget(parts)
        tabs = QTabWidget()
        tabs.setObjectName("backtest.tabs")
        tabs.setDocumentMode(True)
        tabs.addTab(self.result, tr("Result"))
        tabs.addTab(self.trade_table, tr("Trades"))
        tabs.addTab(self.run_table, tr("Runs"))
        return tabs

    @staticmethod
    def _button(name: str, text: str, handler: object) -> QPushButton:
        button = QPushButton(text)
        button.setObjectName(name)
        button.setAutoDefault(False)
        button.clicked.connect(handler)
        return button
