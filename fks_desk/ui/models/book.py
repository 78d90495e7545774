"""Decide what the order book shows: the newest sound book of the chart's instrument."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from PySide6.QtCore import QObject, Signal

from fks_desk.core.messages import BookMoved, FeedMoved, FeedState
from fks_desk.core.model import BookLevel, Instrument, InstrumentId, OrderBook, Side
from fks_desk.ui.bridge.bridge import Bridge
from fks_desk.ui.models import format as fmt
from fks_desk.ui.models.market import MarketModel
from fks_desk.ui.text import tr

STREAM = "books"
_PER_BASIS = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class BookRow:
    """Hold a level with everything that stands in front of it, itself included."""

    side: Side
    price: Decimal
    size: Decimal
    total: Decimal


class BookModel(QObject):
    """Follow one instrument's book; one whose stream is not live is taken away."""

    changed = Signal()
    chosen = Signal(object, object)  # the side of an order, and its price

    def __init__(self, *, market: MarketModel, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._market = market
        self._instrument: InstrumentId | None = None
        self._book: OrderBook | None = None
        self._state: FeedState | None = None

    def listen(self, bridge: Bridge) -> None:
        """Hear the books and how their streams do."""
        bridge.subscribe(BookMoved, self.on_book_moved)
        bridge.subscribe(FeedMoved, self.on_feed_moved)

    def set_instrument(self, instrument: InstrumentId) -> None:
        """Show the book of this instrument."""
        if instrument != self._instrument:
            self._instrument, self._book = instrument, None
            self._state = dict(self._market.streams(instrument)).get(STREAM)
            self.changed.emit()

    def on_book_moved(self, event: BookMoved) -> None:
        """Show the newest book."""
        if event.book.instrument == self._instrument:
            self._book = event.book
            self.changed.emit()

    def on_feed_moved(self, event: FeedMoved) -> None:
        """Take a book away that may be out of date."""
        if event.instrument == self._instrument and event.stream == STREAM:
            self._state = event.state
            if event.state is not FeedState.LIVE:
                self._book = None
            self.changed.emit()

    @property
    def instrument(self) -> Instrument | None:
        """Return what is known of the instrument, or None."""
        return None if self._instrument is None else self._market.instrument(self._instrument)

    def bids(self, count: int) -> Sequence[BookRow]:
        """Return the best bids, best first."""
        return _rows(Side.BUY, self._book.bids[:count]) if self._book else ()

    def asks(self, count: int) -> Sequence[BookRow]:
        """Return the best asks, best first."""
        return _rows(Side.SELL, self._book.asks[:count]) if self._book else ()

    @property
    def digits(self) -> tuple[int, int]:
        """Return how many digits after the point prices and sizes have."""
        known = self.instrument
        return (2, 5) if known is None else (known.price_digits, known.size_digits)

    @property
    def spread_text(self) -> str:
        """Return what lies between the best bid and the best ask, and which side is heavier."""
        book = self._book
        if book is None:
            return ""
        bid, ask = book.bids[0].price, book.asks[0].price
        basis = (ask - bid) / ((ask + bid) / 2) * _PER_BASIS
        bought = sum((one.size for one in book.bids), Decimal(0))
        sold = sum((one.size for one in book.asks), Decimal(0))
        return tr(
            "Spread {spread} · {basis} bp · bids {share} %",
            spread=fmt.number(ask - bid, self.digits[0]),
            basis=fmt.number(basis, 2),
            share=fmt.number(bought / (bought + sold) * 100, 0),
        )

    @property
    def message(self) -> str:
        """Return the sentence that stands in place of a book, or nothing when there is one."""
        if self._book is not None:
            return ""
        if self._instrument is None:
            return tr("Show a symbol on the chart to see its order book.")
        symbol = self._instrument.split(":", 2)[2]
        if self._state in {FeedState.STALE, FeedState.DOWN}:
            return tr(
                "The book of {symbol} is not live any more, so it is not shown. It comes back "
                "with the stream; Ctrl+K and Health say what is wrong.",
                symbol=symbol,
            )
        if not self._market.is_fed(self._instrument):
            return tr(
                "{symbol} is stored history and has no order book. Choose a symbol that streams.",
                symbol=symbol,
            )
        return tr("Waiting for the book of {symbol} …", symbol=symbol)


def _rows(side: Side, levels: Sequence[BookLevel]) -> tuple[BookRow, ...]:
    rows, total = [], Decimal(0)
    for level in levels:
        total += level.size
        rows.append(BookRow(side=side, price=level.price, size=level.size, total=total))
    return tuple(rows)
