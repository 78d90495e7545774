"""The synthetic book: deterministic, ordered, never crossed."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from fks_desk.venue.market.depth import depth_around
from fks_desk.venue.market.listing import demo_listings


@given(st.integers(60, 10_000_000), st.integers(0, 10_000))
def test_a_book_is_ordered_and_never_crossed(last, turn):
    for listing in demo_listings():
        book = depth_around(last, listing.instrument, turn)

        assert book == depth_around(last, listing.instrument, turn)
        assert list(book.bids.ticks) == sorted(set(book.bids.ticks), reverse=True)
        assert list(book.asks.ticks) == sorted(set(book.asks.ticks))
        assert book.bids.ticks[0] < last < book.asks.ticks[0]
        assert min(*book.bids.lots, *book.asks.lots) >= 1


def test_levels_are_exact_multiples_of_tick_and_lot():
    instrument = demo_listings()[0].instrument
    for level in depth_around(6_000_000, instrument, 3).asks.levels(instrument):
        assert level.price % instrument.tick == 0
        assert level.size % instrument.lot == 0
