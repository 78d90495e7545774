"""A book that cannot be true is not kept."""

from __future__ import annotations

from decimal import Decimal

import pytest

from fks_desk.core.model import BookLevel, OrderBook
from fks_desk.market.books import Books
from tests.fakes.market import START, an_instrument


def book(bids, asks) -> OrderBook:
    def side(rows):
        return tuple(BookLevel(price=Decimal(price), size=Decimal(size)) for price, size in rows)

    return OrderBook(
        instrument=an_instrument().id,
        bids=side(bids),
        asks=side(asks),
        sequence=1,
        ts_event=START,
        ts_init=START,
    )


def test_a_sound_book_is_the_newest_until_dropped():
    books, sound = Books(), book([("99", "1")], [("100", "1")])

    assert books.put(sound) is None
    assert books.newest(an_instrument().id) == sound

    books.drop(an_instrument().id)

    assert books.newest(an_instrument().id) is None


@pytest.mark.parametrize(
    ("bids", "asks", "reason"),
    [
        ([], [("100", "1")], "empty"),
        ([("100", "1")], [("100", "1")], "crossed: bid 100, ask 100"),
        ([("99", "0")], [("100", "1")], "no size"),
    ],
)
def test_a_faulty_book_takes_the_older_one_away(bids, asks, reason):
    books = Books()
    books.put(book([("99", "1")], [("100", "1")]))

    assert reason in books.put(book(bids, asks))
    assert books.newest(an_instrument().id) is None
