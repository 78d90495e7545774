"""Show an account's orders and take them back by key."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from fks_desk.core.desk_messages import Verdict
from fks_desk.core.model import OrderKind, OrderState, Origin, Side
from fks_desk.ui.actions.action import Action
from fks_desk.ui.actions.registry import ActionRegistry
from fks_desk.ui.models import format as fmt
from fks_desk.ui.models.account.orders import OrderRow, OrdersModel
from fks_desk.ui.models.format import Tone
from fks_desk.ui.models.target import ChartTarget
from fks_desk.ui.panes.ask_line import AskLine
from fks_desk.ui.panes.table_pane import TablePane
from fks_desk.ui.tables.column import Column
from fks_desk.ui.text import tr

_BAD = frozenset({OrderState.REJECTED, OrderState.DENIED})
_ODD = frozenset({OrderState.UNKNOWN, OrderState.ABSENT, OrderState.HELD})


class OrdersPane(TablePane[OrderRow]):
    """List orders, newest on top; Del cancels the one under the cursor."""

    def __init__(self, *, model: OrdersModel, parent: QWidget | None = None) -> None:
        super().__init__(
            name="orders",
            title=tr("Orders"),
            hint=tr("No order yet. Press Shift+B to stage a buy; Enter sends it."),
            columns=columns(),
            key=lambda row: row.key,
            order=lambda row: row.created,
            parent=parent,
        )
        self._model = model
        model.rows_changed.connect(self.rows.upsert)
        model.open_count_changed.connect(self._show_count)
        model.notice_changed.connect(self.notice.say)
        model.failed.connect(self.notice.say)
        self.table.row_opened.connect(self.open_on_chart)
        self.line = AskLine(name="orders.line", home=lambda: self.table)
        self._box.addWidget(self.line)

    def register_actions(self, registry: ActionRegistry) -> None:
        """Offer what can be done with orders."""
        registry.register(
            Action(
                id="orders.cancel",
                title=tr("Cancel the chosen order"),
                category=tr("Trade"),
                keys=("Del", "Backspace"),
                context=self.name,
                help=tr("Take the order under the cursor back."),
            ),
            lambda: self._model.cancel(self.current()),
        )
        registry.register(
            Action(
                id="orders.cancel_all",
                title=tr("Cancel all orders"),
                category=tr("Trade"),
                keys=(";, C",),
                help=tr("Take every open order of the account back."),
            ),
            self._model.cancel_all,
        )
        registry.register(
            Action(
                id="orders.amend",
                title=tr("Change the chosen order"),
                category=tr("Trade"),
                keys=("F2",),
                context=self.name,
                help=tr("Type a new size and price; the old order ends before the new one leaves."),
            ),
            self._amend,
        )
        for verdict, title in (
            (Verdict.NEVER_THERE, tr("Decide: the unknown order never reached the venue")),
            (Verdict.GONE, tr("Decide: the unknown order is gone at the venue")),
        ):
            registry.register(
                Action(
                    id=f"orders.decide_{verdict.name.lower()}",
                    title=title,
                    category=tr("Trade"),
                    context=self.name,
                    help=tr("Record what you saw on the venue's own page, with a note."),
                ),
                lambda verdict=verdict: self._decide(verdict),
            )

    def _amend(self) -> None:
        row = self.current()
        if row is None or not row.is_open:
            self.notice.say(tr("Choose an open order to change."))
            return
        model = self._model
        question = tr("Size @ price of {symbol}", symbol=row.symbol)
        self.line.ask(question, lambda text: model.amend(row, text), model.amend_text(row))

    def _decide(self, verdict: Verdict) -> None:
        row = self.current()
        if row is None or row.order.state is not OrderState.UNKNOWN:
            self._model.decide(row, verdict, "")
            return
        question = tr("What did you see of {symbol}?", symbol=row.symbol)
        self.line.ask(question, lambda note: self._model.decide(row, verdict, note))

    def _show_count(self, count: int) -> None:
        title = tr("Orders")
        self.set_title(tr("{title} ({count})", title=title, count=count) if count else title)

    def target_of(self, row: OrderRow) -> ChartTarget:
        """Return when the order was made, at its price."""
        intent = row.order.intent
        price = row.order.average_price or intent.limit_price
        return ChartTarget(instrument=intent.instrument, moment=row.created, price=price)


def columns() -> list[Column[OrderRow]]:
    """Return the columns of the table."""
    return [
        Column(
            title=tr("Time"),
            text=lambda row: fmt.clock_time(row.created),
            sample="00:00:00",
            tone=lambda _row: Tone.MUTED,
            tip=lambda row: fmt.moment(row.created),
        ),
        Column(title=tr("Symbol"), text=lambda row: row.symbol, sample="WWWW/USDT"),
        Column(
            title=tr("Side"),
            text=lambda row: side_text(row.order.intent.side),
            sample="▼ Sell",
            tone=lambda row: side_tone(row.order.intent.side),
        ),
        Column(
            title=tr("Kind"),
            text=lambda row: kind_text(row.order.intent.kind),
            sample="Take profit",
        ),
        Column(
            title=tr("State"),
            text=lambda row: state_text(row.order.state),
            sample="cancel pending",
            tone=_state_tone,
            tip=lambda row: row.order.reason,
        ),
        Column(
            title=tr("Size"),
            text=lambda row: fmt.exact(row.order.intent.size),
            sample="0.12345678",
            is_number=True,
        ),
        Column(
            title=tr("Filled"),
            text=lambda row: fmt.exact(row.order.filled),
            sample="0.12345678",
            tone=lambda row: Tone.PLAIN if row.order.filled else Tone.MUTED,
            is_number=True,
        ),
        Column(
            title=tr("Price"),
            text=_price,
            sample="123,456.00",
            is_number=True,
            tip=_price_tip,
        ),
        Column(
            title=tr("Average"),
            text=lambda row: fmt.number(row.order.average_price, _digits(row)),
            sample="123,456.00",
            is_number=True,
            tip=lambda row: fmt.exact(row.order.average_price),
        ),
        Column(
            title=tr("From"),
            text=lambda row: row.order.intent.strategy or origin_text(row.order.intent.origin),
            sample="strategy",
            tone=lambda _row: Tone.MUTED,
            is_centered=True,
        ),
        Column(
            title=tr("Reason"),
            text=lambda row: row.order.reason,
            sample="a reason of some length",
            tone=_state_tone,
            tip=lambda row: row.order.reason,
        ),
    ]


def side_text(side: Side) -> str:
    """Return a side with a mark that needs no colour."""
    return tr("▲ Buy") if side is Side.BUY else tr("▼ Sell")


def side_tone(side: Side) -> Tone:
    """Return a side's tone."""
    return Tone.UP if side is Side.BUY else Tone.DOWN


def kind_text(kind: OrderKind) -> str:
    """Return an order kind as a table shows it."""
    words = {
        OrderKind.MARKET: tr("Market"),
        OrderKind.LIMIT: tr("Limit"),
        OrderKind.STOP: tr("Stop"),
        OrderKind.STOP_LIMIT: tr("Stop limit"),
        OrderKind.TAKE_PROFIT: tr("Take profit"),
        OrderKind.TAKE_PROFIT_LIMIT: tr("Take limit"),
        OrderKind.TRAILING_STOP: tr("Trailing"),
    }
    return words[kind]


def origin_text(origin: Origin) -> str:
    """Say who wanted an order."""
    words = {
        Origin.HAND: tr("hand"),
        Origin.STRATEGY: tr("strategy"),
        Origin.DESK: tr("desk"),
        Origin.EXTERNAL: tr("elsewhere"),
    }
    return words[origin]


def state_text(state: OrderState) -> str:
    """Return an order state in plain words."""
    words = {
        OrderState.PERSISTED: tr("written"),
        OrderState.HELD: tr("held locally"),
        OrderState.SENDING: tr("sending"),
        OrderState.OPEN: tr("open"),
        OrderState.PARTIAL: tr("partly filled"),
        OrderState.CANCEL_PENDING: tr("cancel pending"),
        OrderState.FILLED: tr("filled"),
        OrderState.CANCELED: tr("canceled"),
        OrderState.REJECTED: tr("rejected"),
        OrderState.EXPIRED: tr("expired"),
        OrderState.DENIED: tr("denied"),
        OrderState.UNKNOWN: tr("unknown"),
        OrderState.ABSENT: tr("never arrived"),
    }
    return words[state]


def _state_tone(row: OrderRow) -> Tone:
    if row.order.state in _BAD:
        return Tone.DOWN
    if row.order.state in _ODD:
        return Tone.WARNING
    if row.order.state is OrderState.FILLED:
        return Tone.UP
    return Tone.PLAIN if row.is_open else Tone.MUTED


def _price(row: OrderRow) -> str:
    intent, digits = row.order.intent, _digits(row)
    # A stop that shows no price of its own hides what it protects.
    prices = [intent.terms.trigger_price, intent.limit_price]
    shown = [fmt.number(price, digits) for price in prices if price is not None]
    return " → ".join(shown) or tr("market")


def _price_tip(row: OrderRow) -> str:
    intent = row.order.intent
    if intent.terms.trigger_price is None:
        return ""
    if intent.limit_price is None:
        return tr("wakes at this price, then leaves at the market")
    return tr("wakes at the first price, then leaves at the second or better")


def _digits(row: OrderRow) -> int:
    return row.instrument.price_digits if row.instrument else 2
