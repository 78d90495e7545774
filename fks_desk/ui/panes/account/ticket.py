"""Draw up an order, look at it, send it once."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QFormLayout,
    QFrame,
    QHBoxLayout,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from fks_desk.core.model import Mode, OrderKind, Side, TradingState
from fks_desk.ui.actions.action import TICKET, Action
from fks_desk.ui.actions.registry import ActionRegistry
from fks_desk.ui.models import format as fmt
from fks_desk.ui.models.account.ticket import TicketModel
from fks_desk.ui.models.account.ticket_extras import Trigger
from fks_desk.ui.models.format import Tone
from fks_desk.ui.panes.account.mode_banner import ModeBanner
from fks_desk.ui.panes.account.ticket_extras import TicketExtrasView
from fks_desk.ui.panes.account.ticket_form import TicketFormView
from fks_desk.ui.panes.ask_line import AskLine
from fks_desk.ui.panes.notice import Notice
from fks_desk.ui.text import tr
from fks_desk.ui.widgets.label import PlainLabel, restyle
from fks_desk.ui.widgets.pane import Pane

_LEAST = (280, 120)  # pixels in which no number of the form is cut
_WIDEST = 640


class TicketPane(Pane):
    """Show the ticket: F9 comes here, Enter stages and then sends, Esc drops."""

    staged_elsewhere = Signal()  # an order was staged while the keys were not in the ticket

    def __init__(self, *, model: TicketModel, parent: QWidget | None = None) -> None:
        super().__init__(name="ticket", title=tr("Order ticket"), contexts=(TICKET,), parent=parent)
        self.setMinimumSize(*_LEAST)
        self._model = model
        self.banner = ModeBanner(mode=model.account.mode)
        self.symbol = PlainLabel()
        self.symbol.setProperty("role", "heading")
        self.last = PlainLabel()
        self.form = TicketFormView()
        self.extras = TicketExtrasView()
        self.preview = Notice(name="ticket.preview")
        self.problem = Notice(name="ticket.problem")
        self.outcome = Notice(name="ticket.outcome")
        self.line = AskLine(name="ticket.line", home=self.focus_target)
        self.state = Notice(name="ticket.state")
        self.send_button = self._button("ticket.submit", model.submit)
        self.drop_button = self._button("ticket.drop", model.drop)
        self._values: list[tuple[PlainLabel, PlainLabel]] = []
        self._lines = QFormLayout()
        self.set_content(self._layout())
        self._order_tabs()
        self._connect()
        self._show()

    def register_actions(self, registry: ActionRegistry) -> None:
        """Offer to stage, send and drop."""
        trading = tr("Trade")
        model = self._model
        registry.register(
            Action(
                id="ticket.focus",
                title=tr("Fill in the order ticket"),
                category=trading,
                keys=("F9",),
                help=tr("Go to the order ticket."),
            ),
            self.bring_forward,
        )
        for side, key, title in (
            (Side.BUY, "Shift+B", tr("Stage a buy")),
            (Side.SELL, "Shift+S", tr("Stage a sell")),
        ):
            registry.register(
                Action(
                    id=f"order.stage_{side.value}",
                    title=title,
                    category=trading,
                    keys=(key,),
                    help=tr("Draw an order up; Enter sends it, Esc drops it."),
                ),
                lambda side=side: self.stage(side),
            )
        registry.register(
            Action(
                id="ticket.submit",
                title=tr("Stage or send the ticket"),
                category=trading,
                keys=("Return", "Enter"),
                context=TICKET,
                help=tr("Stage what is typed; send what is staged."),
            ),
            model.submit,
        )
        registry.register(
            Action(
                id="ticket.drop",
                title=tr("Drop the staged order"),
                category=trading,
                keys=("Esc",),
                context=TICKET,
                help=tr("Forget the order that is staged."),
            ),
            model.drop,
        )
        registry.register(
            Action(
                id="ticket.kind",
                title=tr("Switch between limit and market"),
                category=trading,
                keys=("Alt+M",),
                context=TICKET,
            ),
            self._other_kind,
        )
        registry.register(
            Action(
                id="ticket.size_by_risk",
                title=tr("Size the order by its stop"),
                category=trading,
                keys=("Alt+K",),
                context=TICKET,
                help=tr("The size whose stop loses 2 % of the account's worth."),
            ),
            model.size_by_risk,
        )
        registry.register(
            Action(
                id="ticket.trigger",
                title=tr("Choose what wakes the order"),
                category=trading,
                keys=("Alt+W",),
                context=TICKET,
                help=tr("At once, at a stop, at a target, or trailing the best price."),
            ),
            self._next_trigger,
        )
        registry.register(
            Action(
                id="trade.lock",
                title=tr("Lock trading"),
                category=tr("Trade"),
                keys=("Ctrl+Shift+L",),
                help=tr("No order by hand opens anything until the account's phrase is typed."),
            ),
            model.lock,
        )
        registry.register(
            Action(
                id="trade.unlock",
                title=tr("Unlock trading …"),
                category=tr("Trade"),
                keys=("Ctrl+Shift+U",),
                help=tr("Type the account's phrase; a live account is armed apart from that."),
            ),
            self._ask_to_unlock,
        )
        if model.account.mode is Mode.LIVE:
            self._register_arming(registry)

    def _register_arming(self, registry: ActionRegistry) -> None:
        registry.register(
            Action(
                id="trade.arm",
                title=tr("Arm live trading for an hour …"),
                category=tr("Trade"),
                keys=("Ctrl+F11",),
                help=tr("Type the account's phrase: no single key arms real money."),
            ),
            self._ask_to_arm,
        )
        registry.register(
            Action(
                id="trade.disarm",
                title=tr("Disarm live trading"),
                category=tr("Trade"),
                keys=("Ctrl+F12",),
                help=tr("Nothing leaves any more that opens; cancels and closing still do."),
            ),
            self._model.disarm,
        )

    def _ask_to_unlock(self) -> None:
        self.raised.emit()
        question = tr("Type: trade {account}", account=self._model.account.id)
        self.line.ask(question, self._model.unlock)

    def _ask_to_arm(self) -> None:
        self.raised.emit()
        question = tr("Type: trade {account}", account=self._model.account.id)
        self.line.ask(question, self._model.arm)

    def bring_forward(self) -> None:
        """Show the pane and give the keys to its size field."""
        self.raised.emit()
        self.focus_now()

    def stage(self, side: Side) -> None:
        """Stage an order and show it."""
        is_here = self.has_ring
        self.raised.emit()
        # The price of an order before says nothing about where a new line should stand.
        self._model.stage(side, at_last=not is_here)
        if is_here:
            self.send_button.setFocus()
        elif self._model.staged is not None:
            # The line on the chart takes the arrows, the brackets and Enter.
            self.staged_elsewhere.emit()

    def focus_target(self) -> QWidget:
        """Give the keys to the size."""
        return self.form.size_edit

    def _connect(self) -> None:
        model, form = self._model, self.form
        form.side.chosen.connect(model.set_side)
        form.kind.chosen.connect(model.set_kind)
        form.time_in_force_chosen.connect(model.set_time_in_force)
        form.share_chosen.connect(model.use_share)
        form.size_edit.textEdited.connect(model.set_size)
        form.price_edit.textEdited.connect(model.set_price)
        self.extras.changed.connect(model.set_extras)
        self.extras.risk_size_wanted.connect(model.size_by_risk)
        form.size_edit.stepped.connect(model.nudge_size)
        form.price_edit.stepped.connect(model.nudge_price)
        model.changed.connect(self._show)
        model.focus_wanted.connect(self.bring_forward)

    def _next_trigger(self) -> None:
        form, kinds = self._model.extras_form, list(Trigger)
        after = kinds[(kinds.index(form.trigger) + 1) % len(kinds)]
        self._model.set_extras(replace(form, trigger=after))
        if after is not Trigger.NONE:
            self.extras.wake.setFocus()

    def _other_kind(self) -> None:
        is_limit = self._model.form.kind is OrderKind.LIMIT
        self._model.set_kind(OrderKind.MARKET if is_limit else OrderKind.LIMIT)

    def _show(self) -> None:
        model = self._model
        instrument, ticker = model.instrument, model.facts.ticker
        digits = instrument.price_digits if instrument else 2
        last = fmt.number(ticker.last if ticker else None, digits)
        self.symbol.setText(instrument.symbol if instrument else tr("No symbol"))
        self.last.setText(last)
        self.form.show_form(
            model.form,
            instrument.base if instrument else "",
            instrument.quote if instrument else "",
            last,
        )
        self.extras.show_form(model.extras_form)
        self.banner.show_armed(model.armed_until, is_locked=model.is_locked)
        self._show_lines()
        self._show_state()
        self._show_words()
        self._show_buttons()

    def _show_words(self) -> None:
        model = self._model
        side = model.staged.side if model.staged else model.form.side
        self.preview.say(model.preview, Tone.UP if side is Side.BUY else Tone.DOWN)
        self.problem.say(model.problem, Tone.WARNING if model.form.size else Tone.MUTED)
        is_said = model.outcome.text == model.problem
        self.outcome.say("" if is_said else model.outcome.text, model.outcome.tone)

    def _show_buttons(self) -> None:
        model = self._model
        is_staged = model.staged is not None
        if model.is_waiting:
            self.send_button.setText(tr("Waiting …"))
        elif is_staged:
            self.send_button.setText(tr("Send  ↵"))
        else:
            self.send_button.setText(tr("Stage  ↵"))
        restyle(self.send_button, "side", model.staged.side.value if model.staged else "")
        self.send_button.setEnabled(model.can_send if is_staged else not model.is_waiting)
        self.drop_button.setText(tr("Drop  Esc"))
        self.drop_button.setEnabled(is_staged or model.is_waiting or bool(model.outcome.text))

    def _show_state(self) -> None:
        texts = {
            TradingState.UNRECONCILED: tr("The desk is still comparing its orders with the venue."),
            TradingState.REDUCING: tr("Only orders that reduce a position are sent."),
            TradingState.HALTED: tr("Trading is halted: nothing is sent until you resume."),
        }
        state = self._model.trading_state
        self.state.say(texts.get(state, "") if state else "", Tone.WARNING)

    def _show_lines(self) -> None:
        lines = self._model.summary
        while len(self._values) < len(lines):
            title, value = PlainLabel(), PlainLabel()
            title.setProperty("role", "muted")
            value.setWordWrap(True)
            value.setAlignment(Qt.AlignmentFlag.AlignRight)
            self._values.append((title, value))
            self._lines.addRow(title, value)
        for number, (title, value) in enumerate(self._values):
            texts = lines[number] if number < len(lines) else ("", "")
            title.setText(texts[0])
            value.setText(texts[1])

    def _layout(self) -> QWidget:
        """Lay out the fields, which scroll where room is short, above what decides: always seen."""
        content = QWidget()
        box = QVBoxLayout(content)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(0)
        box.addWidget(_scrolled(self._fields()), 1)
        box.addWidget(self._decision())
        # A form as wide as a screen has its labels far from their fields.
        content.setMaximumWidth(_WIDEST)
        middle = QWidget()
        room = QHBoxLayout(middle)
        room.setContentsMargins(0, 0, 0, 0)
        room.addWidget(content)
        return middle

    def _order_tabs(self) -> None:
        """Lead Tab through the numbers of an order and its exits before all that fills them in."""
        form, extras = self.form, self.extras
        numbers = (form.size_edit, form.price_edit, extras.stop, extras.target)
        terms = (extras.trigger, extras.wake, extras.post_only, extras.reduce_only)
        buttons = (*form.shares, extras.by_risk, self.send_button, self.drop_button)
        for before, after in pairwise((*numbers, *terms, *buttons)):
            QWidget.setTabOrder(before, after)

    def _fields(self) -> QWidget:
        fields = QWidget()
        box = QVBoxLayout(fields)
        box.setContentsMargins(8, 6, 8, 2)
        box.setSpacing(5)
        self._lines.setVerticalSpacing(2)
        heading = QHBoxLayout()
        heading.addWidget(self.symbol)
        heading.addStretch(1)
        heading.addWidget(self.last)
        box.addWidget(self.banner)
        box.addLayout(heading)
        box.addWidget(self.form)
        box.addWidget(self.extras)
        box.addLayout(self._lines)
        box.addStretch(1)
        return fields

    def _decision(self) -> QWidget:
        decision = QWidget()
        box = QVBoxLayout(decision)
        box.setContentsMargins(8, 2, 8, 6)
        box.setSpacing(5)
        for line in (self.state, self.problem, self.preview, self.outcome):
            box.addWidget(line)
        buttons = QHBoxLayout()
        buttons.addWidget(self.send_button, 2)
        buttons.addWidget(self.drop_button, 1)
        box.addLayout(buttons)
        box.addWidget(self.line)
        return decision

    @staticmethod
    def _button(name: str, handler: object) -> QPushButton:
        button = QPushButton()
        button.setObjectName(name)
        button.setAutoDefault(False)
        button.clicked.connect(handler)
        return button


def _scrolled(content: QWidget) -> QScrollArea:
    area = QScrollArea()
    area.setWidgetResizable(True)
    area.setFrameShape(QFrame.Shape.NoFrame)
    area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    area.setWidget(content)
    # What is wider than the view would be cut off behind the scroll bar.
    bar = area.verticalScrollBar().sizeHint().width()
    area.setMinimumWidth(content.minimumSizeHint().width() + bar)
    return area
