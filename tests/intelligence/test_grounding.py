from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fks_desk.intelligence.grounding import (
    cited_numbers,
    marked,
    unsupported,
    without_citations,
)

EVIDENCE = (
    "You bought 0.05 BTC at 63012.55 USDT for 3150.6275 USDT on 2026-03-01 12:30:05 UTC (order "
    "t-17). You realised a loss of -95.8366 USDT after fees: a win rate of 25 %. Of 20 trades 5 "
    "won. A return of 0.1234 and a drawdown of -8.1 %."
)


@pytest.mark.parametrize(
    "text",
    [
        "You bought 0.05 BTC at 63012.55 USDT [1].",
        "At 63,012.55 USDT on 2026-03-01 at 12:30.",
        "It was bought on March 1, 2026.",
        "It was bought on the 1st of March.",
        "Bought at about 63012.6 USDT.",
        "Bought near 63.0k USDT.",
        "You lost 95.84 USDT.",
        "The result is -95.8366 USDT.",
        "A win rate of 25% or 25 percent.",
        "The return was 12.34 %.",
        "Five of 20 trades won.",
        "1. Order t-17\n2. Nothing else",
        "No number at all.",
    ],
)
def test_what_stands_in_the_evidence_is_supported(text):
    assert unsupported(text, EVIDENCE) == []


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("You bought 0.06 BTC.", ["0.06"]),
        ("At 64012.55 USDT.", ["64012.55"]),
        ("On 2026-03-02.", ["2026-03-02"]),
        ("On March 2, 2026.", ["March 2, 2026"]),
        ("At 13:30.", ["13:30"]),
        ("A profit of 95.8366 USDT.", ["95.8366"]),
        ("You made +95.8366 USDT.", ["95.8366"]),
        ("A win rate of 26 %.", ["26 %"]),
        ("Six trades won.", ["Six"]),
        ("See order t-18.", ["t-18"]),
        ("Bought near 63 USDT.", ["63"]),
        ("Worth 3.2M USDT.", ["3.2M"]),
        ("Ratio 0.5e3.", ["0.5e3"]),
    ],
)
def test_what_does_not_stand_there_is_named(text, wrong):
    assert unsupported(text, EVIDENCE) == wrong


def test_a_text_in_the_making_shows_no_number_without_a_source():
    assert marked("You bought 0.05 BTC at 7 USDT and ", EVIDENCE) == (
        "You bought 0.05 BTC at [?] USDT and "
    )


@pytest.mark.parametrize("ending", ["630", "63012.", "2026-03-", "12:", "[", "[1", "-8."])
def test_half_a_number_is_held_back(ending):
    assert marked(f"so far {ending}", EVIDENCE) == "so far "


def test_marks_of_sources_that_do_not_exist_are_taken_out():
    assert without_citations("Yes [1][7].", [1, 2]) == "Yes [1]."
    assert cited_numbers("a [2] b [1][2]") == [2, 1]


@given(st.decimals(allow_nan=False, allow_infinity=False, places=4, min_value=0, max_value=10**9))
def test_every_number_supports_itself_and_no_neighbour(number):
    text = f"{number:f}"

    assert unsupported(f"It is {text} USDT.", f"The row says {text} USDT.") == []
    assert unsupported(f"It is {number + 1:f} USDT.", f"The row says {text} USDT.") != []


@given(st.text(max_size=300), st.text(max_size=300))
def test_no_text_breaks_the_check(text, evidence):
    unsupported(text, evidence)
    marked(text, evidence)
