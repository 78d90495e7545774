"""Leave a position that exits guard: let go of them, sell, and guard what is left."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal

from fks_desk.core.ids import new_client_id
from fks_desk.core.model import (
    ClientOrderId,
    Instrument,
    InstrumentId,
    Order,
    OrderIntent,
    OrderState,
    Side,
)
from fks_desk.core.orders import OPEN_STATES
from fks_desk.core.terms import Exits, ParentId
from fks_desk.trading.books.account import Books, Instruments
from fks_desk.trading.courier import Courier
from fks_desk.trading.working.cover import EXIT_ROLES, role_of
from fks_desk.trading.working.exits import ExitGuard
from fks_desk.trading.working.sender import Sender

Closing = Callable[[InstrumentId], OrderIntent | str]


class Departing:
    """Close a position, or a share of it, whatever rests around it.

    Exits at the venue lock what is to be sold, so they go first; a stop held by the
    desk goes last, or stays for the rest: at no moment a price could come that nobody
    acts on.
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
        patience_s: float,
    ) -> None:
        self._books = books
        self._sender = sender
        self._courier = courier
        self._exits = exits
        self._instruments = instruments
        self._closing = closing
        self._patience_s = patience_s
        self._moved = asyncio.Event()

    def on_moved(self) -> None:
        """Look again whether what was asked for has happened."""
        self._moved.set()

    async def leave(self, instrument_id: InstrumentId, share: Decimal) -> str | None:
        """Close a share of a position; return a sentence if that was not done."""
        instrument = self._instruments().get(instrument_id)
        if instrument is None:
            return f"The venue lists no {instrument_id}."
        guards = self._guards(instrument_id)
        wanted = self._exits.wanted_of(guards)
        rest = self._rest(instrument, share) if wanted is not None else Decimal(0)
        bridge = await self._bridge(instrument, rest, wanted) if wanted and rest else None
        if wanted and rest and bridge is None:
            return "Nothing was sold: the stop for the rest could not be placed."
        if not await self._let_go(guards):
            return (
                f"Nothing of {instrument.symbol} was sold: the venue has not confirmed that the "
                "exits around it are gone. They are being asked for; try again."
            )
        sentence = await self._sell(instrument, share)
        await self._drop([one for one in guards if one.state is OrderState.HELD])
        if bridge is not None and wanted is not None:
            await self._guard_rest(instrument, bridge, wanted)
        return sentence

    def _guards(self, instrument: InstrumentId) -> list[Order]:
        return [
            one for one in self._books.blotter.open_orders(instrument) if role_of(one) in EXIT_ROLES
        ]

    def _rest(self, instrument: Instrument, share: Decimal) -> Decimal:
        held = self._books.blotter.positions.get(instrument.id)
        size = abs(held.size) if held is not None else Decimal(0)
        rest = instrument.snap_size(size - instrument.snap_size(size * share))
        return rest if share < 1 and rest >= instrument.lot else Decimal(0)

    async def _bridge(
        self, instrument: Instrument, size: Decimal, exits: Exits
    ) -> ClientOrderId | None:
        """Hold a stop for the rest, before anything that guards it is let go."""
        if not exits.has_stop:
            return ClientOrderId("")
        parent = ParentId(new_client_id())
        return await self._exits.hold(parent, instrument, size, exits)

    async def _let_go(self, guards: list[Order]) -> bool:
        """End what rests at the venue, entries of the same families too; wait for its word."""
        families = {one.intent.family.parent for one in guards if one.intent.family is not None}
        entries = [self._books.blotter.order(ClientOrderId(parent)) for parent in families]
        resting = [one for one in guards if one.state is not OrderState.HELD]
        ending = [*(one for one in entries if one is not None), *resting]
        for order in ending:
            self._courier.cancel(order)
        return await self._until(lambda: all(not self._is_open(one.client_id) for one in resting))

    async def _sell(self, instrument: Instrument, share: Decimal) -> str | None:
        wish = self._closing(instrument.id)
        if isinstance(wish, str):
            return wish
        if share < 1:
            held = self._books.blotter.positions[instrument.id]
            size = min(wish.size, instrument.snap_size(abs(held.size) * share))
            if size < max(instrument.lot, instrument.min_size):
                return f"That share of {instrument.symbol} is under the venue's least order."
            wish = replace(wish, size=size)
        placed = await self._sender.place(wish)
        if placed is not None:
            await self._until(lambda: not self._is_open(placed.client_id))
        return None

    async def _guard_rest(
        self, instrument: Instrument, bridge: ClientOrderId, exits: Exits
    ) -> None:
        """Give the rest its exits, then let go of the stop that stood in for them."""
        held = self._books.blotter.positions.get(instrument.id)
        if held is None or held.size == 0:
            await self._drop_named(bridge)
            return
        side = Side.SELL if held.size > 0 else Side.BUY
        await self._exits.attach(
            ParentId(new_client_id()), instrument.id, side, instrument.snap_size(abs(held.size)),
            exits,
        )  # fmt: skip
        stops = [one for one in self._guards(instrument.id) if one.client_id != bridge]
        ready = frozenset({OrderState.OPEN, OrderState.HELD})
        if await self._until(lambda: any(self._state(one.client_id) in ready for one in stops)):
            await self._drop_named(bridge)

    async def _drop_named(self, client_id: ClientOrderId) -> None:
        order = self._books.blotter.order(client_id)
        if order is not None and order.state is OrderState.HELD:
            await self._drop([order])

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
