"""Keep the newest sound order book of each instrument."""

from __future__ import annotations

from fks_desk.core.model import InstrumentId, OrderBook


def fault(book: OrderBook) -> str | None:
    """Return why a book must not be used, or None if it may."""
    if not book.bids or not book.asks:
        return "one side of the book is empty"
    if book.bids[0].price >= book.asks[0].price:
        return f"the book is crossed: bid {book.bids[0].price}, ask {book.asks[0].price}"
    if any(level.size <= 0 or level.price <= 0 for level in (*book.bids, *book.asks)):
        return "a level has no size or no price"
    return None


class Books:
    """Hold one book per instrument; a faulty one takes the older one away too."""

    def __init__(self) -> None:
        self._books: dict[InstrumentId, OrderBook] = {}

    def put(self, book: OrderBook) -> str | None:
        """Keep the book, or return its fault and keep none."""
        reason = fault(book)
        if reason is None:
            self._books[book.instrument] = book
        else:
            self._books.pop(book.instrument, None)
        return reason

    def newest(self, instrument: InstrumentId) -> OrderBook | None:
        """Return the newest book, or None if none is sound."""
        return self._books.get(instrument)

    def drop(self, instrument: InstrumentId) -> None:
        """Forget a book whose stream was lost."""
        self._books.pop(instrument, None)
