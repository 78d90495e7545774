"""Decide what the order ticket shows."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from decimal import Decimal

from PySide6.QtCore import QObject, Signal

from fks_desk.core.clock import Clock
from fks_desk.core.desk_messages import (
    ArmTrading,
    DisarmTrading,
    LockTrading,
    TradingArmed,
    UnlockTrading,
)
from fks_desk.core.messages import OrderDenied, OrderFilled, OrderMoved, TradingStateMoved
from fks_desk.core.model import (
    Instrument,
    InstrumentId,
    OrderKind,
    Side,
    TimeInForce,
    TradingState,
)
from fks_desk.core.ports import Send
from fks_desk.core.terms import PLAIN
from fks_desk.ui.bridge.bridge import Bridge
from fks_desk.ui.models import format as fmt
from fks_desk.ui.models.account.portfolio import PortfolioModel
from fks_desk.ui.models.account.sending import Outcome, Sending
from fks_desk.ui.models.account.ticket_check import (
    CheckedOrder,
    Draft,
    TicketFacts,
    TicketForm,
    check_ticket,
    read_draft,
    size_for_share,
)
from fks_desk.ui.models.account.ticket_extras import (
    Extras,
    ExtrasForm,
    expiry,
    read_extras,
    size_by_risk,
    words,
)
from fks_desk.ui.models.account.ticket_text import Line, free, preview, summary
from fks_desk.ui.models.batch import Batch
from fks_desk.ui.models.entry import Refusal, read_number
from fks_desk.ui.models.format import Tone
from fks_desk.ui.models.market import MarketModel
from fks_desk.ui.models.staging import StagedOrder, Staging, refusal
from fks_desk.ui.text import tr

SHARES = (10, 25, 50, 100)
ARMED_MINUTES = 60


class TicketModel(QObject):
    """Join the form, the staged order and the answer of the desk.

    The form and `Staging` follow one another: a line dragged on the chart changes
    the form, a typed number moves the line. Only what is staged is ever sent.
    """

    changed = Signal()
    focus_wanted = Signal()

    def __init__(
        self,
        *,
        market: MarketModel,
        portfolio: PortfolioModel,
        staging: Staging,
        send: Send,
        clock: Clock,
        fee_bps: Decimal = Decimal(10),
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self.account = portfolio.account
        self.form = TicketForm()
        self.extras_form = ExtrasForm()
        self.outcome = Outcome()
        self.trading_state: TradingState | None = None
        self.armed_until: datetime | None = None
        self.is_locked = False
        self._send = send
        self._market = market
        self._portfolio = portfolio
        self._staging = staging
        self._fee_bps = fee_bps
        self._instrument: InstrumentId | None = None
        self._clock = clock
        self._sending = Sending(account=portfolio.account.id, send=send, clock=clock, parent=self)
        self._seen: StagedOrder | None = None
        self._is_typing = False
        self._batch = Batch(lambda _keys: self.changed.emit(), parent=self)
        self._connect()

    def listen(self, bridge: Bridge) -> None:
        """Hear what becomes of orders."""
        bridge.subscribe(OrderMoved, self.on_order_moved)
        bridge.subscribe(OrderFilled, lambda event: self._sending.on_order(event.order))
        bridge.subscribe(OrderDenied, self.on_order_denied)
        bridge.subscribe(TradingStateMoved, self.on_trading_state_moved)
        bridge.subscribe(TradingArmed, self.on_trading_armed)

    # what the pane shows

    @property
    def instrument(self) -> Instrument | None:
        """Return the instrument that the ticket is for."""
        return None if self._instrument is None else self._market.instrument(self._instrument)

    @property
    def staged(self) -> StagedOrder | None:
        """Return the order that waits for Enter, if it is of this ticket's instrument."""
        order = self._staging.order
        return order if order and order.instrument.id == self._instrument else None

    @property
    def is_waiting(self) -> bool:
        """Tell whether an order was sent and the desk has not answered."""
        return self._sending.is_waiting

    @property
    def can_send(self) -> bool:
        """Tell whether Enter would send now."""
        return self.staged is not None and not self.is_waiting and not self.problem

    @property
    def checked(self) -> CheckedOrder | Refusal:
        """Return the order that the form describes, or what is wrong."""
        return check_ticket(self.form, self.facts)

    @property
    def problem(self) -> str:
        """Return the one sentence that stands between the form and an order, or nothing."""
        checked = self.checked
        if isinstance(checked, Refusal):
            return checked.text
        extras = self.extras
        if isinstance(extras, Refusal):
            return extras.text
        staged = self.staged
        return (refusal(staged) or "") if staged is not None else ""

    @property
    def extras(self) -> Extras | Refusal:
        """Return the order's kind and terms, or what is wrong with them."""
        instrument = self.instrument
        if instrument is None:
            return Extras(kind=self.form.kind, terms=PLAIN)
        is_resting = self.form.kind is OrderKind.LIMIT
        wanted = self.form.time_in_force if is_resting else TimeInForce.GTC
        expires = expiry(wanted, self._clock.now())
        return read_extras(self.extras_form, self.form.kind, instrument, expires)

    @property
    def facts(self) -> TicketFacts:
        """Return what the form is checked against now."""
        return TicketFacts(
            account=self.account,
            instrument=self.instrument,
            ticker=None if self._instrument is None else self._market.ticker(self._instrument),
            balances=self._portfolio.balances,
            fee_bps=self._fee_bps,
            margin=self._portfolio.margins.get(self._instrument) if self._instrument else None,
            free_margin=self._portfolio.free_margin,
        )

    @property
    def preview(self) -> str:
        """Return what Enter would send, or nothing while nothing is staged."""
        staged = self.staged
        if staged is None:
            return ""
        extras = self.extras
        added = "" if isinstance(extras, Refusal) else words(extras, staged.side)
        plain = preview(staged, self.form.time_in_force)
        return f"{plain} · {added}" if added else plain

    @property
    def summary(self) -> list[Line]:
        """Return what the order costs and risks, or what is free while there is none."""
        checked = self.checked
        if isinstance(checked, CheckedOrder):
            return summary(checked, self.facts, self.equity, self._stop)
        instrument = self.instrument
        if instrument is None:
            return []
        return [(tr("Free"), free(instrument, self.form.side, self.facts))]

    @property
    def _stop(self) -> Decimal | None:
        """Return where the order is to be left at a loss, if that was typed."""
        extras = self.extras
        if isinstance(extras, Refusal) or extras.terms.exits is None:
            return None
        return extras.terms.exits.stop

    @property
    def equity(self) -> Decimal | None:
        """Return what the account is worth, if known."""
        equity = self._portfolio.equity
        return equity.total if equity.is_known else None

    # what a person does

    def set_instrument(self, instrument: InstrumentId) -> None:
        """Make the ticket one for this instrument; numbers of another one are forgotten."""
        if instrument == self._instrument:
            return
        self._instrument = instrument
        self._staging.drop()
        self.form = replace(self.form, size="", price="")
        self.extras_form = ExtrasForm()
        self._clear_outcome()
        self.changed.emit()

    def set_side(self, side: Side) -> None:
        """Choose buy or sell."""
        self.form = replace(self.form, side=side)
        with self._typing():
            self._staging.set_side(side)
        self.changed.emit()

    def set_kind(self, kind: OrderKind) -> None:
        """Choose market or limit; a staged order is drawn up anew."""
        if kind is self.form.kind:
            return
        price = self.form.price
        if kind is OrderKind.LIMIT and not price:
            price = self._last_price_text()
        self.form = replace(self.form, kind=kind, price=price)
        if self.staged is not None:
            self.stage(self.form.side, prompted_by=self.staged.prompted_by)
        self.changed.emit()

    def set_time_in_force(self, time_in_force: TimeInForce) -> None:
        """Choose how long a limit order may rest."""
        self.form = replace(self.form, time_in_force=time_in_force)
        self.changed.emit()

    def set_size(self, text: str) -> None:
        """Take the size as typed."""
        self.form = replace(self.form, size=text)
        size = read_number(text, "size", "")
        if isinstance(size, Decimal):
            with self._typing():
                self._staging.set_size(size)
        self.changed.emit()

    def set_price(self, text: str) -> None:
        """Take the price as typed."""
        self.form = replace(self.form, price=text)
        price = read_number(text, "price", "")
        if isinstance(price, Decimal) and self.form.kind is OrderKind.LIMIT:
            with self._typing():
                self._staging.set_price(price)
        self.changed.emit()

    def set_extras(self, form: ExtrasForm) -> None:
        """Take trigger, exits and marks as typed; the stop follows on the chart."""
        self.extras_form = form
        stop = read_number(form.stop, "stop", "") if form.stop.strip() else None
        with self._typing():
            self._staging.set_stop(stop if isinstance(stop, Decimal) else None)
        self.changed.emit()

    def size_by_risk(self) -> None:
        """Size the order so that its stop loses the share of equity that a trade may."""
        instrument, equity = self.instrument, self.equity
        stop = read_number(self.extras_form.stop, "stop", tr("The stop"))
        draft = read_draft(self.form, self.facts)
        for wrong in (stop, draft):
            if isinstance(wrong, Refusal):
                self._say(wrong.text, Tone.WARNING)
                return
        if instrument is None or equity is None:
            self._say(tr("The account's worth is not known yet."), Tone.WARNING)
            return
        assert isinstance(stop, Decimal)  # noqa: S101  refusals have returned above
        assert isinstance(draft, Draft)  # noqa: S101  likewise
        size = size_by_risk(equity=equity, price=draft.price, stop=stop, instrument=instrument)
        if isinstance(size, Refusal):
            self._say(size.text, Tone.WARNING)
        else:
            self.set_size(fmt.editable(size))

    def nudge_price(self, ticks: int) -> None:
        """Move the price by whole ticks, from the last one if none is typed."""
        instrument = self.instrument
        price = read_number(self.form.price or self._last_price_text(), "price", "")
        if instrument is not None and isinstance(price, Decimal):
            moved = instrument.snap_price(price) + ticks * instrument.tick
            self.set_price(fmt.editable(max(instrument.tick, moved)))

    def nudge_size(self, steps: int) -> None:
        """Change the size by whole steps: those of the staged order, else whole lots."""
        instrument = self.instrument
        if self.staged is not None:
            self._staging.nudge_size(steps)
        elif instrument is not None:
            size = read_number(self.form.size, "size", "")
            held = size if isinstance(size, Decimal) else Decimal(0)
            self.set_size(fmt.editable(max(instrument.lot, held + steps * instrument.lot)))

    def use_share(self, percent: int) -> None:
        """Size the order by a share of what is free."""
        size = size_for_share(self.form, self.facts, percent)
        if isinstance(size, Refusal):
            self._say(size.text, Tone.WARNING)
        else:
            self.set_size(fmt.editable(size))

    def stage(
        self, side: Side | None = None, *, at_last: bool = False, prompted_by: str | None = None
    ) -> None:
        """Draw the order up, to be looked at before it is sent.

        Without a price, or with `at_last`, it stands at the last one; without a
        size it takes the first preset. `prompted_by` names the signal behind it.
        """
        side = side or self.form.side
        form = replace(self.form, side=side, price="" if at_last else self.form.price)
        if form.kind is OrderKind.LIMIT and not form.price.strip():
            form = replace(form, price=self._last_price_text())
        draft = read_draft(form, self.facts)
        if isinstance(draft, Refusal):
            self._say(draft.text, Tone.WARNING)
            return
        self.form = form
        self._clear_outcome()
        self._staging.stage(
            draft.instrument,
            side,
            draft.price,
            draft.size,
            kind=form.kind,
            stop=self._stop,
            prompted_by=prompted_by,
        )

    def submit(self) -> None:
        """Send what is staged, or stage what is typed: no single key sends."""
        if self.is_waiting:
            if self.staged is not None:
                text = tr("The order before is not answered yet: wait, or press Esc twice.")
                self._staging.notice_changed.emit(text)
        elif self.staged is None:
            self.stage()
        elif problem := self.problem:
            # Told through the staging, because the keys may be on the chart.
            self._staging.notice_changed.emit(problem)
        else:
            self._staging.send()

    def drop(self) -> None:
        """Forget the staged order, or stop waiting for an answer that does not come."""
        if self._staging.is_staged:
            self._staging.drop()
        elif self.is_waiting:
            self._sending.give_up_waiting()
        else:
            self._say("", Tone.PLAIN)

    # what the desk answers

    def on_order_moved(self, event: OrderMoved) -> None:
        """Pass the news of an order on to who waits for it."""
        self._sending.on_order(event.order)

    def on_order_denied(self, event: OrderDenied) -> None:
        """Pass a denial on to who waits for it."""
        self._sending.on_order_denied(event)

    def on_trading_state_moved(self, event: TradingStateMoved) -> None:
        """Show whether the desk sends anything at all."""
        if event.account == self.account.id:
            self.trading_state = event.state
            self.changed.emit()

    def on_trading_armed(self, event: TradingArmed) -> None:
        """Show until when a live account may send."""
        if event.account == self.account.id:
            self.armed_until = event.until
            self.is_locked = event.is_locked
            self.changed.emit()

    def arm(self, phrase: str) -> None:
        """Ask the desk to let a live account send for an hour."""
        self._send(ArmTrading(account=self.account.id, phrase=phrase, minutes=ARMED_MINUTES))

    def lock(self, minutes: int = 0) -> None:
        """Ask the desk to take no order by hand that opens, as after minutes without anybody."""
        reason = (
            f"nobody touched a key or the mouse for {minutes} minutes"
            if minutes
            else "a person locked it"
        )
        if not self.is_locked:
            self._send(LockTrading(account=self.account.id, reason=reason))

    def unlock(self, phrase: str) -> None:
        """Ask the desk to take orders by hand again."""
        self._send(UnlockTrading(account=self.account.id, phrase=phrase))

    def disarm(self) -> None:
        """Ask the desk to let nothing leave that raises exposure."""
        self._send(DisarmTrading(account=self.account.id))

    def _connect(self) -> None:
        self._sending.said.connect(self._on_said)
        self._staging.changed.connect(self._on_staged)
        self._staging.sent.connect(self._place)
        self._staging.notice_changed.connect(lambda text: self._say(text, Tone.WARNING))
        self._market.quote_moved.connect(self._on_quote)
        self._market.instruments_changed.connect(self._on_instruments)
        self._portfolio.balances_changed.connect(lambda _rows: self._batch.add("balances"))
        self._portfolio.equity_changed.connect(lambda _equity: self._tell_equity())

    def _place(self, staged: StagedOrder) -> None:
        last = self._market.mark(staged.instrument.id)
        time_in_force, extras = self.form.time_in_force, self.extras
        if isinstance(extras, Refusal):
            self._say(extras.text, Tone.WARNING)
            return
        # What is sent is not typed any more: the next order starts from nothing.
        self.form = replace(self.form, size="", price="")
        self.extras_form = ExtrasForm()
        self._sending.place(staged, time_in_force, last, extras)

    def _on_staged(self, staged: StagedOrder | None) -> None:
        # Others tell of the same order again, with a new equity say: the typing stays as it is.
        is_news = staged != self._seen and not self._is_typing
        self._seen = staged
        if staged is not None and is_news:
            self._instrument = staged.instrument.id
            is_limit = staged.kind is OrderKind.LIMIT
            self.form = replace(
                self.form,
                side=staged.side,
                kind=staged.kind,
                size=fmt.editable(staged.size),
                price=fmt.editable(staged.price) if is_limit else self.form.price,
            )
        self.changed.emit()

    def _on_quote(self, instrument: InstrumentId) -> None:
        if instrument != self._instrument:
            return
        mark = self._market.mark(instrument)
        if mark is not None and self.staged is not None:
            with self._typing():
                self._staging.follow(mark)
        self._batch.add(instrument)

    def _on_instruments(self) -> None:
        if self.outcome.tone is Tone.WARNING and self.instrument is not None:
            # It said that the instrument was missing.
            self._clear_outcome()
        self.changed.emit()

    def _clear_outcome(self) -> None:
        self.outcome = Outcome()
        self._sending.forget()

    def _tell_equity(self) -> None:
        self._staging.set_equity(self.equity)

    def _last_price_text(self) -> str:
        ticker = self.facts.ticker
        return "" if ticker is None else fmt.editable(ticker.last)

    def _say(self, text: str, tone: Tone) -> None:
        self._on_said(Outcome(text=text, tone=tone))

    def _on_said(self, outcome: Outcome) -> None:
        self.outcome = outcome
        self.changed.emit()

    @contextmanager
    def _typing(self) -> Iterator[None]:
        """Keep what is typed as it is while the staged order follows it."""
        before, self._is_typing = self._is_typing, True
        try:
            yield
        finally:
            self._is_typing = before
