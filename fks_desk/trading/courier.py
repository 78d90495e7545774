"""Carry orders and cancels to the venue: an order once, a cancel until it is settled."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from typing import Any, TypeVar

from fks_desk.core.errors import FKSException, OrderKeyRefused, OrderRefused, TradingError
from fks_desk.core.failpoints import reach
from fks_desk.core.model import ClientOrderId, Order, OrderIntent, OrderState
from fks_desk.core.native import NativeOrders, Replaced
from fks_desk.core.nursery import Nursery
from fks_desk.core.orders import TERMINAL_STATES, OrderMove
from fks_desk.core.ports import Broker, VenueOrder
from fks_desk.trading.books.account import Books
from fks_desk.trading.case import Refusal
from fks_desk.trading.options import TradingOptions

log = logging.getLogger(__name__)

T = TypeVar("T")
Stop = Callable[[Sequence[Order], Order | None], Refusal | None]

_NOT_THERE_YET = frozenset({OrderState.PERSISTED, OrderState.SENDING})
_CANCELLED_FROM = frozenset({OrderState.CANCEL_PENDING})
_RESTING = frozenset({OrderState.OPEN, OrderState.PARTIAL})


class Courier:
    """Speak to the broker outside of the account's turn, so that nothing waits for a reply.

    `stop` is asked last of all, when nothing but the request is left to do; `refused`
    hears of each refusal before anything else is done about it.
    """

    def __init__(
        self,
        *,
        broker: Broker,
        books: Books,
        nursery: Nursery,
        stop: Stop,
        look_soon: Callable[[], None],
        look_later: Callable[[], None],
        refused: Callable[[FKSException], None],
        options: TradingOptions,
        native: NativeOrders | None = None,
    ) -> None:
        self._broker = broker
        self._native = native
        self._books = books
        self._nursery = nursery
        self._stop = stop
        self._look_soon = look_soon
        self._look_later = look_later
        self._refused = refused
        self._options = options
        self._flying: set[ClientOrderId] = set()
        self._cancelling: set[ClientOrderId] = set()
        self._confirmed: set[ClientOrderId] = set()
        self._unwanted: set[ClientOrderId] = set()
        self._tasks: set[asyncio.Task[None]] = set()

    def is_flying(self, client_id: ClientOrderId) -> bool:
        """Tell whether the order's own request is under way."""
        return client_id in self._flying

    def send(self, order: Order, as_: OrderIntent | None = None) -> asyncio.Task[None]:
        """Start the one request of a stored order; one that was held leaves as what it became."""
        intent = as_ or order.intent
        return self._fly((order,), lambda: self._submit(intent))

    def send_pair(self, target: Order, stop: Order) -> asyncio.Task[None]:
        """Start the one request of two orders of which the venue fills one only."""
        native = self._require_native()
        return self._fly((target, stop), lambda: native.submit_pair(target.intent, stop.intent))

    def replace(self, old: Order, new: Order) -> asyncio.Task[None]:
        """Start the one request that takes an order back and sends another in its place."""
        self._cancelling.add(old.client_id)
        self._flying.add(new.client_id)
        return self._start(self._replace(old, new), f"replace {old.client_id}")

    def cancel(self, order: Order) -> asyncio.Task[None] | None:
        """Start a cancel, unless one is under way or the order is not there yet."""
        if order.state in TERMINAL_STATES or self._is_asked(order.client_id):
            return None
        if order.state is OrderState.HELD:
            return self._start(self._let_go(order), f"let go of {order.client_id}")
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
        for order in self._books.blotter.orders_in((OrderState.CANCEL_PENDING, *_RESTING)):
            if order.state not in _RESTING or order.client_id in self._unwanted:
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

    def _fly(
        self, orders: tuple[Order, ...], request: Callable[[], Awaitable[Sequence[VenueOrder]]]
    ) -> asyncio.Task[None]:
        names = [order.client_id for order in orders]
        self._flying.update(names)
        return self._start(self._send(orders, request), f"send {', '.join(names)}")

    async def _send(
        self, orders: tuple[Order, ...], request: Callable[[], Awaitable[Sequence[VenueOrder]]]
    ) -> None:
        try:
            for said in await self._asked(orders, request) or ():
                await self._take(said)
        finally:
            self._flying.difference_update(order.client_id for order in orders)

    async def _submit(self, intent: OrderIntent) -> Sequence[VenueOrder]:
        return (await self._broker.submit(intent),)

    async def _asked(
        self,
        orders: tuple[Order, ...],
        request: Callable[[], Awaitable[T]],
        instead_of: Order | None = None,
    ) -> T | None:
        """Make a request once; whatever is not a definite answer leaves its orders unknown."""
        if (refused := self._stop(orders, instead_of)) is not None:
            await self._settle_all(orders, OrderMove.REJECT, refused.reason)
            return None
        try:
            reach("order.before_send")
            async with asyncio.timeout(self._options.send_timeout_s):
                answer = await request()
        except OrderRefused as error:
            self._refused(error)
            await self._settle_all(orders, OrderMove.REJECT, error.message)
        except asyncio.CancelledError:
            reason = "the desk stopped waiting for a reply"
            await self._settle_all(orders, OrderMove.LOSE_SIGHT, reason)
            raise
        except Exception as error:
            # Whatever it was, the order may rest at the venue: it is asked for, never resent.
            if not isinstance(error, FKSException | TimeoutError):
                log.exception("sending %s failed in a way nobody planned", orders[0].client_id)
            await self._settle_all(orders, OrderMove.LOSE_SIGHT, _doubt(error))
        else:
            reach("order.acked_before_persist")
            return answer
        return None

    async def _settle_all(self, orders: tuple[Order, ...], move: OrderMove, reason: str) -> None:
        for order in orders:
            await self._settle(order, move, reason)

    async def _replace(self, old: Order, new: Order) -> None:
        native = self._require_native()
        try:
            await self._note(old)
            done = await self._asked((new,), lambda: native.replace(old, new.intent), old)
            if done is not None:
                await self._replaced(old, new, done)
        finally:
            self._flying.discard(new.client_id)
            self._cancelling.discard(old.client_id)
            # What became of the old one is asked for, whatever the answer was.
            self._look_soon()

    async def _replaced(self, old: Order, new: Order, done: Replaced) -> None:
        if done.old is not None:
            await self._take(done.old)
        else:
            await self._settle(old, OrderMove.CANCEL_REFUSED, done.reason, is_cancel=True)
        if done.new is not None:
            await self._take(done.new)
        else:
            await self._settle(new, OrderMove.REJECT, done.reason)

    def _require_native(self) -> NativeOrders:
        if self._native is None:
            raise TradingError("this venue takes no linked orders")
        return self._native

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

    async def _let_go(self, order: Order) -> None:
        """End an order that only the desk knows of."""
        held = frozenset({OrderState.HELD})
        await self._books.move(
            order.client_id, OrderMove.CANCEL, cause="command:CancelOrder", only_from=held
        )

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
        except OrderKeyRefused as error:
            # The end stays wanted, also through a restart: it is asked for again once
            # the account was compared with a key that works.
            self._unwanted.add(order.client_id)
            self._refused(error)
        except OrderRefused as error:
            self._refused(error)
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
