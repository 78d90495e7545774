from __future__ import annotations

import math
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fks_desk.adapters.llm.words import DIMENSION, WordEmbedder, vector


def likeness(one, other):
    return sum(a * b for a, b in zip(vector(one), vector(other), strict=True))


@given(st.text(max_size=300))
def test_every_text_has_a_finite_unit_vector(text):
    found = vector(text)

    assert len(found) == DIMENSION
    assert math.isclose(math.fsum(value * value for value in found), 1.0, rel_tol=1e-9)


def test_texts_about_the_same_thing_are_nearer_than_others():
    question = "Which purchase of bitcoin did I make?"

    bought = likeness(question, "Trade: bought 0.5 BTC at 63000 USDT")
    tested = likeness(question, "Backtest of sma_cross on ETH/USDT with a Sharpe ratio of 1.2")

    assert bought > tested + 0.2


def test_another_process_makes_the_same_vector():
    code = "from fks_desk.adapters.llm.words import vector; print(vector('why am I long BTC'))"

    told = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, text=True)

    assert told.stdout.strip() == str(vector("why am I long BTC"))


async def test_many_texts_are_embedded_at_once():
    vectors = await WordEmbedder().embed(["one order", "two orders"])

    assert [len(one) for one in vectors] == [DIMENSION, DIMENSION]
    assert vectors[0] == pytest.approx(vector("one order"))
