from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fks_desk.intelligence.sanitise import LONGEST, clean, one_line


@given(st.text())
def test_nothing_that_steers_a_screen_is_left(text):
    plain = clean(text)

    assert "\x1b" not in plain
    assert all(
        mark in "\n\t" or unicodedata.category(mark) not in {"Cc", "Cf", "Cs"} for mark in plain
    )
    plain.encode("utf-8")


@pytest.mark.parametrize(
    ("given_", "left"),
    [
        ("\x1b[31mred\x1b[0m", "red"),
        ("\x1b]8;;http://evil\x07link\x1b]8;;\x07", "link"),
        ("abc\u202edcba", "abcdcba"),
        ("zero\u200bwidth\ufeff", "zerowidth"),
        ("line\r\nbreak\n\n\n\n\nfar", "line\nbreak\n\nfar"),
        ("bell\x07\x00", "bell"),
    ],
)
def test_escapes_and_marks_are_taken_out(given_, left):
    assert clean(given_) == left


def test_a_megabyte_is_cut():
    assert len(clean("x" * 1_000_000)) == LONGEST
    assert clean("x" * 1_000_000).endswith("…")


def test_one_line_has_no_breaks():
    assert one_line("a\n\n b\tc ") == "a b c"
