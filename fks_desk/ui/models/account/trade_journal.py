"""Tell each round trip with its market, its risk and what its trader noted."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal

from PySide6.QtCore import QObject, Signal

from fks_desk.core.clock import Clock
from fks_desk.core.frame import Frame
from fks_desk.core.ledger import TradeNote
from fks_desk.core.messages import EngineReady, OrderFilled
from fks_desk.core.model import (
    Account,
    Fill,
    Instrument,
    InstrumentId,
    Order,
    Origin,
    Span,
    Timeframe,
)
from fks_desk.core.nursery import Nursery
from fks_desk.core.pictures import TradePictures
from fks_desk.core.ports import AccountHistory, CandleReader, TradingReader
from fks_desk.core.trips import Excursion, Trip, excursion, trips
from fks_desk.ui.bridge.bridge import Bridge
from fks_desk.ui.models import format as fmt
from fks_desk.ui.models.loading import Loader
from fks_desk.ui.models.market import MarketModel
from fks_desk.ui.text import tr

_MOST_FILLS = 5_000
_MOST_ORDERS = 2_000
_SEEN_CLOSELY = 100  # the newest round trips get their candles read
_BEFORE = timedelta(hours=24)


@dataclass(frozen=True, slots=True, kw_only=True)
class TripRow:
    """Hold one round trip as the journal shows it."""

    trip: Trip
    instrument: Instrument
    wanted_by: str
    stop: Decimal | None
    seen: Excursion | None
    context: str
    note: str
    tags: tuple[str, ...]
    pictured: datetime | None = None

    @property
    def symbol(self) -> str:
        """Return the symbol as people write it."""
        return self.instrument.symbol

    @property
    def r_multiple(self) -> Decimal | None:
        """Return the result in units of what the stop would have lost."""
        return self.trip.r_multiple(self.stop)


class TradeJournalModel(QObject):
    """Keep one account's round trips, and the notes to them."""

    rows_changed = Signal(object)  # list[TripRow]
    summary_changed = Signal(str)
    notice_changed = Signal(str)
    failed = Signal(str)

    def __init__(
        self,
        *,
        account: Account,
        market: MarketModel,
        trading: TradingReader,
        history: AccountHistory,
        pictures: TradePictures,
        candles: CandleReader,
        clock: Clock,
        nursery: Nursery,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._account = account
        self._market = market
        self._trading = trading
        self._history = history
        self._pictures = pictures
        self._candles = candles
        self._clock = clock
        self._loader = Loader(nursery, self.failed.emit)
        self._seen: dict[str, tuple[Excursion | None, str]] = {}

    def listen(self, bridge: Bridge) -> None:
        """Hear of executions."""
        bridge.subscribe(OrderFilled, self.on_order_filled)
        bridge.subscribe(EngineReady, lambda _event: self.load())

    def load(self) -> None:
        """Read fills, orders and notes, and put the round trips together."""
        self._loader.start(self._load, name="read the trade journal")

    def on_order_filled(self, event: OrderFilled) -> None:
        """Put the round trips together again."""
        if event.fill.account == self._account.id:
            self.load()

    def note(self, row: TripRow, text: str) -> None:
        """Keep what a trader wrote; words that begin with # are tags."""
        words = text.split()
        note = TradeNote(
            account=self._account.id,
            trip=row.trip.key,
            note=" ".join(word for word in words if not word.startswith("#")),
            tags=tuple(word[1:] for word in words if word.startswith("#") and word[1:]),
            updated=self._clock.now(),
        )
        # A name for each trip, because the loader ends an older work of the same name.
        self._loader.start(lambda: self._save(note), name=f"save a note to {note.trip}")

    def note_text(self, row: TripRow) -> str:
        """Return a round trip's note as a person would change it."""
        return " ".join([row.note, *(f"#{tag}" for tag in row.tags)]).strip()

    async def _save(self, note: TradeNote) -> None:
        await self._history.save_note(note)
        self.load()

    async def _load(self) -> None:
        fills = await self._trading.fills(self._account.id, limit=_MOST_FILLS)
        orders = await self._trading.orders(self._account.id, limit=_MOST_ORDERS)
        notes = {one.trip: one for one in await self._history.notes(self._account.id)}
        taken = await self._pictures.taken(self._account.id)
        listed = {
            key: instrument
            for key in {fill.instrument for fill in fills}
            if (instrument := self._market.instrument(key)) is not None
        }
        found = await asyncio.to_thread(_trips, fills, listed)
        openers = _openers(fills, orders)
        for trip in found[:_SEEN_CLOSELY]:
            await self._look(trip)
        rows = [
            replace(
                self._row(trip, listed[trip.instrument], openers, notes),
                pictured=taken.get(trip.key),
            )
            for trip in found
        ]
        self.rows_changed.emit(rows)
        self.summary_changed.emit(summary(rows))

    async def _look(self, trip: Trip) -> None:
        if trip.closed is None or trip.key in self._seen:
            return
        span = Span(start=trip.opened - _BEFORE, end=trip.closed + timedelta(minutes=1))
        frame = await self._candles.range(trip.instrument, Timeframe.M1, span)
        judged = _judged(trip, frame)
        if judged[0] is not None:
            # Before that the minute of the trade itself is not stored yet.
            self._seen[trip.key] = judged

    def _row(
        self,
        trip: Trip,
        instrument: Instrument,
        openers: Mapping[str, Order],
        notes: Mapping[str, TradeNote],
    ) -> TripRow:
        order, note = openers.get(trip.key), notes.get(trip.key)
        seen, context = self._seen.get(trip.key, (None, ""))
        exits = None if order is None else order.intent.terms.exits
        return TripRow(
            trip=trip,
            instrument=instrument,
            wanted_by=_wanted_by(order),
            stop=None if exits is None else exits.stop,
            seen=seen,
            context=context,
            note=note.note if note is not None else "",
            tags=note.tags if note is not None else (),
        )


def summary(rows: Sequence[TripRow]) -> str:
    """Say what the closed round trips made, by whoever wanted them."""
    closed = [row for row in rows if row.trip.is_closed]
    if not closed:
        return tr("No round trip is closed yet.")
    won = sum(row.trip.result > 0 for row in closed)
    made: defaultdict[str, Decimal] = defaultdict(Decimal)
    for row in closed:
        made[row.wanted_by] += row.trip.result
    parts = [f"{name} {fmt.signed(amount, 2)}" for name, amount in sorted(made.items())]
    return tr(
        "{count} closed, {share} % won   {parts}",
        count=len(closed),
        share=round(100 * won / len(closed)),
        parts="   ".join(parts),
    )


def _trips(fills: Sequence[Fill], listed: Mapping[InstrumentId, Instrument]) -> list[Trip]:
    by_instrument: defaultdict[InstrumentId, list[Fill]] = defaultdict(list)
    for fill in fills:
        by_instrument[fill.instrument].append(fill)
    found = [
        trip for key, instrument in listed.items() for trip in trips(by_instrument[key], instrument)
    ]
    return sorted(found, key=lambda trip: trip.opened, reverse=True)


def _openers(fills: Sequence[Fill], orders: Sequence[Order]) -> dict[str, Order]:
    """Return the order of each fill by the key that a round trip has if that fill opened it."""
    known = {order.client_id: order for order in orders}
    return {
        f"{fill.instrument}#{fill.trade_id}": known[fill.client_id]
        for fill in fills
        if fill.client_id in known
    }


def _wanted_by(order: Order | None) -> str:
    if order is None:
        return tr("unknown")
    if order.intent.strategy is not None:
        return order.intent.strategy
    words = {
        Origin.HAND: tr("by hand"),
        Origin.STRATEGY: tr("strategy"),
        Origin.DESK: tr("desk"),
        Origin.EXTERNAL: tr("elsewhere"),
    }
    return words[order.intent.origin]


def _judged(trip: Trip, frame: Frame) -> tuple[Excursion | None, str]:
    """Return how far the price went during the trip, and what the market did before."""
    opened = int(trip.opened.timestamp() * 1000)
    during, before = frame.time >= opened - 60_000, frame.time < opened
    seen = excursion(trip, list(frame.high[during]), list(frame.low[during]))
    closes = frame.close[before]
    if closes.size < 2:  # noqa: PLR2004  one candle tells of no move
        return seen, ""
    moved = float(closes[-1] / closes[0] - 1.0) * 100
    reach = float(frame.high[before].max() / frame.low[before].min() - 1.0) * 100
    hours = max(1, round(closes.size / 60))
    return seen, tr(
        "{hours} h before: {moved} %, range {reach} %",
        hours=hours,
        moved=f"{moved:+.2f}",
        reach=f"{reach:.2f}",
    )
