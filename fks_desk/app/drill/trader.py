"""Trade at random on a scratch desk, as a busy person would."""

from __future__ import annotations

import asyncio
import random
from decimal import Decimal

from fks_desk.app.drill.listener import Listener
from fks_desk.app.engine import Engine
from fks_desk.core.clock import Clock
from fks_desk.core.errors import FKSException
from fks_desk.core.ids import new_client_id
from fks_desk.core.messages import (
    CancelAllOrders,
    CancelOrder,
    ClosePosition,
    Command,
    PlaceOrder,
)
from fks_desk.core.model import AccountId, Instrument, OrderIntent, OrderKind, Side

ACCOUNT = AccountId("demo")
TRADERS = 4
ACTS_PER_S = 8  # the venue takes 100 orders in ten seconds, and a restart may share them
# A fraction of the cash each, so that hundreds of orders fit into the account.
_SMALLEST, _LARGEST = 10, 300
_CANCELS, _CANCELS_ALL, _CLOSES, _AT_MARKET = 0.22, 0.23, 0.24, 0.35


class Trader:
    """Send market and limit orders and cancels, as chance has it."""

    def __init__(
        self, engine: Engine, listener: Listener, chance: random.Random, clock: Clock
    ) -> None:
        self._engine = engine
        self._listener = listener
        self._chance = chance
        self._clock = clock

    async def trade(self) -> None:
        """Act until cancelled."""
        while True:
            await asyncio.sleep(self._chance.expovariate(ACTS_PER_S / TRADERS))
            if self._listener.state == "active" and self._listener.prices:
                await self._act()

    async def _act(self) -> None:
        command = self._command()
        if command is None:
            return
        try:
            await self._engine.handle(command)
        except FKSException as error:
            self._listener.history.note("refused", why=error.message)

    def _command(self) -> Command | None:
        roll = self._chance.random()
        if roll < _CANCELS and self._listener.working:
            chosen = self._chance.choice(sorted(self._listener.working))
            return CancelOrder(account=ACCOUNT, client_id=chosen)
        if roll < _CANCELS_ALL:
            return CancelAllOrders(account=ACCOUNT)
        instrument = self._chance.choice(sorted(self._listener.prices))
        if roll < _CLOSES:
            return ClosePosition(account=ACCOUNT, instrument=instrument)
        listed = self._listener.instruments.get(instrument)
        return None if listed is None else self._order(listed)

    def _order(self, instrument: Instrument) -> Command | None:
        last = self._listener.prices[instrument.id]
        side = self._chance.choice((Side.BUY, Side.BUY, Side.SELL))
        is_market = self._chance.random() < _AT_MARKET
        # Near the market, so that some fill at once, some soon and some never.
        away = Decimal(self._chance.randint(-10, 60)) / 10_000
        price = instrument.snap_price(last * (1 - side.sign * away))
        size = instrument.snap_size(Decimal(self._chance.randint(_SMALLEST, _LARGEST)) / last)
        if size <= 0:
            return None
        intent = OrderIntent(
            client_id=new_client_id(),
            account=ACCOUNT,
            instrument=instrument.id,
            side=side,
            kind=OrderKind.MARKET if is_market else OrderKind.LIMIT,
            size=size,
            limit_price=None if is_market else price,
            reference_price=last if is_market else price,
            created=self._clock.now(),
        )
        self._listener.history.note("intent", id=intent.client_id)
        return PlaceOrder(intent=intent)
