"""Send each staged order once, and tell what became of it."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from PySide6.QtCore import QObject, Signal

from fks_desk.core.clock import Clock
from fks_desk.core.ids import new_client_id
from fks_desk.core.messages import OrderDenied, PlaceOrder
from fks_desk.core.model import (
    AccountId,
    ClientOrderId,
    Order,
    OrderIntent,
    OrderKind,
    OrderState,
    Side,
    TimeInForce,
)
from fks_desk.core.ports import Send
from fks_desk.core.terms import PLAIN
from fks_desk.ui.models import format as fmt
from fks_desk.ui.models.account.ticket_extras import Extras
from fks_desk.ui.models.format import Tone
from fks_desk.ui.models.staging import StagedOrder
from fks_desk.ui.text import tr

_ON_ITS_WAY = frozenset({OrderState.PERSISTED, OrderState.SENDING})


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """Say what became of the order sent last."""

    text: str = ""
    tone: Tone = Tone.PLAIN


class Sending(QObject):
    """Hold the orders that were sent by hand and wait for the desk's answer."""

    said = Signal(object)  # Outcome

    def __init__(
        self, *, account: AccountId, send: Send, clock: Clock, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._account = account
        self._send = send
        self._clock = clock
        self._waiting: set[ClientOrderId] = set()
        self._told: ClientOrderId | None = None

    @property
    def is_waiting(self) -> bool:
        """Tell whether an order was sent and the desk has not answered."""
        return bool(self._waiting)

    def place(
        self,
        staged: StagedOrder,
        time_in_force: TimeInForce,
        last: Decimal | None,
        extras: Extras | None = None,
    ) -> None:
        """Send the order; a market order is judged by the last price."""
        is_limit = staged.kind is OrderKind.LIMIT
        extras = extras or Extras(kind=staged.kind, terms=PLAIN)
        intent = OrderIntent(
            client_id=new_client_id(),
            account=self._account,
            instrument=staged.instrument.id,
            side=staged.side,
            kind=extras.kind,
            size=staged.size,
            limit_price=staged.price if is_limit else None,
            reference_price=staged.price if is_limit or last is None else last,
            time_in_force=time_in_force if is_limit else TimeInForce.GTC,
            prompted_by=staged.prompted_by,
            terms=extras.terms,
            created=self._clock.now(),
        )
        self._waiting.add(intent.client_id)
        self.forget()
        # First of all: to say so means to paint, and no answer comes before this has returned.
        self._send(PlaceOrder(intent=intent))
        self._say(tr("Sent. Waiting for the desk's answer …"), Tone.MUTED)

    def give_up_waiting(self) -> None:
        """Let a person go on when no answer comes; the order may have gone through."""
        self._waiting.clear()
        text = tr("The desk has not answered yet. Look at the orders before you send again.")
        self._say(text, Tone.WARNING)

    def forget(self) -> None:
        """Say no more of the order that was told of last."""
        self._told = None

    def on_order(self, order: Order) -> None:
        """Stop waiting when the venue has answered; tell on what becomes of the order."""
        if order.state in _ON_ITS_WAY:
            return
        if order.client_id in self._waiting:
            self._waiting.discard(order.client_id)
            self._told = order.client_id
        if order.client_id == self._told:
            self.said.emit(outcome_of(order))

    def on_order_denied(self, event: OrderDenied) -> None:
        """Show why the desk kept an order at home."""
        if event.intent.client_id in self._waiting:
            self._waiting.discard(event.intent.client_id)
            self._say(tr("Denied: {reason}", reason=event.reason), Tone.DOWN)

    def _say(self, text: str, tone: Tone) -> None:
        self.said.emit(Outcome(text=text, tone=tone))


def outcome_of(order: Order) -> Outcome:
    """Say what an answered order came to."""
    what = tr(
        "{side} {size} {symbol}",
        side=tr("Buy") if order.intent.side is Side.BUY else tr("Sell"),
        size=fmt.exact(order.intent.size),
        symbol=order.intent.instrument.split(":", 2)[2],
    )
    if order.state is OrderState.REJECTED:
        text = tr("{what} was refused by the venue: {reason}", what=what, reason=order.reason)
        return Outcome(text=text, tone=Tone.DOWN)
    if order.state is OrderState.UNKNOWN:
        text = tr("{what}: the venue's answer was lost; the desk is asking again.", what=what)
        return Outcome(text=text, tone=Tone.WARNING)
    if order.state is OrderState.FILLED:
        text = tr("{what} filled at {price}.", what=what, price=_average(order))
        return Outcome(text=text, tone=Tone.UP)
    words = {
        OrderState.OPEN: (tr("rests at the venue"), Tone.UP),
        OrderState.HELD: (tr("is held locally: it works only while the desk runs"), Tone.WARNING),
        OrderState.PARTIAL: (tr("is filled in part"), Tone.UP),
        OrderState.CANCEL_PENDING: (tr("is being canceled"), Tone.MUTED),
        OrderState.CANCELED: (tr("was canceled"), Tone.MUTED),
        OrderState.EXPIRED: (tr("expired unfilled"), Tone.WARNING),
        OrderState.ABSENT: (tr("never reached the venue"), Tone.WARNING),
    }
    state, tone = words.get(order.state, (tr("was denied"), Tone.DOWN))
    return Outcome(text=f"{what} {state}.", tone=tone)


def _average(order: Order) -> str:
    """Return the average with the digits of the price it met; those beyond come from dividing."""
    average = order.average_price
    step = order.intent.reference_price.as_tuple().exponent
    if average is None or not isinstance(step, int):
        return fmt.exact(average)
    return fmt.exact(round(average, max(2, -step)))
