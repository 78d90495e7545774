"""Hold what was decided and is not stored yet, as if it were."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from fks_desk.core.messages import Event
from fks_desk.core.model import (
    Balance,
    ClientOrderId,
    Fill,
    InstrumentId,
    Order,
    Position,
    VenueOrderId,
)
from fks_desk.core.ports import TradingChange
from fks_desk.trading.books.blotter import Blotter
from fks_desk.trading.books.steps import Step
from fks_desk.trading.books.tally import FillKey
from fks_desk.trading.books.track import Mark, Place, Track


@dataclass(frozen=True, slots=True, kw_only=True)
class Decided:
    """Hold one step, and what its execution or the venue's word does to the money counted."""

    step: Step | None = None
    fill: Fill | None = None
    moved: Mapping[str, Decimal] | None = None
    heard: tuple[Balance, ...] = ()


class Draft:
    """Decide steps on top of one another over the account as it is stored.

    A step that failed to be stored is thrown away with its draft: nothing of it has
    reached the account.
    """

    def __init__(self, blotter: Blotter, tracks: Mapping[InstrumentId, Track]) -> None:
        self.decided: list[Decided] = []
        self.notices: list[Event] = []
        self.counted: dict[FillKey, Fill] = {}
        self.marks: dict[InstrumentId, list[Mark]] = {}
        self.late: dict[InstrumentId, list[Fill]] = {}
        self.tracks: dict[InstrumentId, Track] = {}
        self._blotter = blotter
        self._known = tracks
        self._orders: dict[ClientOrderId, Order] = {}
        self._by_venue_id: dict[tuple[InstrumentId, VenueOrderId], ClientOrderId] = {}
        self._said: dict[str, Balance] = {}
        self._last_late: dict[InstrumentId, int] = {}

    @property
    def changes(self) -> tuple[TradingChange, ...]:
        """Return what is to be stored, in order."""
        return tuple(one.step.change for one in self.decided if one.step is not None)

    @property
    def moved(self) -> frozenset[ClientOrderId]:
        """Return the orders that it moves."""
        return frozenset(order.client_id for one in self.changes for order in one.orders)

    def join(self, other: Draft) -> None:
        """Take over what another draft, stored by now, has changed."""
        self.decided.extend(other.decided)
        self.counted.update(other.counted)

    def order(self, client_id: ClientOrderId) -> Order | None:
        """Return the order as it would be, or None if it is not in memory."""
        return self._orders.get(client_id) or self._blotter.order(client_id)

    def order_of(self, instrument: InstrumentId, venue_id: VenueOrderId) -> Order | None:
        """Return the order that the venue calls so, or None."""
        client_id = self._by_venue_id.get((instrument, venue_id))
        if client_id is not None:
            return self._orders[client_id]
        found = self._blotter.order_of(instrument, venue_id)
        return None if found is None else self.order(found.client_id)

    def said(self, currency: str) -> Balance | None:
        """Return the venue's last word on a currency."""
        return self._said.get(currency) or self._blotter.funds.said(currency)

    def position(self, instrument: InstrumentId) -> Position | None:
        """Return the position as it would be."""
        marks = self.marks.get(instrument)
        return marks[-1].position if marks else self._blotter.positions.get(instrument)

    def is_late(self, instrument: InstrumentId, place: Place) -> bool:
        """Tell whether an execution belongs before one that was counted."""
        if instrument in self.late:
            return True
        marks = self.marks.get(instrument)
        newest = marks[-1].place if marks else None
        if newest is None and instrument in self._known:
            newest = self._known[instrument].newest
        return newest is not None and place < newest

    def add(self, step: Step) -> None:
        """Add a step that executes nothing."""
        self._put(Decided(step=step))

    def execute(self, step: Step, fill: Fill, moved: Mapping[str, Decimal], mark: Mark) -> None:
        """Add the step of an execution that is newer than all others."""
        self.marks.setdefault(fill.instrument, []).append(mark)
        self._count(step, fill, moved)

    def execute_late(self, step: Step, fill: Fill, moved: Mapping[str, Decimal]) -> None:
        """Add the step of an execution whose position is known once all of the draft are."""
        self._last_late[fill.instrument] = len(self.decided)
        self.late.setdefault(fill.instrument, []).append(fill)
        self._count(step, fill, moved)

    def settle_late(self, instrument: InstrumentId, track: Track, last: Step) -> None:
        """Take the track that all late executions of an instrument are in.

        `last` stands in for the step of the last of them: it tells the position.
        """
        self.tracks[instrument] = track
        index = self._last_late[instrument]
        self.decided[index] = replace(self.decided[index], step=last)

    def last_late(self, instrument: InstrumentId) -> Decided:
        """Return the last late execution of an instrument."""
        return self.decided[self._last_late[instrument]]

    def hear(self, balances: Sequence[Balance], step: Step | None) -> None:
        """Add the venue's word on some currencies, with the step that notes what is new of it."""
        self.decided.append(Decided(step=step, heard=tuple(balances)))
        self._said.update({balance.currency: balance for balance in balances})

    def _count(self, step: Step, fill: Fill, moved: Mapping[str, Decimal]) -> None:
        self.counted[fill.key] = fill
        self._put(Decided(step=step, fill=fill, moved=moved))

    def _put(self, decided: Decided) -> None:
        self.decided.append(decided)
        if decided.step is None:
            return
        for order in decided.step.change.orders:
            self._orders[order.client_id] = order
            if order.venue_order_id is not None:
                key = order.intent.instrument, order.venue_order_id
                self._by_venue_id[key] = order.client_id
