from __future__ import annotations

import ast
import json
import math
from pathlib import Path

import pytest

from tests.benchmarks.measure import (
    Measure,
    less_is_better,
    more_is_better,
    none_lost,
    not_run,
)
from tests.benchmarks.run import groups

HERE = Path(__file__).parent
FINE = {
    "measure": "chart.pan_1m",
    "value": 2.1,
    "unit": "ms",
    "against": "finplot",
    "ratio": 9.8,
    "goal": 8,
}


def test_a_line_is_one_json_object_of_six_fields():
    line = Measure(**FINE).line()

    assert json.loads(line) == FINE
    assert list(json.loads(line)) == list(FINE)
    assert "\n" not in line


@pytest.mark.parametrize(
    "wrong",
    [
        {"measure": "data.feed hot lane"},
        {"measure": "hot_lane"},
        {"measure": "data.Hot"},
        {"measure": "data.feed_"},
        {"unit": ""},
        {"against": ""},
        {"goal": "ratio >= 8"},
        {"goal": 0},
        {"goal": True},
        {"goal": math.inf},
        {"value": "2.1"},
        {"value": math.nan},
        {"ratio": "9.8"},
        {"ratio": math.inf},
        {"ratio": -1},
        {"value": None},
    ],
    ids=repr,
)
def test_a_wrong_shape_is_refused(wrong):
    with pytest.raises(ValueError, match=r"measure|goal|value|ratio|unit"):
        Measure(**{**FINE, **wrong})


def test_a_bigger_ratio_is_better_for_rates_and_for_times():
    rate = more_is_better("data.feed", 300.0, "messages/s", "ccxt.pro", 100.0, 4)
    wait = less_is_better("chart.tick", 2.0, "ms", "allowed", 1.0)

    assert (rate.ratio, rate.goal) == (3.0, 4)
    assert rate.against == "ccxt.pro: 100 messages/s"
    assert (wait.ratio, wait.goal) == (0.5, 1.0)


@pytest.mark.parametrize("nothing", [0.0, -3.0, 1e-9])
def test_a_limit_that_is_hardly_touched_has_a_ratio_of_a_thousand(nothing):
    assert less_is_better("data.memory", nothing, "MiB", "allowed", 20.0).ratio == 1000


def test_a_miss_by_a_hair_is_not_rounded_into_the_goal():
    lost_one = none_lost("data.prints", 9_999_999, 10_000_000, "prints")
    close = less_is_better("chart.tick", 1.000001, "ms", "allowed", 1.0)

    assert json.loads(lost_one.line())["ratio"] == 0.9999
    assert json.loads(lost_one.line())["beside"] == {"lost": 1}
    assert json.loads(close.line())["ratio"] == 0.9999


def test_when_nothing_is_lost_the_ratio_is_one():
    line = json.loads(none_lost("data.prints", 76_308, 76_308, "prints").line())

    assert (line["value"], line["ratio"], line["goal"]) == (76_308, 1, 1)


def test_what_was_not_sent_cannot_have_arrived():
    with pytest.raises(ValueError, match="nothing was sent"):
        none_lost("data.prints", 0, 0, "prints")


def test_a_peer_that_did_not_run_leaves_no_ratio():
    line = json.loads(not_run("chart.zoom", "ms", "vnpy did not run: OSError", 100).line())

    assert (line["value"], line["ratio"], line["goal"]) == (None, None, 100)


def test_every_benchmark_leaves_the_shape_of_its_lines_to_the_measure():
    shaped_by_hand = [
        file.name
        for file in sorted(HERE.glob("*.py"))
        if file.name not in {"measure.py", "test_measure.py"}
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, ast.Dict)
        and any(isinstance(key, ast.Constant) and key.value == "measure" for key in node.keys)
    ]

    assert not shaped_by_hand


def test_every_benchmark_file_belongs_to_a_group():
    names = {name for files in groups().values() for name in files}

    assert sorted(names) == sorted(file.name for file in HERE.glob("bench_*.py"))
    assert {"bench_data.py", "bench_data_feed.py"} <= set(groups()["data"])
