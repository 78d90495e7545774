"""Hold the look of every chart type in every theme against pictures kept small.

How they are kept and compared stands in `golden.py`.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from fks_desk.ui.chart.layers.candles import ChartType
from fks_desk.ui.theme.colors import COLOR_BLIND, DARK, LIGHT
from tests.fakes.charts import made_frame
from tests.ui.chart.golden import kept, off, read, small

FILE = Path(__file__).with_name("golden.json")
COLUMNS, ROWS = 20, 10
MEAN, MOST = 1.5, 22.0  # levels of 255


@pytest.mark.parametrize("chart_type", list(ChartType))
@pytest.mark.parametrize("theme", [DARK, LIGHT, COLOR_BLIND], ids=lambda theme: theme.name)
def test_a_chart_looks_as_it_did(desk, view, picture, theme, chart_type):
    desk.show(made_frame(600))
    view.set_theme(theme)
    view.set_type(chart_type)
    for name in ("BBANDS", "RSI", "MACD"):
        desk.model.add_study(name)
    found = small(picture(), COLUMNS, ROWS)
    apart = off(found, kept(FILE, f"{theme.name} {chart_type.value}", found))

    assert apart.mean() < MEAN
    assert apart.max() < MOST


def test_another_theme_or_type_would_be_seen():
    tables = {name: read(text) for name, text in json.loads(FILE.read_text()).items()}
    for one, other in (
        ("dark candles", "light candles"),
        ("dark candles", "dark renko"),
        ("dark candles", "dark line"),
        ("dark heikin-ashi", "dark volume"),
    ):
        apart = off(tables[one], tables[other])
        assert apart.mean() >= MEAN or apart.max() >= MOST, (one, other)
