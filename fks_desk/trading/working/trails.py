"""Remember the price that each trailing stop follows, also through a crash."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable
from decimal import Decimal

from fks_desk.core.clock import Clock
from fks_desk.core.errors import FKSException
from fks_desk.core.model import AccountId, ClientOrderId, InstrumentId, Order, OrderKind
from fks_desk.core.nursery import Nursery
from fks_desk.core.orders import OPEN_STATES
from fks_desk.core.ports import Journal
from fks_desk.trading.books.entries import account_entry
from fks_desk.trading.options import TradingOptions
from fks_desk.trading.working.triggers import better

log = logging.getLogger(__name__)

FOLLOWED = "order.followed"
# A tenth of the distance is written down: so much at most a crash may take from it.
_STEP_BPS = Decimal(100_000)
_REST_S = 5.0


class Trails:
    """Follow the best price since each trailing stop was placed, wherever it is held.

    One that the venue holds is followed too: a stop that takes its place goes on from
    there. The newest price written is found by its place in the journal.
    """

    def __init__(
        self,
        *,
        account: AccountId,
        journal: Journal,
        nursery: Nursery,
        clock: Clock,
        options: TradingOptions,
    ) -> None:
        self._account = account
        self._journal = journal
        self._nursery = nursery
        self._clock = clock
        self._options = options
        self._best: dict[ClientOrderId, Decimal] = {}
        self._written: dict[ClientOrderId, Decimal] = {}
        self._followed: dict[ClientOrderId, Order] = {}
        self._busy: set[ClientOrderId] = set()
        self._not_before: dict[ClientOrderId, float] = {}

    async def load(self, orders: Iterable[Order]) -> None:
        """Take up where the desk had stopped."""
        for order in orders:
            if not _trails(order):
                continue
            place = await self._journal.offset(self._name(order.client_id))
            rows = await self._journal.read(place - 1, limit=1) if place else ()
            if rows:
                best = Decimal(str(rows[0].draft.payload["best"]))
                self._best[order.client_id] = self._written[order.client_id] = best
            self.on_moved(order)

    def on_moved(self, order: Order) -> None:
        """Begin to follow for an open trailing stop, or end; where it got to stays known."""
        if not _trails(order):
            return
        if order.state in OPEN_STATES:
            self._followed[order.client_id] = order
            self._written.setdefault(order.client_id, order.intent.reference_price)
            self._best.setdefault(order.client_id, order.intent.reference_price)
        else:
            self._followed.pop(order.client_id, None)

    def on_price(self, instrument: InstrumentId, price: Decimal) -> None:
        """Follow a price that is better."""
        for client_id, order in self._followed.items():
            if order.intent.instrument == instrument:
                self._best[client_id] = better(order.intent, self._best[client_id], price)

    def on_time(self) -> None:
        """Write down what has gone on by more than a step."""
        now = self._clock.monotonic()
        for client_id, order in self._followed.items():
            best, written = self._best[client_id], self._written[client_id]
            step = written * Decimal(order.intent.terms.trail_bps or 0) / _STEP_BPS
            is_due = now >= self._not_before.get(client_id, now)
            if abs(best - written) >= step and best != written and is_due:
                self._begin(client_id, best)

    def best_of(self, order: Order) -> Decimal:
        """Return the price that an order follows, or the one it was placed at."""
        return self._best.get(order.client_id, order.intent.reference_price)

    def knows(self, order: Order) -> bool:
        """Tell whether an order was followed."""
        return order.client_id in self._best

    def forget(self, orders: Iterable[Order]) -> None:
        """Forget where orders followed to that no other one succeeds."""
        for order in orders:
            for memory in (self._best, self._written, self._followed, self._not_before):
                memory.pop(order.client_id, None)

    def _begin(self, client_id: ClientOrderId, best: Decimal) -> None:
        if client_id not in self._busy:
            self._busy.add(client_id)
            self._not_before[client_id] = self._clock.monotonic() + _REST_S
            self._nursery.start(self._write(client_id, best), name=f"follow {client_id}")

    async def _write(self, client_id: ClientOrderId, best: Decimal) -> None:
        payload = {"client_id": client_id, "best": format(best, "f")}
        entry = account_entry(
            self._account, FOLLOWED, payload, self._clock.now(), causation="price"
        )
        try:
            async with asyncio.timeout(self._options.patience_s):
                await self._journal.append((entry,), marks=(self._name(client_id),))
        except (FKSException, TimeoutError) as error:
            log.warning("what %s follows could not be written: %r", client_id, error)
        else:
            if client_id in self._written:
                self._written[client_id] = best
        finally:
            self._busy.discard(client_id)

    def _name(self, client_id: ClientOrderId) -> str:
        return f"{FOLLOWED}:{self._account}:{client_id}"


def _trails(order: Order) -> bool:
    return order.intent.kind is OrderKind.TRAILING_STOP
