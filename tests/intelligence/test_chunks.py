from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fks_desk.intelligence.chunks import chunks, rejoined

TEXTS = st.text(alphabet=st.sampled_from("ab. \n!x"), max_size=400)


@given(TEXTS, st.integers(10, 60), st.integers(0, 4))
def test_pieces_rejoin_to_the_original(text, longest, overlap):
    pieces = chunks(text, longest, overlap)

    assert rejoined(pieces) == text
    assert all(0 < len(piece.text) <= longest for piece in pieces)


def test_a_cut_falls_between_sentences():
    text = "The first sentence is here. The second one follows it. And a third."

    first, *_ = chunks(text, 40, 0)

    assert first.text == "The first sentence is here. "


def test_an_overlap_must_leave_room_to_go_on():
    with pytest.raises(ValueError, match="overlap < half of longest, were 5 and 10"):
        chunks("text", 10, 5)
