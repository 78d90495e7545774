"""Turn prints and whole books of one instrument into rows of ticks and lots."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import ROUND_HALF_EVEN, Decimal

import numpy as np

from fks_desk.core.clock import EPOCH
from fks_desk.core.model import BookLevel, Instrument, MarketTrade, OrderBook, Side
from fks_desk.core.recordings import RecordedRows, RowKind

SAMPLED_EVERY = 64  # books of an instrument that is not recorded, to know what it would cost
_US_PER_S = 1_000_000
_MOST_ROWS = 500_000  # while nothing can be written; the older half goes

Row = tuple[int, int, int, int]
Levels = dict[Decimal, Decimal]


class TickerTape:
    """Gather rows while it is on, and count always; of a book only changed levels are rows."""

    def __init__(self, instrument: Instrument) -> None:
        self._tick, self._lot = instrument.tick, instrument.lot
        self._rows: list[Row] = []
        self._before: tuple[Levels, Levels] | None = None
        self._prints = self._books = 0
        self._changes = 0.0
        self._changes_per_book = 0.0
        self._is_torn = False
        self.is_on = False

    def begin(self) -> None:
        """Let the next book be written whole."""
        self._before = None

    def trade(self, trade: MarketTrade) -> None:
        """Take a print."""
        self._prints += 1
        if self.is_on:
            kind = RowKind.BOUGHT if trade.side is Side.BUY else RowKind.SOLD
            price, size = _steps(trade.price, self._tick), _steps(trade.size, self._lot)
            self._put(trade.ts_event, kind, price, size)

    def book(self, book: OrderBook) -> None:
        """Take a book."""
        if self.is_on:
            self._record(book)
        else:
            self._sample(book)

    def take(self, *, with_book: bool) -> tuple[RecordedRows, int, float]:
        """Return the rows gathered since, and how many prints and changes came."""
        rows, self._rows = self._rows, []
        prints, changes = self._prints, self._changes
        self._prints, self._changes = 0, 0.0
        kept = rows if with_book else [row for row in rows if row[1] <= RowKind.SOLD]
        columns = np.array(kept, dtype=np.int64).reshape(-1, 4)
        return (
            RecordedRows(
                time=columns[:, 0].copy(),
                kind=columns[:, 1].astype(np.int8),
                price=columns[:, 2].copy(),
                size=columns[:, 3].copy(),
            ),
            prints,
            changes,
        )

    def _record(self, book: OrderBook) -> None:
        bids, asks = _levels(book.bids), _levels(book.asks)
        if self._is_torn:
            self._before, self._is_torn = None, False
        if self._before is None:
            self._put(book.ts_event, RowKind.BOOK, 0, 0)
            self._before = {}, {}
        for kind, old, new in (
            (RowKind.BID, self._before[0], bids),
            (RowKind.ASK, self._before[1], asks),
        ):
            gone = [(price, Decimal(0)) for price in old.keys() - new.keys()]
            changed = sorted(new.items() - old.items())
            for price, size in (*sorted(gone), *changed):
                self._changes += 1
                self._put(book.ts_event, kind, _steps(price, self._tick), _steps(size, self._lot))
        self._before = bids, asks

    def _sample(self, book: OrderBook) -> None:
        """Count what recording the book would write, by a look at two books now and then."""
        place = self._books % SAMPLED_EVERY
        self._books += 1
        self._changes += self._changes_per_book
        if place == 0:
            self._before = _levels(book.bids), _levels(book.asks)
        elif place == 1 and self._before is not None:
            pairs = zip(self._before, (_levels(book.bids), _levels(book.asks)), strict=True)
            self._changes_per_book = float(
                sum(
                    len(old.keys() - new.keys()) + len(new.items() - old.items())
                    for old, new in pairs
                )
            )
            self._before = None

    def _put(self, moment: datetime, kind: RowKind, price: int, size: int) -> None:
        if len(self._rows) >= _MOST_ROWS:
            # What changed before is not known any more, so a whole book has to follow.
            del self._rows[: _MOST_ROWS // 2]
            self._is_torn = True
        since = moment - EPOCH
        micros = (since.days * 86_400 + since.seconds) * _US_PER_S + since.microseconds
        self._rows.append((micros, int(kind), price, size))


def _levels(levels: Sequence[BookLevel]) -> Levels:
    return {one.price: one.size for one in levels}


def _steps(amount: Decimal, step: Decimal) -> int:
    return int((amount / step).to_integral_value(ROUND_HALF_EVEN))
