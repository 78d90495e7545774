"""A stream passes between connections whole, however far either is behind."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from fks_desk.adapters.exchange.handover import Handover


@given(
    starts=st.integers(1, 30),
    order=st.lists(st.booleans(), min_size=80, max_size=80),
)
def test_whatever_the_interleaving_every_frame_arrives_once_and_in_order(starts, order):
    handover, got = Handover(["s"], old="old", new="new"), []
    old, new = iter(range(1, 41)), iter(range(starts, 41))
    for is_old in order:
        number = next(old if is_old else new, None)
        if number is not None:
            got += handover.take("old" if is_old else "new", "s", number, number)
    for number in old:
        got += handover.take("old", "s", number, number)
    for number in new:
        got += handover.take("new", "s", number, number)
    got += handover.finish().get("s", [])

    assert got == list(range(1, 41))


def test_a_silent_stream_passes_at_the_end():
    handover = Handover(["quiet", "busy"], old="old", new="new")
    for number in (1, 2):
        handover.take("old", "busy", number, number)
    handover.take("new", "busy", 2, 2)

    assert not handover.is_over
    assert handover.take("new", "quiet", 5, 5) == []
    assert handover.finish() == {"quiet": [5]}
    assert handover.is_over


def test_a_stream_opened_meanwhile_is_heard_on_the_new_connection_alone():
    handover = Handover([], old="old", new="new")

    assert handover.take("new", "later", 1, "frame") == ["frame"]
    assert handover.take("old", "later", 1, "frame") == []
    assert handover.names == set()
