"""Commit what the ledger did: write it down, then tell."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from fks_desk.core.errors import TradingError
from fks_desk.venue.ledger.floor import Step
from fks_desk.venue.ledger.ledger import NOTHING, Holding, Ledger, assets
from fks_desk.venue.ledger.log import LedgerLog
from fks_desk.venue.ledger.records import Deposited, LedgerList, LedgerOrder, Listed, Record


class Happening(NamedTuple):
    """Hold what the ledger just did to one account: each record with the order after it.

    `holdings` are the account's balances after the last record, those that moved;
    `lists` are the lists that were touched, each with its orders as they stand.
    """

    uid: int
    moment_ms: int
    steps: tuple[tuple[Record, LedgerOrder | None], ...]
    holdings: Mapping[str, Holding]
    lists: tuple[tuple[LedgerList, tuple[LedgerOrder, ...]], ...] = ()

    @property
    def order(self) -> LedgerOrder:
        """Return the order as the last record left it."""
        order = self.steps[-1][1]
        if order is None:
            raise TradingError("a deposit was taken for an order")
        return order


Listener = Callable[[Happening], None]


class Bookkeeper:
    """Write the ledger's steps down and tell the listeners, in order, once they are on the disk."""

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

    def deposit(self, record: Deposited) -> asyncio.Future[None]:
        """Take money in, or pay it out; the future is done when that is durable and told."""
        return self.commit([(record, self.ledger.take(record))])

    def commit(self, steps: Sequence[Step]) -> asyncio.Future[None]:
        """Write one batch down; the future is done when it is durable and told."""
        happenings = happenings_of(self.ledger, steps, self._now_ms())
        return self._log.append([record for record, _ in steps], lambda: self._tell(happenings))

    def _tell(self, happenings: Sequence[Happening]) -> None:
        for happening in happenings:
            for listener in tuple(self._listeners):
                listener(happening)


def happenings_of(ledger: Ledger, steps: Sequence[Step], moment_ms: int) -> list[Happening]:
    """Return what a batch did, account by account."""
    by_account: dict[int, list[Step]] = {}
    for step in steps:
        order = step[1]
        uid = _owner(step[0]) if order is None else order.uid
        if uid in by_account:
            by_account[uid].append(step)
        else:
            by_account[uid] = [step]
    return [_happening(ledger, uid, by_account[uid], moment_ms) for uid in by_account]


def _owner(record: Record) -> int:
    """Return whose record it is that concerns no order."""
    match record:
        case Deposited():
            return record.uid
        case Listed():
            return record.orders.uid
        case _:
            raise TradingError("a record of an order left no order behind")


def _happening(ledger: Ledger, uid: int, steps: list[Step], moment_ms: int) -> Happening:
    """Gather one account's steps, and the balances that they may have moved."""
    holdings: dict[str, Holding] = {}
    held = ledger.holdings(uid)
    symbol, is_listed = "", False
    for record, order in steps:
        if order is None:
            if isinstance(record, Deposited):
                holdings[record.asset] = held.get(record.asset, NOTHING)
            continue
        if order.symbol != symbol:
            symbol = order.symbol
            base, quote = assets(symbol)
            holdings[base] = held.get(base, NOTHING)
            holdings[quote] = held.get(quote, NOTHING)
        if order.list_id >= 0:
            is_listed = True
    lists = _lists(ledger, steps) if is_listed else ()
    return Happening(uid, moment_ms, tuple(steps), holdings, lists)


def _lists(
    ledger: Ledger, steps: Sequence[Step]
) -> tuple[tuple[LedgerList, tuple[LedgerOrder, ...]], ...]:
    """Return the lists that the steps touched."""
    ids = {order.list_id: None for _, order in steps if order is not None and order.list_id >= 0}
    found = (ledger.order_list(list_id) for list_id in ids)
    return tuple((item, tuple(ledger.orders_of(item))) for item in found if item is not None)
