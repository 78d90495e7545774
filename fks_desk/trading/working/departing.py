"""Leave a position that exits guard: let go of them, sell, and guard what is left."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from decimal import Decimal

from fks_desk.core.ids import new_client_id
from fks_desk.core.model import (
    ZERO,
    ClientOrderId,
    Instrument,
    InstrumentId,
    Order,
    OrderIntent,
    OrderKind,
    OrderState,
    Side,
)
from fks_desk.core.orders import OPEN_STATES, TERMINAL_STATES
from fks_desk.core.terms import Exits, ParentId
from fks_desk.trading.books.account import Books, Instruments
from fks_desk.trading.courier import Courier
from fks_desk.trading.working.cover import EXIT_ROLES, role_of
from fks_desk.trading.working.exits import ExitGuard
from fks_desk.trading.working.sender import Sender

Closing = Callable[[InstrumentId], OrderIntent | str]

WHOLE = Decimal(1)
_TRIES = 3


class Departing:
    """Close a position, or a share of it, whatever rests around it.

    Exits at the venue lock what is to be sold, so they go first; a stop held by the
    desk goes last, or stays for the rest: at no moment a price could come that nobody
    acts on. Meanwhile nobody puts exits back.

    `closing` returns the order that closes a position, `reversing` the one that opens as
    much the other way; each a sentence if there is none to send. `forget_changes` lets
    no amended order follow the one that is taken back.
    """

    def __init__(
        self,
        *,
        books: Books,
        sender: Sender,
        courier: Courier,
        exits: ExitGuard,
        instruments: Instruments,
        closing: Closing,
        reversing: Closing,
        forget_changes: Callable[[InstrumentId], None],
        patience_s: float,
    ) -> None:
        self._books = books
        self._sender = sender
        self._courier = courier
        self._exits = exits
        self._instruments = instruments
        self._closing = closing
        self._reversing = reversing
        self._forget_changes = forget_changes
        self._leaving: set[InstrumentId] = set()
        self._patience_s = patience_s
        self._moved = asyncio.Event()

    def on_moved(self) -> None:
        """Look again whether what was asked for has happened."""
        self._moved.set()

    async def leave(self, instrument_id: InstrumentId, share: Decimal = WHOLE) -> str | None:
        """Close a share of a position; return a sentence if that was not done."""
        instrument = self._instruments().get(instrument_id)
        if instrument is None:
            return f"The venue lists no {instrument_id}."
        if instrument_id in self._leaving:
            return f"{instrument.symbol} is being closed already."
        self._leaving.add(instrument_id)
        try:
            if share < WHOLE:
                return await self._leave_part(instrument, share)
            return await self._leave_whole(instrument)
        finally:
            self._leaving.discard(instrument_id)

    async def reverse(self, instrument_id: InstrumentId) -> str | None:
        """Close a position, then open as much the other way; return a sentence if not.

        Two orders, the first of which can only reduce: should the second stay at home,
        or the desk die in between, nothing is held.
        """
        turned = self._reversing(instrument_id)
        if isinstance(turned, str):
            return turned
        if (sentence := await self.leave(instrument_id)) is not None:
            return sentence
        if self._size(instrument_id) != 0:
            return f"{instrument_id} was not turned round: not all of it is closed."
        await self._sender.place(turned)
        return None

    async def _leave_whole(self, instrument: Instrument) -> str | None:
        async with self._alone(instrument):
            wanted = self._exits.wanted_of(self._guards(instrument.id))
            sentence: str | None = None
            for _ in range(_TRIES):
                # Again after a fill that raced the end of its entry, or an order on its way.
                if not await self._let_go(instrument, WHOLE):
                    await self._exits.hold_stops(instrument.id)
                    return _silent(instrument)
                sentence = await self._sell(instrument, WHOLE)
                if self._is_done(instrument, sentence):
                    break
            held = [one for one in self._guards(instrument.id) if _is_held(one)]
            if sentence is None or self._size(instrument.id) < instrument.lot:
                await self._drop(held)
                return sentence
        wish = self._closing(instrument.id)
        if wanted is not None and isinstance(wish, OrderIntent):
            await self._guard_rest(instrument, held, wanted, wish.size)
        return sentence

    async def _leave_part(self, instrument: Instrument, share: Decimal) -> str | None:
        async with self._alone(instrument):
            guards = self._guards(instrument.id)
            wanted = self._exits.wanted_of(guards)
            rest = self._rest(instrument, share) if wanted is not None else ZERO
            bridge = await self._bridge(instrument, rest, wanted) if wanted and rest else None
            if wanted and rest and bridge is None:
                return "Nothing was sold: the stop for the rest could not be placed."
            if not await self._let_go(instrument, share):
                return _silent(instrument)
            sentence = await self._sell(instrument, share)
            await self._drop([one for one in guards if _is_held(one)])
        if bridge is not None and wanted is not None:
            stand_in = self._books.blotter.order(bridge)
            left = instrument.snap_size(self._size(instrument.id))
            stand_ins = [] if stand_in is None else [stand_in]
            await self._guard_rest(instrument, stand_ins, wanted, left)
        return sentence

    @asynccontextmanager
    async def _alone(self, instrument: Instrument) -> AsyncIterator[None]:
        """Keep others from putting orders back around the position."""
        self._forget_changes(instrument.id)
        async with self._exits.left_alone(instrument.id):
            yield

    def _guards(self, instrument: InstrumentId) -> list[Order]:
        return [
            one for one in self._books.blotter.open_orders(instrument) if role_of(one) in EXIT_ROLES
        ]

    def _rest(self, instrument: Instrument, share: Decimal) -> Decimal:
        size = self._size(instrument.id)
        rest = instrument.snap_size(size - instrument.snap_size(size * share))
        return rest if share < 1 and rest >= instrument.lot else ZERO

    async def _bridge(
        self, instrument: Instrument, size: Decimal, exits: Exits
    ) -> ClientOrderId | None:
        """Hold a stop for the rest, before anything that guards it is let go."""
        if not exits.has_stop:
            return ClientOrderId("")
        parent = ParentId(new_client_id())
        return await self._exits.hold(parent, instrument, size, exits)

    async def _let_go(self, instrument: Instrument, share: Decimal) -> bool:
        """End what rests in the way; return whether the venue has confirmed it.

        An entry that the venue is silent about keeps nothing: what it fills is sold too.
        """
        asked: set[ClientOrderId] = set()

        def is_clear() -> bool:
            found = self._in_the_way(instrument, share)
            for order in found:
                if order.client_id not in asked:
                    asked.add(order.client_id)
                    self._courier.cancel(order)
            return not found

        if await self._until(is_clear):
            return True
        return all(_opens(order) for order in self._in_the_way(instrument, share))

    def _is_done(self, instrument: Instrument, sentence: str | None) -> bool:
        """Tell whether a further try could close nothing more."""
        if self._size(instrument.id) < instrument.lot:
            return True
        is_told = sentence is not None or isinstance(self._closing(instrument.id), str)
        return is_told and not self._in_the_way(instrument, WHOLE)

    def _in_the_way(self, instrument: Instrument, share: Decimal) -> list[Order]:
        """Return the exits at the venue and the entries that they guard.

        Who leaves whole takes back whatever else rests to sell the same, too.
        """
        held = self._books.blotter.positions.get(instrument.id)
        side = Side.BUY if held is not None and held.size < 0 else Side.SELL
        return [
            one
            for one in self._books.blotter.open_orders(instrument.id)
            if _opens(one)
            or (
                one.state is not OrderState.HELD
                and (role_of(one) in EXIT_ROLES or (share >= WHOLE and _rests_on(one, side)))
            )
        ]

    async def _sell(self, instrument: Instrument, share: Decimal) -> str | None:
        wish = self._closing(instrument.id)
        if isinstance(wish, str):
            return wish
        if share < WHOLE:
            size = min(wish.size, instrument.snap_size(self._size(instrument.id) * share))
            if size < max(instrument.lot, instrument.min_size):
                return f"That share of {instrument.symbol} is under the venue's least order."
            wish = replace(wish, size=size)
        placed = await self._sender.place(wish)
        if placed is None:
            return f"{instrument.symbol} was not closed: the desk's own checks kept the order."
        is_over = await self._until(lambda: not self._is_open(placed.client_id))
        now = self._books.blotter.order(placed.client_id) or placed
        if not is_over:
            return (
                f"{instrument.symbol} may not be closed yet: its order is "
                f"{now.state.replace('_', ' ')}, and the venue is being asked."
            )
        if now.filled == 0 and now.state in TERMINAL_STATES:
            return f"{instrument.symbol} was not closed: the order was {now.state}, {now.reason}."
        return None

    async def _guard_rest(
        self, instrument: Instrument, stand_ins: list[Order], exits: Exits, size: Decimal
    ) -> None:
        """Give what is left its exits, then let go of the stops that stood in for them."""
        held = self._books.blotter.positions.get(instrument.id)
        names = {one.client_id for one in stand_ins}
        if held is None or held.size == 0:
            await self._drop_named(names)
            return
        side = Side.SELL if held.size > 0 else Side.BUY
        await self._exits.attach(ParentId(new_client_id()), instrument.id, side, size, exits)
        stops = [one for one in self._guards(instrument.id) if one.client_id not in names]
        ready = frozenset({OrderState.OPEN, OrderState.HELD})
        if await self._until(lambda: any(self._state(one.client_id) in ready for one in stops)):
            await self._drop_named(names)

    async def _drop_named(self, names: set[ClientOrderId]) -> None:
        found = [self._books.blotter.order(name) for name in names]
        await self._drop([one for one in found if one is not None and _is_held(one)])

    def _size(self, instrument: InstrumentId) -> Decimal:
        held = self._books.blotter.positions.get(instrument)
        return ZERO if held is None else abs(held.size)

    async def _drop(self, orders: list[Order]) -> None:
        for order in orders:
            task = self._courier.cancel(order)
            if task is not None:
                await task

    def _is_open(self, client_id: ClientOrderId) -> bool:
        return self._state(client_id) in OPEN_STATES

    def _state(self, client_id: ClientOrderId) -> OrderState | None:
        order = self._books.blotter.order(client_id)
        return None if order is None else order.state

    async def _until(self, is_done: Callable[[], bool]) -> bool:
        try:
            async with asyncio.timeout(self._patience_s):
                while not is_done():
                    self._moved.clear()
                    await self._moved.wait()
        except TimeoutError:
            return False
        return True


def _opens(order: Order) -> bool:
    """Tell whether an order is an entry that has filled in part and brings its exits."""
    return order.intent.terms.exits is not None and order.filled > 0


def _rests_on(order: Order, side: Side) -> bool:
    return order.intent.side is side and order.intent.kind is not OrderKind.MARKET


def _is_held(order: Order) -> bool:
    return order.state is OrderState.HELD


def _silent(instrument: Instrument) -> str:
    return (
        f"Nothing of {instrument.symbol} was sold: the venue has not confirmed that the "
        "orders around it are gone. They are being asked for; try again."
    )
