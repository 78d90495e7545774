"""Put header, chart and typed entries together into the chart pane."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import cast

from PySide6.QtCore import Signal
from PySide6.QtGui import QColor, QImage
from PySide6.QtWidgets import QApplication, QFrame, QVBoxLayout, QWidget

from fks_desk.core.alerts import Alert
from fks_desk.core.clock import Clock, from_ms, to_ms
from fks_desk.core.drawings import Drawing
from fks_desk.core.messages import BacktestReport, Command
from fks_desk.core.model import InstrumentId, Timeframe
from fks_desk.core.ports import Send
from fks_desk.ui.actions.action import CHART
from fks_desk.ui.actions.registry import ActionRegistry
from fks_desk.ui.chart.aim import Aim
from fks_desk.ui.chart.alert_entry import AlertEntry
from fks_desk.ui.chart.drawings.hand import Hand
from fks_desk.ui.chart.drawings.keys import CHOSEN, PLACING, follow_hand, register_drawing_keys
from fks_desk.ui.chart.drawings.mouse import DrawingMouse
from fks_desk.ui.chart.drawings.plan import FIRST_RISK
from fks_desk.ui.chart.entry import EntryBox
from fks_desk.ui.chart.header import ChartHeader
from fks_desk.ui.chart.keeping import kept, show_kept, show_kept_studies
from fks_desk.ui.chart.keys import STAGED, Wishes, follow_staging, register_keys
from fks_desk.ui.chart.look import readable_on
from fks_desk.ui.chart.mark_rows import MarkRows
from fks_desk.ui.chart.order_lines import MOVING, OrderLines, register_order_keys
from fks_desk.ui.chart.replay_keys import REPLAY, follow_replay, register_replay_keys
from fks_desk.ui.chart.studying import Studying, register_study_keys
from fks_desk.ui.chart.vector import write_svg
from fks_desk.ui.chart.view import ChartView
from fks_desk.ui.models.alerts import AlertsModel
from fks_desk.ui.models.chart import ChartModel
from fks_desk.ui.models.chart_marks import ChartMarks
from fks_desk.ui.models.chart_state import ChartState, Group
from fks_desk.ui.models.choices import (
    Addition,
    Choice,
    date_choices,
    indicator_choices,
    interval_choices,
    size_choices,
    symbol_choices,
)
from fks_desk.ui.models.drawings import DrawingBook
from fks_desk.ui.models.history import Change
from fks_desk.ui.models.moving import OrderMover
from fks_desk.ui.models.replay.replay import Replay
from fks_desk.ui.models.staging import Staging
from fks_desk.ui.models.studies import Study
from fks_desk.ui.models.target import ChartTarget
from fks_desk.ui.text import tr
from fks_desk.ui.theme.current import current
from fks_desk.ui.widgets.label import ElidedLabel, plain_tip
from fks_desk.ui.widgets.pane import Pane

_STRIP = 3  # pixels of the colour that linked charts share
_GROUP_COLORS = {
    Group.RED: "#e5484d",
    Group.GREEN: "#30a46c",
    Group.BLUE: "#3e8bff",
    Group.YELLOW: "#e2a610",
}


class ChartPane(Pane):
    """Show one chart; letters typed on it ask for a symbol, digits for an interval.

    `submit` sends the staged order: the ticket's, which checks it first, or the
    staging's own. Pictures go to `folder`, or to the clipboard alone without one.
    """

    described = Signal(str)  # the bar under the crosshair, as a sentence
    noticed = Signal(str)  # something that a person should read
    instrument_chosen = Signal(object)  # InstrumentId
    timeframe_chosen = Signal(object)  # Timeframe
    row_wanted = Signal(str, object)  # the name of a pane, and the key of its row
    instrument_moved = Signal()  # the chart shows another instrument

    def __init__(
        self,
        *,
        model: ChartModel,
        marks: ChartMarks,
        staging: Staging,
        drawings: DrawingBook,
        alerts: AlertsModel,
        clock: Clock,
        submit: Callable[[], None] | None = None,
        replay: Replay | None = None,
        send: Send | None = None,
        folder: Path | None = None,
        name: str = "chart",
        parent: QWidget | None = None,
    ) -> None:
        contexts = (CHART, STAGED, PLACING, CHOSEN, MOVING, REPLAY)
        super().__init__(name=name, title=tr("Chart"), contexts=contexts, parent=parent)
        self.view = ChartView(model=model, marks=marks, staging=staging)
        self.hand = Hand(view=self.view, book=drawings, clock=clock, parent=self)
        self._mouse = DrawingMouse(self.hand)
        self.lines = OrderLines(
            view=self.view, mover=OrderMover(send=self._send_change, parent=self)
        )
        self.marked = MarkRows(hand=self.hand, alerts=alerts, parent=self)
        self._aim = Aim(self.view)
        self.header = ChartHeader(model)
        self._strip, self._replay_line = QFrame(), ElidedLabel()
        self._model = model
        self._marks = marks
        self._alerts = alerts
        self._staging = staging
        self._submit = submit or staging.send
        self._send = send
        self.replay = replay
        self._folder = folder
        self._clock = clock
        self.group = Group.NONE
        self._shown_before: InstrumentId | None = None
        self._registry: ActionRegistry | None = None
        self.set_content(self._lay_out())
        self.entry = EntryBox(self)
        self._alert_entry = AlertEntry(hand=self.hand, alerts=alerts, entry=self.entry, clock=clock)
        self.entry.closed.connect(self.view.setFocus)
        self._connect()
        self._on_market()

    def register_actions(self, registry: ActionRegistry) -> None:
        """Offer everything that the chart can do."""
        wishes = Wishes(
            symbol=self.ask_symbol,
            interval=self.ask_interval,
            indicator=self.ask_indicator,
            size=self.ask_size,
            date=self.ask_date,
            alert=self.ask_alert,
            snapshot=self.save_picture,
            vector=self.save_vector,
            reload=self._model.reload,
            submit=self.submit,
        )
        self._registry = registry
        register_keys(registry, self.view, self._staging, wishes)
        register_study_keys(registry, self.studying)
        register_drawing_keys(registry, self.hand, self.stage_plan)
        register_order_keys(registry, self.lines)
        self.marked.register_actions(registry)
        if self.replay is not None:
            register_replay_keys(registry, self.replay, self.ask_replay)
        self._follow_layers()

    def rest(self) -> None:
        """Leave the keys to another chart."""
        self.hand.give_up()
        self.hand.let_go()
        self.lines.mover.let_go()
        if self.is_replaying:
            # An order at a replayed price must not wait on a chart of the present.
            self._staging.drop()
        self._registry = None

    @property
    def is_replaying(self) -> bool:
        """Tell whether the past is played."""
        return self.replay is not None and self.replay.is_on

    def submit(self) -> None:
        """Send the staged order: to the paper account of a replay, or through the ticket."""
        if self.replay is not None and self.replay.is_on:
            self.replay.submit()
        else:
            self._submit()

    def focus_target(self) -> QWidget:
        """Give the keys to the chart itself."""
        return self.view

    @property
    def model(self) -> ChartModel:
        """Return what the chart shows."""
        return self._model

    # what a workspace keeps

    def state(self) -> ChartState:
        """Return what the chart shows, to be kept."""
        return kept(self.view, self.name, self.group)

    def restore_state(self, state: ChartState, *, with_instrument: bool = True) -> None:
        """Show what was kept; its indicators come with `restore_studies`."""
        self.set_group(state.group)
        show_kept(self.view, state, with_instrument=with_instrument)

    def restore_studies(self, state: ChartState) -> None:
        """Draw the indicators that were kept, in place of those drawn now."""
        show_kept_studies(self.view, state, self.noticed.emit)

    def set_group(self, group: Group) -> None:
        """Follow the charts of a colour, or none."""
        self.group = group
        self._strip.setVisible(group is not Group.NONE)
        if group is not Group.NONE:
            self._strip.setStyleSheet(f"background: {_GROUP_COLORS[group]};")
            self.described.emit(tr("This chart follows the {color} ones", color=group.value))

    # what others ask of the chart

    def show_instrument(self, instrument: InstrumentId) -> None:
        """Show an instrument at the interval of before."""
        self._model.show(instrument)

    def show_target(self, target: ChartTarget, then: Callable[[], None] = lambda: None) -> None:
        """Show a moment of an instrument, as soon as its bars are here, and then go on."""
        self._model.show(target.instrument, target.timeframe)
        price = None if target.price is None else float(target.price)
        self._aim.point_at(to_ms(target.moment), price, then)

    def picture(self) -> QImage:
        """Return a picture of the chart as it is now."""
        return self.view.grab().toImage()

    def show_report(self, report: BacktestReport) -> None:
        """Show a backtest's trades on its own bars."""
        self._marks.show_backtest(report)
        self._model.show(report.spec.instrument, report.spec.timeframe)
        if report.trades:
            newest = report.trades[-1]
            self._aim.point_at(newest.entry_time, newest.entry_price)

    # what a person asks

    def ask_symbol(self, text: str = "") -> None:
        """Ask for a symbol."""
        self._model.read_stored()
        self.entry.ask(tr("Symbol"), text, self._symbols, self._take_symbol)

    def ask_interval(self, text: str = "") -> None:
        """Ask for an interval."""
        self.entry.ask(tr("Interval"), text, interval_choices, self._take_interval)

    def ask_indicator(self) -> None:
        """Ask for an indicator to be added or removed."""
        self.entry.ask(
            tr("Indicator, with its numbers if you like: sma 50"),
            "",
            lambda text: indicator_choices(text, self._model.studies, self._model.user_indicators),
            self._take_indicator,
        )

    def ask_replay(self) -> None:
        """Ask for the moment to replay from; the crosshair's bar is offered."""
        model, number = self._model, self.view.stack.number_read
        moment = from_ms(model.series.time_at(number, model.bar_ms))
        text = f"{moment:%Y-%m-%d %H:%M}" if len(model.series) else ""
        self.entry.ask(tr("Replay from (UTC)"), text, date_choices, self._take_replay)
        self.entry.field.selectAll()

    def _take_replay(self, value: object) -> None:
        if isinstance(value, datetime) and self.replay is not None:
            self.hand.give_up()
            self.hand.let_go()
            self.replay.start(to_ms(value))

    def ask_alert(self, alert: Alert | None = None) -> None:
        """Ask what to tell of; an alert given is changed, else a new one is made."""
        if not self._alert_entry.ask(alert):
            self.noticed.emit(tr("Show a symbol first, then set an alert on it."))

    def ask_text(self, drawing: Drawing) -> None:
        """Ask for a drawing's text or, for a planned position, its risk."""
        is_position = drawing.kind.is_position
        title = tr("Risk in money or percent, such as 1%") if is_position else tr("Text")
        text = drawing.text or (FIRST_RISK if is_position else "")
        self.entry.ask(
            title,
            text,
            lambda typed: [Choice(title=typed, detail=tr("Enter takes it"), value=typed)],
            lambda typed: self.hand.set_text(drawing, str(typed)),
        )
        self.entry.field.selectAll()

    def stage_plan(self) -> None:
        """Stage the order of a planned position, with its stop."""
        plan, instrument = self.hand.plan, self._model.instrument
        if plan is None or instrument is None or not plan.is_sound or not plan.size:
            self.noticed.emit(
                tr("Choose a long or short position whose stop loses and whose target wins.")
            )
            return
        self.hand.let_go()
        self._staging.stage(instrument, plan.side, plan.entry, plan.size, stop=plan.stop)

    def ask_size(self) -> None:
        """Ask how large a brick, a range or a volume bar is."""
        self.entry.ask(
            tr("Size of a Renko brick, range or volume bar"),
            "",
            lambda text: size_choices(text, self._model.bar_size),
            lambda size: self._model.set_kind(self._model.kind, cast("float", size)),
        )

    def ask_date(self) -> None:
        """Ask for a moment to go to."""
        self.entry.ask(tr("Go to (UTC)"), "", date_choices, self._take_date)

    def save_picture(self) -> None:
        """Put a picture of the chart on the clipboard and, with a folder, into a file."""
        picture = self.view.grab()
        QApplication.clipboard().setPixmap(picture)
        if self._folder is None:
            self.noticed.emit(tr("A picture of the chart is on the clipboard."))
            return
        file = self._picture_file(self._folder, "png")
        self._tell_saved(file, picture.save(str(file)))

    def save_vector(self) -> None:
        """Save a drawing of the chart that stays sharp at every size."""
        if self._folder is None:
            self.noticed.emit(tr("There is no folder for drawings."))
            return
        file = self._picture_file(self._folder, "svg")
        self._tell_saved(file, write_svg(self.view, file))

    def _picture_file(self, folder: Path, ending: str) -> Path:
        symbol = "".join(letter for letter in self._model.symbol if letter.isalnum())
        stamp = f"{self._clock.now():%Y%m%d-%H%M%S}"
        folder.mkdir(parents=True, exist_ok=True)
        return folder / f"{symbol or 'chart'}-{self._model.timeframe.value}-{stamp}.{ending}"

    def _tell_saved(self, file: Path, is_saved: bool) -> None:
        if is_saved:
            self.noticed.emit(tr("The picture is saved as {file}", file=file))
        else:
            self.noticed.emit(tr("The picture could not be written to {file}", file=file))

    def _lay_out(self) -> QWidget:
        content = QWidget()
        column = QVBoxLayout(content)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        self._strip.setFixedHeight(_STRIP)
        self._strip.hide()
        column.addWidget(self._strip)
        self._replay_line.setObjectName("chart.replay")
        self._replay_line.setMinimumWidth(1)  # it gives way to the chart
        self._replay_line.hide()
        column.addWidget(self._replay_line)
        column.addWidget(self.header)
        column.addWidget(self.view, 1)
        return content

    def _connect(self) -> None:
        self.studying = Studying(self.view, self.entry, self)
        self.studying.noticed.connect(self.noticed)
        self.view.described.connect(self.described)
        self.view.typed.connect(self._on_typed)
        self.header.symbol_wanted.connect(self.ask_symbol)
        self.header.indicator_wanted.connect(self.ask_indicator)
        self.header.interval_wanted.connect(self.ask_interval)
        self.header.timeframe_chosen.connect(self._take_interval)
        self.hand.said.connect(self.described)
        self.marked.wanted.connect(self.row_wanted)
        self.marked.said.connect(self.described)
        self._alerts.changed.connect(self.view.touch)
        if self.replay is not None:
            self.replay.changed.connect(self._on_replay)
            self.replay.noticed.connect(self.noticed)
        self.hand.text_wanted.connect(self.ask_text)
        self.hand.state_changed.connect(self._on_hand)
        self.lines.mover.changed.connect(self._on_mover)
        self._staging.changed.connect(self._on_staged)
        self._model.failed.connect(self.noticed)
        self._marks.failed.connect(self.noticed)
        self._model.market_changed.connect(self._on_market)
        self._model.stored_changed.connect(self.entry.refresh)
        self._model.bars_changed.connect(self._on_bars)

    def _on_typed(self, text: str) -> None:
        if text.isalpha():
            if self._registry is None or self._registry.types_symbols:
                self.ask_symbol(text)
        elif text.isdigit():
            self.ask_interval(text)

    def _symbols(self, text: str) -> Sequence[Choice]:
        return symbol_choices(text, self._model.known, self._model.stored, self._model.venue)

    def _take_symbol(self, value: object) -> None:
        instrument = InstrumentId(str(value))
        self._model.show(instrument)
        self.instrument_chosen.emit(instrument)

    def _take_interval(self, value: object) -> None:
        timeframe = Timeframe(str(value))
        self._model.set_timeframe(timeframe)
        self.timeframe_chosen.emit(timeframe)

    def _take_indicator(self, value: object) -> None:
        if isinstance(value, Study):
            self._model.remove_study(value)
        elif isinstance(value, Addition):
            try:
                self._model.add_study(value.name, value.params)
            except ValueError as error:
                self.noticed.emit(str(error))

    def _take_date(self, value: object) -> None:
        if isinstance(value, datetime):
            self._aim.go_to(to_ms(value))

    def _on_market(self) -> None:
        model = self._model
        account = model.account.id if model.account else None
        self._marks.follow(account, model.instrument_id)
        if model.instrument_id != self._shown_before:
            self._shown_before = model.instrument_id
            self.instrument_moved.emit()
        name = f"{model.symbol} {model.timeframe.value}" if model.symbol else tr("Chart")
        if name != self.title:
            self.set_title(name)

    def _on_hand(self) -> None:
        if self.hand.is_placing or self.hand.chosen is not None:
            self.lines.mover.let_go()
        self._follow_layers()

    def _on_mover(self) -> None:
        if self.lines.mover.is_on:
            self.hand.let_go()
        # Nothing, once the order is let go: "Enter amends" would not be true any more.
        self.described.emit(self.lines.mover.text)
        self._follow_layers()

    def _send_change(self, command: Command) -> None:
        """Change an order where it lives: in the replay, or at the desk."""
        if self.replay is not None and self.replay.is_on:
            self.replay.handle(command)
        elif self._send is not None:
            self._send(command)

    def _on_replay(self) -> None:
        if self.replay is None:
            return
        theme, is_on = current(), self.replay.is_on
        ink = readable_on(QColor(theme.warning)).name()
        self._replay_line.setVisible(is_on)
        self.header.is_replayed = is_on
        self.header.show_state()
        self._replay_line.setText(self.replay.text)
        self._replay_line.setToolTip(plain_tip(self.replay.text))
        self._replay_line.setStyleSheet(
            f"background: {theme.warning}; color: {ink}; font-weight: 600; padding: 3px;"
        )
        self._follow_layers()

    def _follow_layers(self) -> None:
        """Let one layer of keys count: a staged order's, a drawing's, or a replay's."""
        registry = self._registry
        if registry is None:
            return
        follow_staging(registry, self._staging)
        follow_hand(registry, self.hand)
        is_busy = self._staging.is_staged or self.hand.is_placing or self.hand.chosen is not None
        registry.set_layer(MOVING, self.lines.mover.is_on and not is_busy)
        is_busy = is_busy or self.lines.mover.is_on
        if self.replay is not None:
            follow_replay(registry, counts=self.is_replaying and not is_busy)

    def _on_staged(self, staged: object) -> None:
        # An order and a drawing cannot both have the arrows and Enter.
        if staged is not None:
            self.hand.give_up()
            self.hand.let_go()
            self.lines.mover.let_go()
        self._follow_layers()

    def _on_bars(self, _change: Change) -> None:
        self._aim.follow()
