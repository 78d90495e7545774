"""Commit records: apply them, write them down, then tell."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from fks_desk.core.errors import TradingError
from fks_desk.venue.ledger.ledger import Holding, Ledger
from fks_desk.venue.ledger.log import LedgerLog
from fks_desk.venue.ledger.records import Deposited, LedgerOrder, Record


@dataclass(frozen=True, slots=True)
class Happening:
    """Hold what the ledger just did to one account: each record with the order after it.

    `holdings` are the account's balances after the last record, those that moved.
    """

    uid: int
    moment_ms: int
    steps: tuple[tuple[Record, LedgerOrder | None], ...]
    holdings: Mapping[str, Holding]

    @property
    def order(self) -> LedgerOrder:
        """Return the order as the last record left it."""
        order = self.steps[-1][1]
        if order is None:
            raise TradingError("a deposit was taken for an order")
        return order


Listener = Callable[[Happening], None]


class Bookkeeper:
    """Change the ledger at once and tell the listeners, in order, once it is on the disk."""

    def __init__(self, ledger: Ledger, log: LedgerLog, now_ms: Callable[[], int]) -> None:
        self.ledger = ledger
        self._log = log
        self._now_ms = now_ms
        self._listeners: list[Listener] = []

    def listen(self, listener: Listener) -> Callable[[], None]:
        """Call the listener with each happening; return the way to stop."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    async def settle(self) -> None:
        """Wait until all that a query could show is on the disk."""
        await self._log.settle()

    def commit(self, uid: int, records: Sequence[Record]) -> tuple[Happening, asyncio.Future[None]]:
        """Apply the records; the future is done when they are durable and told."""
        steps = tuple(zip(records, self.ledger.apply(records), strict=True))
        happening = Happening(
            uid=uid,
            moment_ms=self._now_ms(),
            steps=steps,
            holdings={
                asset: self.ledger.holding(uid, asset)
                for record, order in steps
                for asset in _assets(record, order)
            },
        )
        return happening, self._log.append(records, lambda: self._tell(happening))

    def _tell(self, happening: Happening) -> None:
        for listener in tuple(self._listeners):
            listener(happening)


def _assets(record: Record, order: LedgerOrder | None) -> tuple[str, ...]:
    """Return the assets that a record moves."""
    if order is not None:
        return tuple(order.symbol.split("/"))
    return (record.asset,) if isinstance(record, Deposited) else ()
