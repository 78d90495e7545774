"""Carry orders and cancels to the venue: an order once, a cancel until it is settled."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine
from typing import Any

from fks_desk.core.errors import FKSException, OrderRefused
from fks_desk.core.failpoints import reach
from fks_desk.core.model import ClientOrderId, Order, OrderState
from fks_desk.core.nursery import Nursery
from fks_desk.core.orders import TERMINAL_STATES, OrderMove
from fks_desk.core.ports import Broker, VenueOrder
from fks_desk.trading.books.account import Books
from fks_desk.trading.options import TradingOptions

log = logging.getLogger(__name__)

_NOT_THERE_YET = frozenset({OrderState.PERSISTED, OrderState.SENDING})
_CANCELLED_FROM = frozenset({OrderState.CANCEL_PENDING})
_RESTING = frozenset({OrderState.OPEN, OrderState.PARTIAL})


class Courier:
    """Speak to the broker outside of the account's turn, so that nothing waits for a reply."""

    def __init__(
        self,
        *,
        broker: Broker,
        books: Books,
        nursery: Nursery,
        look_soon: Callable[[], None],
        look_later: Callable[[], None],
        options: TradingOptions,
    ) -> None:
        self._broker = broker
        self._books = books
        self._nursery = nursery
        self._look_soon = look_soon
        self._look_later = look_later
        self._options = options
        self._flying: set[ClientOrderId] = set()
        self._cancelling: set[ClientOrderId] = set()
        self._confirmed: set[ClientOrderId] = set()
        self._unwanted: set[ClientOrderId] = set()
        self._tasks: set[asyncio.Task[None]] = set()

    def is_flying(self, client_id: ClientOrderId) -> bool:
        """Tell whether the order's own request is under way."""
        return client_id in self._flying

    def send(self, order: Order) -> asyncio.Task[None]:
        """Start the one request of a stored order."""
        self._flying.add(order.client_id)
        return self._start(self._send(order), f"send {order.client_id}")

    def cancel(self, order: Order) -> asyncio.Task[None] | None:
        """Start a cancel, unless one is under way or the order is not there yet."""
        if order.state in TERMINAL_STATES or self._is_asked(order.client_id):
            return None
        if order.state in _NOT_THERE_YET or order.state is OrderState.UNKNOWN:
            self._unwanted.add(order.client_id)
        if order.state in _NOT_THERE_YET:
            return None
        self._cancelling.add(order.client_id)
        return self._start(self._cancel(order), f"cancel {order.client_id}")

    def on_moved(self, order: Order) -> None:
        """Cancel an order that came to rest after somebody had asked for its end."""
        if order.state in TERMINAL_STATES:
            self._unwanted.discard(order.client_id)
            self._confirmed.discard(order.client_id)
        elif order.state in _RESTING and order.client_id in self._unwanted:
            self._unwanted.discard(order.client_id)
            self.cancel(order)

    def repeat_cancels(self) -> None:
        """Ask again for each end that the venue, asked meanwhile, does not know of."""
        self._confirmed.clear()
        for order in self._books.blotter.orders_in((OrderState.CANCEL_PENDING,)):
            self.cancel(order)

    async def land(self, timeout_s: float) -> None:
        """Wait at most so long for the replies under way."""
        if self._tasks:
            await asyncio.wait(tuple(self._tasks), timeout=timeout_s)

    def _start(self, work: Coroutine[Any, Any, None], name: str) -> asyncio.Task[None]:
        task = self._nursery.start(work, name=name)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def _send(self, order: Order) -> None:
        try:
            await self._submit(order)
        finally:
            self._flying.discard(order.client_id)

    async def _submit(self, order: Order) -> None:
        try:
            reach("order.before_send")
            async with asyncio.timeout(self._options.send_timeout_s):
                said = await self._broker.submit(order.intent)
        except OrderRefused as error:
            await self._settle(order, OrderMove.REJECT, error.message)
        except asyncio.CancelledError:
            await self._settle(order, OrderMove.LOSE_SIGHT, "the desk stopped waiting for a reply")
            raise
        except Exception as error:
            # Whatever it was, the order may rest at the venue: it is asked for, never resent.
            if not isinstance(error, FKSException | TimeoutError):
                log.exception("sending order %s failed in a way nobody planned", order.client_id)
            await self._settle(order, OrderMove.LOSE_SIGHT, _doubt(error))
        else:
            reach("order.acked_before_persist")
            await self._take(said)

    async def _take(self, said: VenueOrder) -> None:
        await self._books.hear_order(said)
        if self._books.owed:
            self._look_later()

    async def _settle(
        self, order: Order, move: OrderMove, reason: str, *, is_cancel: bool = False
    ) -> None:
        before = _CANCELLED_FROM if is_cancel else _NOT_THERE_YET | {OrderState.UNKNOWN}
        await self._books.move(
            order.client_id, move, reason=reason, cause="reply", only_from=before
        )
        if move is OrderMove.LOSE_SIGHT:
            self._look_soon()

    async def _cancel(self, order: Order) -> None:
        try:
            await self._note(order)
            await self._withdraw(order)
        finally:
            self._cancelling.discard(order.client_id)

    async def _note(self, order: Order) -> None:
        """Write down that the end is wanted; a cancel does not wait long for a database."""
        if self._books.is_storage_down or order.state not in _RESTING:
            return
        try:
            async with asyncio.timeout(self._options.patience_s):
                await self._books.move(
                    order.client_id, OrderMove.ASK_CANCEL, cause="command:CancelOrder"
                )
        except (TimeoutError, FKSException) as error:
            log.warning("cancel of %s leaves unwritten: %r", order.client_id, error)

    async def _withdraw(self, order: Order) -> None:
        try:
            async with asyncio.timeout(self._options.cancel_timeout_s):
                await self._broker.cancel(
                    order.intent.instrument, order.client_id, order.venue_order_id
                )
            reach("cancel.sent_before_ack")
        except OrderRefused as error:
            # Gone already, most often filled: the venue is asked how it ended.
            await self._settle(order, OrderMove.CANCEL_REFUSED, error.message, is_cancel=True)
            self._look_soon()
        except (FKSException, TimeoutError) as error:
            self._unwanted.add(order.client_id)
            await self._settle(order, OrderMove.LOSE_SIGHT, _doubt(error), is_cancel=True)
        else:
            self._confirmed.add(order.client_id)
            self._look_later()

    def _is_asked(self, client_id: ClientOrderId) -> bool:
        return client_id in self._cancelling or client_id in self._confirmed


def _doubt(error: Exception) -> str:
    message = error.message if isinstance(error, FKSException) else ""
    return message or f"no usable reply came ({type(error).__name__})"
