"""Remember which orders a venue has made of conditional ones, and tell both by one id."""

from __future__ import annotations

from dataclasses import replace

from fks_desk.adapters.exchange.wire import Message
from fks_desk.adapters.exchange.words import ConditionalWords
from fks_desk.core.model import ClientOrderId, Fill, VenueOrderId
from fks_desk.core.ports import OrderReport, VenueOrder


class Births:
    """Map a venue's two numbers of one order to one.

    A conditional order has a number of its own, and the order that it becomes another,
    perhaps with another client id too. The desk knows it by the first for all its life.
    """

    def __init__(self, words: ConditionalWords | None) -> None:
        self._words = words
        self._by_number: dict[VenueOrderId, tuple[ClientOrderId, VenueOrderId]] = {}
        self._by_name: dict[ClientOrderId, VenueOrderId] = {}

    def note(self, row: Message, order: VenueOrder) -> VenueOrderId | None:
        """Remember a conditional order; return the number of what it has become, if it has."""
        if self._words is None:
            return None
        self._by_name[order.client_id] = order.venue_order_id
        number = self._words.born_of(row)
        if number is None:
            return None
        self._by_number[VenueOrderId(number)] = (order.client_id, order.venue_order_id)
        return VenueOrderId(number)

    def named(self, order: VenueOrder) -> VenueOrder:
        """Return an order under the ids of the conditional one that it was, if it was one."""
        client_id, number = self._of(order.venue_order_id, order.client_id)
        return replace(order, client_id=client_id, venue_order_id=number)

    def fill(self, fill: Fill) -> Fill:
        """Return an execution under the ids of the conditional order that it belongs to."""
        client_id, number = self._of(fill.venue_order_id, fill.client_id)
        return replace(fill, client_id=client_id, venue_order_id=number)

    def report(self, row: Message, report: OrderReport) -> OrderReport | None:
        """Return a report of the stream under one id, or None if another one tells it better."""
        if self._words is None or report.order is None:
            return report
        if self._words.is_own(row):
            return report if self.note(row, report.order) is None else None
        if self.is_unknown(row, report.order.venue_order_id, report.order.client_id):
            # Under which id the desk knows it, reconciliation asks.
            return None
        fill = None if report.fill is None else self.fill(report.fill)
        return replace(report, order=self.named(report.order), fill=fill)

    def is_unknown(self, row: Message, number: VenueOrderId, client_id: ClientOrderId) -> bool:
        """Tell whether an order was a conditional one of which nothing is remembered."""
        if self._words is None or not self._words.is_born(row):
            return False
        return number not in self._by_number and client_id not in self._by_name

    def _of(
        self, number: VenueOrderId, client_id: ClientOrderId
    ) -> tuple[ClientOrderId, VenueOrderId]:
        if number in self._by_number:
            return self._by_number[number]
        # Its birth has not been told yet, but that it waited has.
        return client_id, self._by_name.get(client_id, number)
