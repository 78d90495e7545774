"""A tape writes what changed, so that the book can be told again exactly."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from fks_desk.core.model import BookLevel, OrderBook
from fks_desk.core.recordings import RowKind
from fks_desk.market.ticker_tape import SAMPLED_EVERY, TickerTape
from tests.fakes.market import START, a_trade, an_instrument

BTC = an_instrument()


def a_book(bids: dict[int, int], asks: dict[int, int], at: int = 0) -> OrderBook:
    def side(levels, falling):
        return tuple(
            BookLevel(price=tick * BTC.tick, size=lots * BTC.lot)
            for tick, lots in sorted(levels.items(), reverse=falling)
        )

    return OrderBook(
        instrument=BTC.id,
        bids=side(bids, falling=True),
        asks=side(asks, falling=False),
        sequence=at,
        ts_event=START + timedelta(milliseconds=at),
        ts_init=START,
    )


def a_tape() -> TickerTape:
    tape = TickerTape(BTC)
    tape.is_on = True
    return tape


def told_again(rows) -> tuple[dict[int, int], dict[int, int]]:
    sides: tuple[dict[int, int], dict[int, int]] = ({}, {})
    for kind, price, size in zip(rows.kind, rows.price, rows.size, strict=True):
        if kind == RowKind.BOOK:
            sides = ({}, {})
        elif kind >= RowKind.BID:
            side = sides[kind - RowKind.BID]
            if size:
                side[int(price)] = int(size)
            else:
                side.pop(int(price), None)
    return sides


levels = st.dictionaries(st.integers(1, 60), st.integers(1, 10**9), max_size=12)


@given(st.lists(st.tuples(levels, levels), min_size=1, max_size=12))
def test_the_rows_tell_the_newest_book_exactly(books):
    tape = a_tape()
    for at, (bids, asks) in enumerate(books):
        tape.book(a_book(bids, asks, at))
    rows, _, changes = tape.take(with_book=True)

    assert told_again(rows) == books[-1]
    assert changes == int((rows.kind >= RowKind.BID).sum() - (rows.kind == RowKind.BOOK).sum())


def test_a_book_that_did_not_change_writes_nothing():
    tape = a_tape()
    tape.book(a_book({100: 5}, {101: 5}))
    tape.take(with_book=True)
    tape.book(a_book({100: 5}, {101: 5}))

    assert len(tape.take(with_book=True)[0]) == 0


def test_after_a_loss_the_whole_book_follows():
    tape = a_tape()
    tape.book(a_book({100: 5}, {101: 5}))
    tape.take(with_book=True)
    tape.begin()
    tape.book(a_book({100: 5}, {101: 5}))

    assert tape.take(with_book=True)[0].kind.tolist() == [RowKind.BOOK, RowKind.BID, RowKind.ASK]


def test_prints_are_ticks_and_lots_and_the_book_may_be_left_out():
    tape = a_tape()
    tape.trade(a_trade(1))
    tape.book(a_book({100: 5}, {101: 5}))
    rows, prints, changes = tape.take(with_book=False)

    assert (rows.kind.tolist(), rows.price.tolist(), rows.size.tolist()) == (
        [0],
        [10_000],
        [100_000],
    )
    assert (prints, changes) == (1, 2)
    assert Decimal(int(rows.price[0])) * BTC.tick == 100


def test_an_instrument_that_is_not_recorded_is_counted_by_samples():
    tape = TickerTape(BTC)
    for at in range(SAMPLED_EVERY * 2):
        tape.book(a_book({100: at + 1}, {101: 5}, at))
    tape.trade(a_trade(1))
    rows, prints, changes = tape.take(with_book=True)

    # One level changes with each book: a removal and a new size of the same price.
    assert len(rows) == 0
    assert prints == 1
    assert changes > SAMPLED_EVERY
