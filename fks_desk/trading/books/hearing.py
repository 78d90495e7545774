"""Decide what the venue's words change, each on top of the one before."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal

from fks_desk.core.clock import EPOCH, Clock
from fks_desk.core.messages import NoticeRaised, Severity
from fks_desk.core.model import (
    Account,
    Balance,
    ClientOrderId,
    Fill,
    Instrument,
    InstrumentId,
    Order,
    Position,
)
from fks_desk.core.ports import VenueOrder
from fks_desk.trading import portfolio
from fks_desk.trading.books import steps, transitions
from fks_desk.trading.books.blotter import Blotter
from fks_desk.trading.books.draft import Draft
from fks_desk.trading.books.tally import FillKey, Tally
from fks_desk.trading.books.track import Mark, Track, marks_of

log = logging.getLogger(__name__)

Instruments = Callable[[], Mapping[InstrumentId, Instrument]]

STREAM = "venue"
_INSTANT = timedelta(microseconds=1)
_REORDERED = timedelta(minutes=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Money:
    """Hold the venue's word on some currencies."""

    balances: Sequence[Balance]
    cause: str = STREAM


@dataclass(frozen=True, slots=True, kw_only=True)
class Debt:
    """Hold how much the venue says it has filled, and since when we wait to see how."""

    filled: Decimal
    since: float


Word = Fill | VenueOrder | Money


@dataclass(frozen=True, slots=True, kw_only=True)
class Shelf:
    """Name the questions to the store: an order, whether a fill is known, all of an instrument."""

    order: Callable[[ClientOrderId], Awaitable[Order | None]]
    has_fill: Callable[[Fill], Awaitable[bool]]
    fills: Callable[[InstrumentId], Awaitable[Sequence[Fill]]]


class Hearing:
    """Turn words into the steps of a draft; whoever calls holds the account's turn."""

    def __init__(
        self,
        *,
        account: Account,
        blotter: Blotter,
        shelf: Shelf,
        instruments: Instruments,
        clock: Clock,
        tally: Tally,
    ) -> None:
        self.parked: dict[FillKey, Fill] = {}
        self.owed: dict[ClientOrderId, Debt] = {}
        # Rises with each word on money, so that a slow read can tell it is outdated.
        self.generation = 0
        self.tally = tally
        self._account = account
        self._blotter = blotter
        self._shelf = shelf
        self._instruments = instruments
        self._clock = clock
        self._last_moment = EPOCH
        self._streamed: dict[str, Balance] = {}
        self._tracks: dict[InstrumentId, Track] = {}

    def begin(self, position: Position, newest: Sequence[Fill]) -> None:
        """Take up a stored position and its newest executions."""
        for fill in newest:
            self.tally.count(fill)
        since = max(map(portfolio.in_order, newest), default=None)
        self._tracks[position.instrument] = Track(position, since)

    def not_before(self, moment: datetime) -> None:
        """Stamp every balance from now on later than this."""
        self._last_moment = max(self._last_moment, moment)

    def draft(self) -> Draft:
        """Return an empty draft."""
        return Draft(self._blotter, self._tracks)

    async def decided(self, words: Sequence[Word]) -> Draft:
        """Return the draft of what the words change."""
        draft = self.draft()
        for word in words:
            if isinstance(word, Fill):
                await self._hear_fill(draft, word)
            elif isinstance(word, VenueOrder):
                await self._hear_word(draft, word)
            else:
                self._hear_money(draft, word)
        for instrument in draft.late:
            await self._settle_late(draft, instrument)
        return draft

    def remember(self, draft: Draft) -> None:
        """Take over what a draft has taught, once it is stored."""
        for one in draft.decided:
            if one.fill is not None and one.step is not None:
                self.tally.count(one.fill)
                self.parked.pop(one.fill.key, None)
                self._pay(one.step.change.orders[0])
        self._tracks.update(draft.tracks)
        for instrument, marks in draft.marks.items():
            if instrument not in draft.tracks:
                self._track(instrument).follow(marks)

    async def _hear_fill(self, draft: Draft, fill: Fill) -> None:
        if self.tally.has(fill) or fill.key in draft.counted:
            return
        self.generation += 1
        order = await self._find(draft, fill.client_id) or draft.order_of(
            fill.instrument, fill.venue_order_id
        )
        instrument = self._instruments().get(fill.instrument)
        if order is None or instrument is None:
            if not await self._shelf.has_fill(fill):
                self.parked[fill.key] = fill
            return
        moved, place = portfolio.movements(fill, instrument), portfolio.in_order(fill)
        now = self._clock.now()
        self._track(fill.instrument)
        if draft.is_late(fill.instrument, place):
            draft.execute_late(steps.executed(order, None, fill, at=now), fill, moved)
            return
        before = draft.position(fill.instrument)
        position = portfolio.apply_fill(
            before or portfolio.flat(fill, instrument, self._account.reporting_currency),
            fill,
            instrument,
        )
        step = steps.executed(order, position, fill, at=now)
        draft.execute(step, fill, moved, Mark(place, fill, position))

    async def _settle_late(self, draft: Draft, instrument_id: InstrumentId) -> None:
        """Put late executions into their places and let the last one's step tell the position."""
        instrument = self._instruments()[instrument_id]
        currency = self._account.reporting_currency
        early = (mark.fill for mark in draft.marks.get(instrument_id, ()))
        late = [*early, *draft.late[instrument_id]]
        track = self._track(instrument_id)
        oldest = min(map(portfolio.in_order, late))
        if not track.reaches(oldest):
            track = await self._recounted(instrument)
        track = await track.with_late(late, instrument, currency)
        last = draft.last_late(instrument_id)
        position = track.position
        if last.step is None or last.fill is None or position is None:
            return
        (order,) = last.step.change.orders
        draft.settle_late(instrument_id, track, steps.placed(last.step, position, last.fill, order))

    async def _recounted(self, instrument: Instrument) -> Track:
        """Return a track over every stored execution of an instrument."""
        stored = await self._shelf.fills(instrument.id)
        placed = sorted(
            ((portfolio.in_order(fill), fill) for fill in stored), key=lambda one: one[0]
        )
        currency = self._account.reporting_currency
        return Track(marks=await marks_of(placed, None, instrument, currency))

    async def _hear_word(self, draft: Draft, said: VenueOrder) -> None:
        for fill in said.fills:
            await self._hear_fill(draft, fill)
        order = await self._find(draft, said.client_id)
        adopted = self._adopted(draft, said) if order is None else None
        known = order or adopted
        if known is None:
            return
        if self._hear_order(draft, known, said) or adopted is not None:
            await self._unpark(draft)

    def _adopted(self, draft: Draft, said: VenueOrder) -> Order | None:
        is_alive = said.state in {"open", "partial"} or transitions.venue_filled(said) > 0
        if said.intent is None or not is_alive or not said.client_id:
            return None
        draft.add(steps.adopted(self._account.id, said, said.intent, self._clock.now()))
        return draft.order(said.client_id)

    def _hear_order(self, draft: Draft, order: Order, said: VenueOrder) -> bool:
        """Take the venue's word on an order; return whether it taught anything new."""
        if transitions.is_another(order, said):
            draft.notices.append(_alarm(order, said))
            return False
        if transitions.owes_fills(order, said):
            self._owe(order, said)
        move = transitions.move_of(order, said)
        named = transitions.with_venue_id(order, said)
        now = self._clock.now()
        if move is not None:
            draft.add(steps.moved(named, move, at=now, reason=said.reason, cause="venue"))
        elif named is not order:
            draft.add(steps.named(order, said, at=now))
        else:
            return False
        return True

    async def _unpark(self, draft: Draft) -> None:
        for fill in tuple(self.parked.values()):
            await self._hear_fill(draft, fill)

    def _hear_money(self, draft: Draft, word: Money) -> None:
        self.generation += 1
        told = self._newest(word)
        at = self._moment()
        news = tuple(replace(b, updated=at) for b in told if _is_news(draft, b))
        step = None
        if news:
            step = steps.balanced(self._account.id, news, self._clock.now(), word.cause)
        draft.hear(told, step)

    def _newest(self, word: Money) -> tuple[Balance, ...]:
        """Return what is told, without what the stream tells after something newer of its own."""
        if word.cause != STREAM:
            return tuple(word.balances)
        told = tuple(
            one
            for one in word.balances
            if not is_overtaken(one, self._streamed.get(one.currency, one))
        )
        self._streamed.update({one.currency: one for one in told})
        return told

    async def _find(self, draft: Draft, client_id: ClientOrderId) -> Order | None:
        order = draft.order(client_id)
        if order is None and client_id:
            order = await self._shelf.order(client_id)
        return order

    def _track(self, instrument: InstrumentId) -> Track:
        """Return the track of an instrument, begun before its first execution is counted."""
        track = self._tracks.get(instrument)
        if track is None:
            track = self._tracks[instrument] = Track(self._blotter.positions.get(instrument))
        return track

    def _owe(self, order: Order, said: VenueOrder) -> None:
        known = self.owed.get(order.client_id)
        since = self._clock.monotonic() if known is None else known.since
        self.owed[order.client_id] = Debt(filled=transitions.venue_filled(said), since=since)

    def _pay(self, order: Order) -> None:
        debt = self.owed.get(order.client_id)
        if debt is not None and order.filled >= debt.filled:
            del self.owed[order.client_id]

    def _moment(self) -> datetime:
        """Return a time later than that of every balance written before.

        What counts is when we heard it: the venue's private stream and its lists
        may be stamped by different clocks, in a replay by years.
        """
        self._last_moment = max(self._clock.now(), self._last_moment + _INSTANT)
        return self._last_moment


def is_overtaken(balance: Balance, by: Balance) -> bool:
    """Tell whether frames of one stream have changed places, seconds apart.

    One that is older by far is no such frame: the venue's clock was set, or its replay
    has begun anew.
    """
    return balance.updated < by.updated <= balance.updated + _REORDERED


def _is_news(draft: Draft, balance: Balance) -> bool:
    said = draft.said(balance.currency)
    return said is None or (said.free, said.locked) != (balance.free, balance.locked)


def _alarm(order: Order, said: VenueOrder) -> NoticeRaised:
    log.error("two orders are called %s at the venue", order.client_id)
    return NoticeRaised(
        severity=Severity.ERROR,
        text=(
            f"The venue holds a second order called {order.client_id}: "
            f"{said.venue_order_id} beside {order.venue_order_id}. Look at the account "
            "on the venue's own page."
        ),
        topic="trading",
    )
