"""A book is rebuilt change by change, and a missing change is noticed."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fks_desk.adapters.exchange.books import BookSide, Depth

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


SPELLINGS = ("{}", "{}.0", "{}.00000000", "0{}", "{}e0")


@given(
    st.lists(
        st.tuples(
            st.lists(
                st.tuples(st.integers(1, 400), st.integers(0, 2), st.sampled_from(SPELLINGS)),
                max_size=40,
            ),
            st.sampled_from([None, None, 1, 5, 20, 400]),
        ),
        max_size=60,
    ),
    st.booleans(),
)
def test_a_side_is_right_whenever_somebody_looks_and_however_prices_are_written(steps, is_falling):
    side, plain = BookSide([], is_falling=is_falling), {}
    for rows, looked in steps:
        side.change([(spelling.format(price), f"{size}.0") for price, size, spelling in rows])
        plain.update((price, size) for price, size, _ in rows)
        if looked is not None:
            there = sorted((one for one, size in plain.items() if size), reverse=is_falling)
            best = [(float(price), float(size)) for price, size in side.best(looked)]

            assert best == [(price, plain[price]) for price in there[:looked]]


@pytest.mark.parametrize("looked", [1, 20, 1000])
def test_a_side_that_nobody_looks_at_forgets_levels_that_are_gone(looked):
    side = BookSide([("500", "1")], is_falling=True)
    for number in range(20_000):
        side.change([(f"{number / 100 + 1:.2f}", "1")])
        side.change([(f"{number / 100 + 1:.2f}", "0.00000000")])

    assert len(side._sizes) < 2_000
    assert side.best(looked) == [("500", "1")]


def test_the_last_word_counts_in_a_change_that_writes_a_price_in_two_ways():
    side = BookSide([], is_falling=False)

    side.change([("1.0", "5"), ("1.00", "6"), ("1.0", "7"), ("2", "1")])
    assert [(float(price), size) for price, size in side.best(5)] == [(1.0, "7"), (2.0, "1")]
    side.change([("1.0", "8"), ("1.00", "0")])
    assert side.best(5) == [("2", "1")]


@pytest.mark.parametrize("price", ["0", "-1", "NaN", "x", ""])
def test_a_price_that_cannot_be_ranked_is_refused(price):
    side = BookSide([("1", "1")], is_falling=False)

    with pytest.raises(ValueError, match=r"above zero|could not convert"):
        side.change([(price, "1")])


def test_a_size_below_zero_is_told_however_far_from_the_best_price_it_is():
    depth = Depth({"lastUpdateId": 1, "bids": [["100", "1"]], "asks": [["101", "1"]]})
    change = {"e": "depthUpdate", "E": 1, "s": "X", "U": 2, "u": 2, "b": [["1", "-1"]], "a": []}

    with pytest.raises(ValueError, match="zero or more, was -1"):
        depth.apply(change)
