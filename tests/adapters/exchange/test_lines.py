"""Streams share connections up to what a connection may carry."""

from __future__ import annotations

from fks_desk.adapters.exchange.lines import STREAMS_EACH, Lines


def test_a_full_line_is_followed_by_another():
    lines = Lines(streams_each=2)
    placed = [lines.place(name, "trades") for name in ("a", "b", "c", "a")]

    assert placed[0] is placed[1] is placed[3]
    assert placed[2] is not placed[0]
    assert STREAMS_EACH <= 1024


def test_groups_do_not_share_and_addresses_never_come_back():
    lines = Lines()
    one, other = lines.place("a", "trades"), lines.place("b", "books")

    assert len({one.address, other.address, lines.new_address()}) == 3
    assert lines.all == [one, other]


def test_a_place_that_is_left_is_free_again():
    lines = Lines(streams_each=1)
    first = lines.place("a", "trades")

    assert lines.leave("a") is first
    assert lines.leave("a") is None
    assert lines.place("b", "trades") is first
