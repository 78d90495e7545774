"""Change an open order without ever having two of it alive by accident."""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal

from fks_desk.core.clock import Clock
from fks_desk.core.desk_messages import AmendOrder
from fks_desk.core.ids import new_client_id
from fks_desk.core.messages import NoticeRaised, Severity
from fks_desk.core.model import (
    ClientOrderId,
    Instrument,
    InstrumentId,
    Order,
    OrderIntent,
    OrderState,
)
from fks_desk.core.nursery import Nursery
from fks_desk.core.orders import TERMINAL_STATES
from fks_desk.core.ports import Publish
from fks_desk.trading.books.account import Books, Instruments
from fks_desk.trading.courier import Courier
from fks_desk.trading.working.sender import Sender

_RESTING = frozenset({OrderState.OPEN, OrderState.PARTIAL, OrderState.HELD})


@dataclass(slots=True, kw_only=True)
class _Change:
    """Hold what is wanted, counted with what was filled when it was asked for."""

    intent: OrderIntent
    filled: Decimal
    is_asked: bool = False


class Amending:
    """Replace an order: in one request where the venue has that, else cancel first.

    The second order leaves only once the venue has confirmed the end of the first,
    and only with what the first had left. If the desk stops in between, nothing of
    it rests any more: the safe half.
    """

    def __init__(
        self,
        *,
        books: Books,
        sender: Sender,
        courier: Courier,
        instruments: Instruments,
        nursery: Nursery,
        clock: Clock,
        publish: Publish,
    ) -> None:
        self._books = books
        self._sender = sender
        self._courier = courier
        self._instruments = instruments
        self._nursery = nursery
        self._clock = clock
        self._publish = publish
        self._waiting: dict[ClientOrderId, _Change] = {}

    async def amend(self, command: AmendOrder) -> str | None:
        """Begin a change; return a sentence if there is nothing to change."""
        order = self._books.blotter.order(command.client_id)
        if order is None or order.state not in _RESTING:
            state = "is not known" if order is None else f"is {order.state.replace('_', ' ')}"
            return f"Order {command.client_id} {state} and cannot be changed."
        if command.client_id in self._waiting:
            return f"Order {command.client_id} is being changed already."
        instrument = self._instruments().get(order.intent.instrument)
        if instrument is None:
            return f"The venue lists no {order.intent.instrument}."
        intent = self._wanted(order, command, instrument)
        if isinstance(intent, str):
            return intent
        if self._sender.abilities.has_replace and order.state is not OrderState.HELD:
            await self._sender.replace(order, intent)
        else:
            self._waiting[order.client_id] = _Change(intent=intent, filled=order.filled)
            self._courier.cancel(order)
        return None

    def on_moved(self, order: Order) -> None:
        """Send the second order once the first has ended without filling whole."""
        if order.state not in TERMINAL_STATES:
            self._on_open(order)
            return
        change = self._waiting.pop(order.client_id, None)
        instrument = self._instruments().get(order.intent.instrument)
        if change is None or instrument is None:
            return
        size = change.intent.size - (order.filled - change.filled)
        if order.state is OrderState.FILLED or size < instrument.lot:
            return
        intent = replace(change.intent, size=size, created=self._clock.now())
        self._nursery.start(self._follow(intent), name=f"amend {order.client_id}")

    def forget_order(self, client_id: ClientOrderId) -> None:
        """Send no second order after this one: a person wants it gone."""
        self._waiting.pop(client_id, None)

    def forget(self, instrument: InstrumentId | None = None) -> None:
        """Send no second order of an instrument, or of any: whoever leaves wants none of it."""
        for client_id, change in tuple(self._waiting.items()):
            if instrument is None or change.intent.instrument == instrument:
                del self._waiting[client_id]

    def _on_open(self, order: Order) -> None:
        """Give a change up whose cancel the venue has refused: the order rests as it was.

        Kept, it would follow when somebody takes the order back much later.
        """
        change = self._waiting.get(order.client_id)
        if change is None:
            return
        if order.state is OrderState.CANCEL_PENDING:
            change.is_asked = True
        elif order.state in _RESTING and change.is_asked:
            del self._waiting[order.client_id]
            text = f"Order {order.client_id} was not changed: the venue did not take it back."
            self._publish(NoticeRaised(severity=Severity.WARNING, text=text, topic="trading"))
        else:
            change.is_asked = False

    async def _follow(self, intent: OrderIntent) -> None:
        await self._sender.place(intent)

    def _wanted(
        self, order: Order, command: AmendOrder, instrument: Instrument
    ) -> OrderIntent | str:
        intent = order.intent
        total = command.size or intent.size
        left = instrument.snap_size(total - order.filled)
        if left < instrument.lot:
            return (
                f"{order.filled} of the order are filled; a new size must be larger, was {total}."
            )
        limit = command.limit_price or intent.limit_price if intent.kind.has_limit else None
        trigger = command.trigger_price or intent.terms.trigger_price
        if not intent.kind.has_trigger:
            trigger = None
        if (left, limit, trigger) == (
            order.remaining, intent.limit_price, intent.terms.trigger_price
        ):  # fmt: skip
            return "The order has these numbers already."
        return replace(
            intent,
            client_id=new_client_id(),
            size=left,
            limit_price=limit,
            reference_price=limit or trigger or intent.reference_price,
            terms=replace(intent.terms, trigger_price=trigger),
            replaces=order.client_id,
            created=self._clock.now(),
        )
