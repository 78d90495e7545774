"""Make the panes with their view-models and join them to one another."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any, cast

from PySide6.QtCore import QObject

from fks_desk.app.account_panes import AccountPanes
from fks_desk.app.data_panes import DataPanes
from fks_desk.app.world import World
from fks_desk.core.accounts import FUTURES
from fks_desk.core.alerts import Alert
from fks_desk.core.clock import Clock
from fks_desk.core.messages import BacktestReport, EngineReady, Severity
from fks_desk.core.model import InstrumentId, OrderKind, Side, Signal, Stance, Timeframe
from fks_desk.core.nursery import Nursery
from fks_desk.strategy import catalog
from fks_desk.ui.actions.action import Action
from fks_desk.ui.actions.registry import ActionRegistry
from fks_desk.ui.bridge.bridge import Bridge
from fks_desk.ui.chart.charts import FIRST_CHART, Charts
from fks_desk.ui.chart.pane import ChartPane
from fks_desk.ui.models import format as fmt
from fks_desk.ui.models.account.fills import FillsModel
from fks_desk.ui.models.account.orders import OrdersModel
from fks_desk.ui.models.account.portfolio import PortfolioModel
from fks_desk.ui.models.account.ticket import TicketModel
from fks_desk.ui.models.account.trade_journal import TripRow
from fks_desk.ui.models.alerts import AlertsModel
from fks_desk.ui.models.book import BookModel
from fks_desk.ui.models.chart import ChartModel
from fks_desk.ui.models.chart_marks import ChartMarks
from fks_desk.ui.models.desk.health import HealthModel
from fks_desk.ui.models.desk.journal import JournalModel
from fks_desk.ui.models.desk.tasks import TasksModel
from fks_desk.ui.models.drawings import DrawingBook
from fks_desk.ui.models.flow_studies import FlowStudies
from fks_desk.ui.models.market import MarketModel
from fks_desk.ui.models.replay.gate import Gate
from fks_desk.ui.models.replay.replay import Replay
from fks_desk.ui.models.research.backtest import BacktestModel
from fks_desk.ui.models.research.chat import ChatModel
from fks_desk.ui.models.research.signals import SignalsModel
from fks_desk.ui.models.staging import Staging
from fks_desk.ui.models.target import ChartTarget
from fks_desk.ui.models.user_studies import UserStudies
from fks_desk.ui.models.watchlist import WatchlistModel
from fks_desk.ui.panes.account.balances import BalancesPane
from fks_desk.ui.panes.account.fills import FillsPane
from fks_desk.ui.panes.account.orders import OrdersPane
from fks_desk.ui.panes.account.positions import PositionsPane
from fks_desk.ui.panes.account.ticket import TicketPane
from fks_desk.ui.panes.alerts import AlertsPane
from fks_desk.ui.panes.book import BookPane
from fks_desk.ui.panes.desk.health import HealthPane
from fks_desk.ui.panes.desk.tasks import TasksPane
from fks_desk.ui.panes.detail import SHOW_KEY
from fks_desk.ui.panes.research.backtest import BacktestPane
from fks_desk.ui.panes.research.chat import ChatPane
from fks_desk.ui.panes.research.signals import SignalsPane
from fks_desk.ui.panes.watchlist import WatchlistPane
from fks_desk.ui.shell.docks import Area, PaneSpec
from fks_desk.ui.shell.entry_list import Entry
from fks_desk.ui.shell.window import MainWindow
from fks_desk.ui.text import tr
from fks_desk.ui.widgets.pane import Pane

# Another length than that of the bands, whose middle line is the same average.
FIRST_STUDIES = {"SMA": {"timeperiod": 50}, "BBANDS": {}, "RSI": {}}
# Ids of what sends orders to the desk, and of what a replay does in its own account instead.
_SENDING = (
    "ticket.",
    "order.",
    "positions.",
    "working.",
    "rebalance.",
    "signals.take",
    "book.stage",
)
_REPLAYED = frozenset({"order.stage_buy", "order.stage_sell", "positions.close"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Models:
    """Hold every view-model of the window."""

    market: MarketModel
    watchlist: WatchlistModel
    portfolio: PortfolioModel
    orders: OrdersModel
    fills: FillsModel
    staging: Staging
    ticket: TicketModel
    chart: ChartModel
    gate: Gate
    marks: ChartMarks
    drawings: DrawingBook
    alerts: AlertsModel
    backtest: BacktestModel
    chat: ChatModel
    tasks: TasksModel
    health: HealthModel
    journal: JournalModel
    signals: SignalsModel
    book: BookModel


class Workbench(QObject):
    """Own the view-models and the panes of one window."""

    def __init__(
        self, *, bridge: Bridge, world: World, clock: Clock, exports: Path, registry: ActionRegistry
    ) -> None:
        super().__init__()
        self.nursery = Nursery()
        self.user_studies = UserStudies(exports.parent / "indicators", parent=self)
        self.flow_studies = FlowStudies(reader=bridge.reads.flow, nursery=self.nursery, parent=self)
        self.models = _models(
            bridge, world, clock, self.nursery, self.user_studies, self.flow_studies, self
        )
        self.registry = registry
        self._world = world
        self._bridge = bridge
        self._is_replaying = False
        self._clock = clock
        self._exports = exports
        self.charts = Charts(
            make=self._make_chart,
            registry=registry,
            nursery=self.nursery,
            may_show=lambda instrument: instrument.startswith(f"{world.venue}:"),
            parent=self,
        )
        self.chart = self.charts.first
        self.watchlist = WatchlistPane(model=self.models.watchlist)
        self.ticket = TicketPane(model=self.models.ticket)
        self.positions = PositionsPane(model=self.models.portfolio)
        self.orders = OrdersPane(model=self.models.orders)
        self.fills = FillsPane(model=self.models.fills)
        self.balances = BalancesPane(model=self.models.portfolio)
        self.backtest = BacktestPane(model=self.models.backtest)
        self.chat = ChatPane(model=self.models.chat)
        self.tasks = TasksPane(model=self.models.tasks)
        self.alerts = AlertsPane(model=self.models.alerts)
        self.signals, self.book = _told_panes(self.models)
        self.health = HealthPane(health=self.models.health, journal=self.models.journal)
        self.data = DataPanes(
            bridge=bridge, world=world, clock=clock, market=self.models.market,
            nursery=self.nursery, parent=self,
        )  # fmt: skip
        self.account = AccountPanes(
            bridge=bridge, world=world, clock=clock, market=self.models.market,
            portfolio=self.models.portfolio, folder=exports.parent,
            nursery=self.nursery, parent=self,
        )  # fmt: skip
        for _, pane in self._placed():
            pane.register_actions(registry)
        self._listen()
        self._join()

    def specs(self) -> list[PaneSpec]:
        """Return the panes in the order of their number keys."""
        asked_for = {pane.name for pane in (*self.account.asked_for, *self.data.asked_for)}
        return [
            PaneSpec(area=area, create=_always(pane), is_asked_for=pane.name in asked_for)
            for area, pane in self._placed()
        ]

    def attach(self, window: MainWindow) -> None:
        """Let the panes speak through the window, and show the first chart."""
        for pane in self.charts.panes:
            self._attach_chart(window, pane)
        self.charts.made.connect(lambda pane: self._attach_chart(window, pane))
        self.charts.grid_wanted.connect(window.docks.arrange)
        self.ticket.staged_elsewhere.connect(lambda: window.docks.focus(self.charts.active.name))
        for model in self._failing():
            model.failed.connect(lambda text: self._tell(window, text))
        self.models.alerts.fired.connect(window.ring)
        self.alerts.asked.connect(lambda alert: self._ask_alert(window, alert))
        for pane in self._showing():
            pane.shown_on_chart.connect(lambda _target: window.docks.show(self.charts.active.name))
        self.account.journal.picture_wanted.connect(
            lambda row, of_moment: self._picture_trade(window, row, of_moment=of_moment)
        )
        self.models.book.chosen.connect(lambda side, price: self._stage_level(window, side, price))
        self.models.signals.wanted.connect(lambda signal: self._take_signal(window, signal))
        for pane in (self.backtest, self.chat, *self.data.showing):
            # They may share the chart's place, so the chart takes the keys as well.
            pane.shown_on_chart.connect(lambda _target: window.docks.focus(self.charts.active.name))
        self.backtest.trades_shown.connect(
            lambda _report: window.docks.focus(self.charts.active.name)
        )
        self.registry.register(
            Action(
                id="chart.show_selection",
                title=tr("Show the chosen row on the chart"),
                category=tr("Chart"),
                keys=(SHOW_KEY,),
                help=tr("A fill, an order, a trade, a signal, a citation: in each pane the same"),
            ),
            lambda: self._show_selection(window),
        )
        self.registry.register(
            Action(
                id="desk.settings",
                title=tr("Settings: where they are"),
                category=tr("Desk"),
                help=tr("The file that they are read from, and what is chosen in the window"),
            ),
            lambda: self._tell_settings(window),
        )
        window.palette_box.add_provider(self._entries)
        self.models.chart.set_account(self.models.portfolio.account)
        if self.models.chart.instrument_id is None:
            first, *_ = self._world.watched
            self.show(first, self._world.timeframe)
        self.user_studies.read()
        if not self.charts.is_restored:
            self.nursery.start(
                self.models.chart.prepare_studies(FIRST_STUDIES), name="first studies"
            )

    def _ask_alert(self, window: MainWindow, alert: Alert | None) -> None:
        window.docks.focus(self.charts.active.name)
        self.charts.active.ask_alert(alert)

    def _take_signal(self, window: MainWindow, signal: Signal) -> None:
        """Draw up the order that a signal speaks of, on its chart; nothing is sent."""
        self.show(signal.instrument, signal.timeframe)
        side = Side.BUY if signal.stance is Stance.LONG else Side.SELL
        self.models.ticket.stage(side, at_last=True, prompted_by=signal.id)
        staged = self.models.staging.order
        if staged is None or staged.prompted_by != signal.id:
            window.docks.focus(self.ticket.name)  # it says why there is no order
            return
        self.models.signals.note_taken(signal)
        window.docks.focus(self.charts.active.name)

    def _stage_level(self, window: MainWindow, side: Side, price: Decimal) -> None:
        """Draw up a limit order at a level of the book; nothing is sent."""
        ticket = self.models.ticket
        ticket.set_kind(OrderKind.LIMIT)
        ticket.set_price(fmt.editable(price))
        ticket.stage(side)
        staged = self.models.staging.order
        is_there = staged is not None and (staged.side, staged.price) == (side, price)
        window.docks.focus(self.charts.active.name if is_there else self.ticket.name)

    def _picture_trade(self, window: MainWindow, row: TripRow, *, of_moment: bool) -> None:
        """Keep the active chart's picture with a round trip, as it is or at the trade's moment."""
        chart, journal, pictures = (
            self.charts.active, self.account.journal, self.account.pictures_model,
        )  # fmt: skip
        window.docks.show(chart.name)
        if of_moment:
            journal.say(tr("The picture is taken once the chart shows where the trade began."))
            chart.show_target(
                journal.target_of(row), then=lambda: pictures.keep(row, chart.picture())
            )
        elif chart.model.instrument_id == row.trip.instrument:
            pictures.keep(row, chart.picture())
        else:
            journal.say(
                tr(
                    "The active chart shows another symbol than {symbol}; Shift+Ins goes to the "
                    "trade's moment and takes the picture there.",
                    symbol=row.symbol,
                )
            )

    def show(self, instrument: InstrumentId, timeframe: Timeframe | None = None) -> None:
        """Bring an instrument to the active chart, which every other pane follows."""
        self.charts.active.model.show(instrument, timeframe)

    def _make_chart(self, name: str) -> ChartPane:
        model, marks, gate = self.models.chart, self.models.marks, self.models.gate
        if name != FIRST_CHART:
            reads = self._bridge.reads
            shared: dict[str, Any] = {"nursery": self.nursery, "parent": self}
            gate = Gate(reads.candles, self._bridge)
            model = ChartModel(
                candles=gate,
                market=self.models.market,
                send=self._bridge.send,
                origins=reads.origins,
                user_studies=self.user_studies,
                flow_studies=self.flow_studies,
                **shared,
            )
            marks = ChartMarks(trading=reads.trading, signals=reads.signals, **shared)
            model.listen(cast("Bridge", gate))
            marks.listen(self._bridge)
            model.set_account(self._world.account)
        replay = Replay(
            gate=gate,
            model=model,
            marks=marks,
            staging=self.models.staging,
            nursery=self.nursery,
            parent=self,
        )
        replay.changed.connect(self._follow_replay)
        return ChartPane(
            replay=replay,
            model=model,
            marks=marks,
            staging=self.models.staging,
            drawings=self.models.drawings,
            alerts=self.models.alerts,
            clock=self._clock,
            submit=self.models.ticket.submit,
            send=self._bridge.send,
            folder=self._exports,
            name=name,
        )

    def _attach_chart(self, window: MainWindow, pane: ChartPane) -> None:
        pane.described.connect(window.set_reading)
        pane.noticed.connect(lambda text: window.notify(Severity.INFO, text))
        pane.model.market_changed.connect(self._follow_chart)
        pane.row_wanted.connect(lambda name, key: self._open_row(window, name, key))
        if pane is not self.chart:
            pane.model.failed.connect(lambda text: self._tell(window, text))

    def _placed(self) -> tuple[tuple[Area, Any], ...]:
        # Typed Any for `register_actions`, which each pane has and `Pane` need not.
        return (
            (Area.CENTER, self.chart),
            (Area.LEFT, self.watchlist),
            (Area.RIGHT, self.ticket),
            (Area.BOTTOM, self.positions),
            (Area.BOTTOM, self.orders),
            (Area.BOTTOM, self.fills),
            (Area.CENTER, self.backtest),
            (Area.RIGHT_LOW, self.chat),
            (Area.BOTTOM, self.tasks),
            (Area.BOTTOM, self.balances),
            (Area.RIGHT_LOW, self.health),
            (Area.BOTTOM, self.alerts),
            (Area.BOTTOM, self.signals),
            (Area.RIGHT_LOW, self.book),
            *self.account.placed,
            *self.data.placed,
        )

    def _listen(self) -> None:
        models = self.models
        for model in (
            models.market, models.watchlist, models.portfolio, models.orders, models.fills,
            models.ticket, models.marks, models.drawings, models.alerts,
            models.backtest, models.chat, models.tasks, models.health, models.journal,
            models.signals, models.book, *self.data.models, *self.account.models,
        ):  # fmt: skip
            model.listen(self._bridge)
        # It subscribes like a bridge, and lets no later candle through than the replay's.
        models.chart.listen(cast("Bridge", models.gate))
        self._bridge.subscribe(EngineReady, self._on_engine_ready)
        self._load()

    def _load(self) -> None:
        # Reads wait for the database by themselves; nothing here blocks.
        for model in (
            self.models.market, self.models.watchlist, self.models.portfolio, self.models.orders,
            self.models.fills, self.models.backtest, self.models.tasks, self.models.journal,
            self.models.alerts, self.models.signals, *self.data.models, *self.account.models,
        ):  # fmt: skip
            model.load()

    def _on_engine_ready(self, _event: EngineReady) -> None:
        # What reconciliation found at the venue is stored by now.
        self._load()

    def _join(self) -> None:
        self.watchlist.instrument_chosen.connect(self.show)
        self.models.chart.market_changed.connect(self._follow_chart)
        self.charts.active_changed.connect(lambda _pane: self._follow_chart())
        self.charts.active_changed.connect(lambda _pane: self._follow_replay())
        for pane in self._showing():
            pane.shown_on_chart.connect(self._show_target)
        self.models.portfolio.follow_costs(self.account.costs_model)
        self.backtest.trades_shown.connect(self._show_report)

    def _follow_replay(self) -> None:
        """Keep every key that sends an order away from the desk while the past is played."""
        replay = self.charts.active.replay
        is_on = replay is not None and replay.is_on
        if is_on is self._is_replaying or replay is None:
            return
        self._is_replaying = is_on
        for action in self.registry.all():
            if action.id.startswith(_SENDING):
                self.registry.set_enabled(action.id, not is_on or action.id in _REPLAYED)
        self.ticket.setEnabled(not is_on)
        if is_on:
            self.ticket.show_empty(
                tr(
                    "The chart replays the past. Shift+B and Shift+S stage orders for its paper "
                    "account; Alt+B leaves the replay."
                )
            )
            for side in Side:
                self.registry.redirect(
                    f"order.stage_{side.value}", lambda side=side: self._stage_replayed(side)
                )
            self.registry.redirect("positions.close", replay.close_position)
        else:
            self.ticket.show_content()
            # A price of the past is no price to stage now.
            self.models.ticket.set_price("")
            self.ticket.register_actions(self.registry)
            self.positions.register_actions(self.registry)

    def _stage_replayed(self, side: Side) -> None:
        replay = self.charts.active.replay
        if replay is not None:
            replay.stage(side)

    def _showing(self) -> tuple[Any, ...]:
        """Return the panes whose rows can be seen on the chart."""
        return (
            self.positions, self.orders, self.fills, self.balances, self.backtest, self.chat,
            self.signals, self.alerts, self.account.journal, self.account.costs, *self.data.showing,
        )  # fmt: skip

    def _tell_settings(self, window: MainWindow) -> None:
        """Say where settings are kept, for whoever looks for a page of them."""
        text = tr(
            "Settings are read at each start from {file}; a variable such as FKS_LOG__LEVEL=DEBUG "
            "goes before it. In the window: keys {keys}, theme {theme}.",
            file=self._exports.parent / "settings.toml",
            keys=self.registry.key_text("help.remap"),
            theme=self.registry.key_text("theme.next"),
        )
        window.notify(Severity.INFO, text)

    def _show_selection(self, window: MainWindow) -> None:
        """Bring the chart to the moment of whatever is chosen in the pane that has the keys."""
        name = window.docks.focused()
        if name is not None and window.pane(name).show_selection():
            window.docks.focus(self.charts.active.name)
        else:
            text = tr("Choose a row first: of fills, orders, signals, trades or an answer.")
            window.notify(Severity.INFO, text)

    def _show_target(self, target: ChartTarget) -> None:
        self.charts.active.show_target(target)

    def _show_report(self, report: BacktestReport) -> None:
        self.charts.active.show_report(report)

    def _follow_chart(self) -> None:
        # Whatever brought it there: what is on the active chart is what an order is for.
        model = self.charts.active.model
        instrument = model.instrument_id
        if instrument is not None:
            self.models.watchlist.mark(instrument)
            self.models.book.set_instrument(instrument)
            self.models.ticket.set_instrument(instrument)
            self.models.portfolio.set_instrument(instrument)
            self.models.chat.set_instrument(instrument)
            self.account.working_model.set_instrument(instrument)
            self.models.backtest.follow(instrument, model.timeframe)

    def _failing(self) -> Iterable[Any]:
        models = self.models
        return (
            models.market, models.watchlist, models.portfolio, models.orders, models.fills,
            models.chart, models.marks, models.drawings, models.alerts, models.backtest,
            models.tasks, models.journal, models.signals, *self.data.models, *self.account.models,
        )  # fmt: skip

    def _tell(self, window: MainWindow, text: str) -> None:
        # That there is no engine was told once; every pane would tell it again.
        if self._bridge.failure is None:
            window.notify(Severity.WARNING, text)

    def _open_row(self, window: MainWindow, name: str, key: Hashable) -> None:
        """Bring a pane to the front with a row under its cursor."""
        window.docks.focus(name)
        if not window.pane(name).show_row(key):
            window.notify(Severity.INFO, tr("This row is not in the list any more."))

    def _set_timeframe(self, timeframe: Timeframe) -> None:
        self.charts.active.model.set_timeframe(timeframe)

    def _entries(self, _typed: str) -> Iterable[Entry]:
        for instrument in self.models.market.instruments():
            yield Entry(
                title=tr("Symbol {symbol}", symbol=instrument.symbol),
                detail=str(instrument.venue),
                run=_call(self.show, instrument.id),
            )
        for timeframe in Timeframe:
            yield Entry(
                title=tr("Timeframe {timeframe}", timeframe=timeframe.value),
                detail="",
                run=_call(self._set_timeframe, timeframe),
            )


def _models(
    bridge: Bridge,
    world: World,
    clock: Clock,
    nursery: Nursery,
    user_studies: UserStudies,
    flow_studies: FlowStudies,
    parent: QObject,
) -> Models:
    reads, send = bridge.reads, bridge.send
    market = MarketModel(store=reads.instruments, nursery=nursery, parent=parent)
    shared: dict[str, Any] = {"nursery": nursery, "parent": parent}
    account: dict[str, Any] = {
        "account": world.account, "market": market, "trading": reads.trading, **shared,
    }  # fmt: skip
    is_margin = world.exchange == FUTURES
    portfolio = PortfolioModel(send=send, is_margin=is_margin, **account)
    staging, gate = Staging(parent=parent), Gate(reads.candles, bridge)
    return Models(
        market=market,
        watchlist=WatchlistModel(
            venue=world.venue, market=market, candles=reads.candles, send=send, **shared
        ),
        portfolio=portfolio,
        orders=OrdersModel(send=send, **account),
        fills=FillsModel(**account),
        staging=staging,
        ticket=TicketModel(
            market=market, portfolio=portfolio, staging=staging, send=send, clock=clock,
            parent=parent,
        ),
        chart=ChartModel(
            candles=gate, market=market, send=send, origins=reads.origins,
            user_studies=user_studies, flow_studies=flow_studies, **shared,
        ),
        gate=gate,
        marks=ChartMarks(trading=reads.trading, signals=reads.signals, **shared),
        drawings=DrawingBook(store=reads.drawings, send=send, clock=clock, **shared),
        alerts=AlertsModel(store=reads.alerts, market=market, send=send, **shared),
        backtest=BacktestModel(
            strategies=catalog.strategies(), candles=reads.candles, store=reads.backtests,
            send=send, **shared,
        ),
        chat=ChatModel(account=world.account.id, send=send, facts=reads.facts, **shared),
        tasks=TasksModel(tasks=reads.tasks, send=send, clock=clock, **shared),
        health=HealthModel(parent=parent),
        journal=JournalModel(journal=reads.journal, **shared),
        signals=SignalsModel(
            store=reads.signals, market=market, send=send, clock=clock, **shared
        ),
        book=BookModel(market=market, parent=parent),
    )  # fmt: skip


def _told_panes(models: Models) -> tuple[SignalsPane, BookPane]:
    """Return the panes that a person reads, and stages orders from."""
    return SignalsPane(model=models.signals), BookPane(model=models.book)


def _always(pane: Pane) -> Callable[[], Pane]:
    return lambda: pane


def _call(function: Callable[[Any], None], value: object) -> Callable[[], None]:
    return lambda: function(value)
