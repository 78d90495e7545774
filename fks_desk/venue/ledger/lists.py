"""Let the orders of a list act on one another: one cancels, or one starts, the other."""

from __future__ import annotations

from collections.abc import Callable

from fks_desk.venue.ledger.execution import Execution
from fks_desk.venue.ledger.floor import Floor
from fks_desk.venue.ledger.records import Contingency, LedgerList, LedgerOrder, LedgerStatus


class Lists:
    """Draw the consequences of what happened to the orders of lists.

    `start` puts a pending order to work; `holds_lock` tells it which of two orders
    that cancel each other holds the money for both.
    """

    def __init__(
        self,
        floor: Floor,
        execution: Execution,
        start: Callable[[LedgerOrder, list[LedgerOrder], int], None],
    ) -> None:
        self._floor = floor
        self._execution = execution
        self._start = start

    def settle(self, moment_ms: int) -> None:
        """Go on until no list has a consequence left."""
        while self._floor.touched:
            for order_id in self._floor.take_touched():
                order = self._floor.ledger.order(order_id)
                if order is not None:
                    self._consequence(order, moment_ms)

    def siblings(self, order: LedgerOrder) -> list[LedgerOrder]:
        """Return the open orders that this one cancels when it goes to work."""
        orders = self._floor.ledger.order_list(order.list_id)
        if orders is None or orders.contingency is Contingency.OTO:
            return []
        is_leg = orders.contingency is Contingency.OCO or order.id != orders.order_ids[0]
        return [other for other in self._others(orders, order) if is_leg and _is_leg(orders, other)]

    def _consequence(self, order: LedgerOrder, moment_ms: int) -> None:
        orders = self._floor.ledger.order_list(order.list_id)
        if orders is None:
            return
        is_over = not order.status.is_open
        if orders.contingency is not Contingency.OCO and order.id == orders.order_ids[0]:
            if order.status is LedgerStatus.FILLED:
                self._start_pending(orders, moment_ms)
            elif is_over:
                self._end_all(self._others(orders, order), moment_ms)
        elif order.filled or is_over:
            # One that has begun to fill is what the others made room for.
            idle = [other for other in self.siblings(order) if not other.filled]
            self._end_all(idle, moment_ms)

    def _start_pending(self, orders: LedgerList, moment_ms: int) -> None:
        pending = [
            order
            for order in self._floor.ledger.orders_of(orders)
            if order.status is LedgerStatus.PENDING_NEW
        ]
        for order in pending:
            now = self._floor.ledger.order(order.id)
            if now is not None and now.status is LedgerStatus.PENDING_NEW:
                self._start(now, pending, moment_ms)

    def _end_all(self, orders: list[LedgerOrder], moment_ms: int) -> None:
        for order in orders:
            self._execution.end(order.id, LedgerStatus.EXPIRED, moment_ms)

    def _others(self, orders: LedgerList, order: LedgerOrder) -> list[LedgerOrder]:
        return [
            other
            for other in self._floor.ledger.orders_of(orders)
            if other.id != order.id and other.status.is_open
        ]


def _is_leg(orders: LedgerList, order: LedgerOrder) -> bool:
    return orders.contingency is Contingency.OCO or order.id != orders.order_ids[0]
