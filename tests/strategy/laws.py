"""Hold the three laws that every strategy keeps; each strategy's test calls them."""

from __future__ import annotations

import numpy as np

from fks_desk.core.model import Stance
from fks_desk.strategy.catalog import strategy
from fks_desk.strategy.stance import NUMBER


def same_input_same_answer(name, frame, params):
    found = strategy(name)
    first, second = found.stances(frame, params), found.stances(frame, params)

    np.testing.assert_array_equal(first, second)
    assert found.decide(frame, params) is found.decide(frame, params)


def a_later_bar_never_changes_an_earlier_answer(name, frame, params):
    found = strategy(name)
    every = found.stances(frame, params)

    assert every.dtype == np.int8
    assert every.shape == (len(frame),)
    for stop in range(1, len(frame) + 1):
        assert NUMBER[found.decide(frame.slice(0, stop), params)] == every[stop - 1]


def short_history_is_flat(name, frame, params):
    found = strategy(name)
    warmup = found.warmup(params)

    assert not found.stances(frame, params)[:warmup].any()
    assert found.decide(frame.slice(0, min(len(frame), warmup)), params) is Stance.FLAT
