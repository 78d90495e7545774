"""Show that formulas of the desk carry on as TA-Lib's do."""

from __future__ import annotations

import pytest

from fks_desk.strategy.indicators import indicator, names
from tests.fakes.candles import walk

SETTLED = 400


@pytest.mark.parametrize("seed", [1, 2])
def test_every_indicator_carried_bar_by_bar_equals_the_batch(seed):
    frame = walk(SETTLED + 120, seed)
    for name in names():
        found = indicator(name)
        carry = found.stream(frame.slice(0, SETTLED))
        whole = found.compute(frame)
        assert carry is not None, name
        for stop in range(SETTLED + 1, len(frame) + 1):
            part = frame.slice(0, stop)
            peeked = carry.peek(part)
            updated = carry.update(part)
            for output, values in whole.items():
                expected = pytest.approx(values[stop - 1], rel=1e-9, abs=1e-9, nan_ok=True)
                assert peeked[output] == expected, (name, stop)
                assert updated[output] == expected, (name, stop)


def test_no_indicator_remembers_more_bars_than_it_says():
    frame = walk(4_000, 3)
    for name in names():
        found = indicator(name)
        memory = found.memory()
        if memory is None:
            continue
        whole = found.compute(frame)
        for stop in (2_500, 3_300, 4_000):
            part = found.compute(frame.slice(max(0, stop - 1 - memory), stop))
            for output, values in whole.items():
                expected = pytest.approx(values[stop - 1], rel=1e-9, abs=1e-9, nan_ok=True)
                assert part[output][-1] == expected, (name, output)
