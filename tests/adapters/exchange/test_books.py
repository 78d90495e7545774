"""A book is rebuilt change by change, and a missing change is noticed."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fks_desk.adapters.exchange.books import Depth

SNAPSHOT = {"lastUpdateId": 100, "bids": [["99", "1"], ["98", "2"]], "asks": [["101", "1"]]}


def change(first: int, last: int, bids=(), asks=()) -> dict:
    return {"U": first, "u": last, "b": list(bids), "a": list(asks)}


def test_changes_from_before_the_snapshot_change_nothing():
    depth = Depth(SNAPSHOT)

    assert depth.apply(change(90, 100, [["99", "7"]]))
    assert depth.bids(1)[0].size == Decimal(1)


def test_the_first_change_may_overlap_the_snapshot():
    depth = Depth(SNAPSHOT)

    assert depth.apply(change(95, 105, [["99", "0"], ["98.5", "3"]]))
    assert [str(level.price) for level in depth.bids(5)] == ["98.5", "98"]
    assert depth.sequence == 105


def test_a_missing_change_is_noticed_and_nothing_is_applied():
    depth = Depth(SNAPSHOT)

    assert not depth.apply(change(102, 103, [["99", "0"]]))
    assert depth.sequence == 100


def test_a_crossed_book_says_so():
    depth = Depth(SNAPSHOT)
    depth.apply(change(101, 101, [["102", "1"]]))

    assert depth.is_crossed


@given(
    st.lists(
        st.tuples(st.integers(1, 20), st.integers(0, 3), st.booleans()), min_size=1, max_size=60
    )
)
def test_the_book_equals_its_last_word_on_each_price(changes):
    depth = Depth({"lastUpdateId": 0, "bids": [], "asks": []})
    plain: dict[bool, dict[Decimal, Decimal]] = {True: {}, False: {}}
    for number, (price, size, is_bid) in enumerate(changes, start=1):
        row = [[str(price), str(size)]]
        depth.apply(change(number, number, row if is_bid else (), () if is_bid else row))
        plain[is_bid][Decimal(price)] = Decimal(size)

    def kept(side):
        return {price: size for price, size in side.items() if size}

    assert {level.price: level.size for level in depth.bids(99)} == kept(plain[True])
    assert {level.price: level.size for level in depth.asks(99)} == kept(plain[False])
    assert list(depth.bids(99)) == sorted(depth.bids(99), key=lambda level: -level.price)


def test_a_size_below_zero_is_told_however_far_from_the_best_price_it_is():
    depth = Depth({"lastUpdateId": 1, "bids": [["100", "1"]], "asks": [["101", "1"]]})
    change = {"e": "depthUpdate", "E": 1, "s": "X", "U": 2, "u": 2, "b": [["1", "-1"]], "a": []}

    with pytest.raises(ValueError, match="zero or more, was -1"):
        depth.apply(change)
