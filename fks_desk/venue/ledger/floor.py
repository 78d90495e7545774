"""Keep ledger, books and triggers in step while a batch of records is made."""

from __future__ import annotations

from collections import defaultdict

from fks_desk.venue.ledger.ledger import Ledger
from fks_desk.venue.ledger.records import LedgerOrder, LedgerStatus, Record
from fks_desk.venue.ledger.resting import RestingBook
from fks_desk.venue.ledger.triggers import Triggers

Step = tuple[Record, LedgerOrder | None]


class Floor:
    """Apply records one by one; the steps of a batch go to the disk as one line."""

    def __init__(self, ledger: Ledger) -> None:
        self.ledger = ledger
        self.books: dict[str, RestingBook] = defaultdict(RestingBook)
        self.triggers: dict[str, Triggers] = defaultdict(Triggers)
        self._steps: list[Step] = []
        # The list orders that changed and whose lists were not looked at since.
        self.touched: list[int] = []
        by_age = sorted(ledger.open_orders(), key=lambda order: (order.working_ms, order.id))
        for order in by_age:
            self.stand(order)

    def note(self, record: Record) -> LedgerOrder | None:
        """Apply a record, let its order stand where it belongs, and return it, if any."""
        order = self.write(record)
        if order is not None:
            self.stand(order)
        return order

    def write(self, record: Record) -> LedgerOrder | None:
        """Apply a record of an order that does not stand anywhere yet."""
        order = self.ledger.take(record)
        self._steps.append((record, order))
        if order is not None and order.list_id >= 0:
            self.touched.append(order.id)
        return order

    def take_steps(self) -> list[Step]:
        """Return the batch and begin a new one."""
        steps, self._steps = self._steps, []
        return steps

    def take_touched(self) -> list[int]:
        """Return the list orders that changed since the last call, in order."""
        touched, self.touched = self.touched, []
        return touched

    def stand(self, order: LedgerOrder) -> None:
        """Let an order stand where its state says: in the book, at a trigger, or nowhere."""
        if order.kind.has_limit:
            self.books[order.symbol].note(order)
        if order.kind.has_trigger and order.status is not LedgerStatus.PENDING_NEW:
            self.triggers[order.symbol].note(order)
