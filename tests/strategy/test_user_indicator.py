"""Show what a user's file may say, and how its mistakes are told."""

from __future__ import annotations

import numpy as np
import pytest

from fks_desk.strategy.indicators import Placement
from fks_desk.strategy.user_indicator import (
    UserIndicatorError,
    broken_indicator,
    read_user_indicator,
)
from tests.fakes.candles import walk

GOOD = """
TITLE = "Distance"
PLACE = "overlay"
PARAMETERS = {"period": 20, "factor": 1.5}
OUTPUTS = ("near", "far")

def compute(bars, period, factor):
    import talib
    near = bars.close - talib.SMA(bars.close, period)
    return near, near * factor
"""


def written(tmp_path, text):
    file = tmp_path / "mine.py"
    file.write_text(text, encoding="utf-8")
    return file


def test_a_file_says_its_title_place_parameters_and_outputs(tmp_path):
    user = read_user_indicator(written(tmp_path, GOOD))
    frame = walk(100)
    found = user.run(frame, {"period": 5, "factor": 2.0})

    assert user.indicator.name == "mine"
    assert user.indicator.title == "Distance"
    assert user.indicator.placement is Placement.OVERLAY
    assert [(one.name, one.default) for one in user.indicator.parameters] == [
        ("period", 20),
        ("factor", 1.5),
    ]
    assert set(found) == {"near", "far"}
    assert found["near"][-1] == pytest.approx(frame.close[-1] - frame.close[-5:].mean())
    np.testing.assert_array_equal(found["far"], found["near"] * 2)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("def compute(bars)\n    pass", r"mine.py, line 1: SyntaxError"),
        ("import nowhere_at_all", r"mine.py, line 1: ModuleNotFoundError"),
        ("x = 1", r"mine.py: there is no function compute"),
        ("PLACE = 'left'\ndef compute(bars): pass", r"need PLACE = "),
        ("PARAMETERS = 5\ndef compute(bars): pass", r"mine.py: 'int' object"),
    ],
)
def test_a_file_that_cannot_be_read_says_why_and_where(tmp_path, text, told):
    with pytest.raises(UserIndicatorError, match=told):
        read_user_indicator(written(tmp_path, text))


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ("    x = 1\n    return bars.close + nothing", r"mine.py, line 3: "),
        ("    return bars.close[1:]", r"need 50 values of value, were \(49,\)"),
        ("    return 'nothing'", r"gave no numbers for value"),
        ("    return {'other': bars.close}", r"gave no numbers for value"),
    ],
)
@pytest.mark.filterwarnings("ignore:divide by zero")
def test_a_mistake_in_compute_is_told_with_its_line(tmp_path, body, told):
    user = read_user_indicator(written(tmp_path, f"def compute(bars):\n{body}"))

    with pytest.raises(UserIndicatorError, match=told):
        user.run(walk(50), {})


def test_a_file_that_cannot_be_read_still_has_a_place_for_its_error(tmp_path):
    assert broken_indicator(tmp_path / "mine.py").outputs[0].name == "value"
