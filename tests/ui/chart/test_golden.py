"""Hold the look of every chart type in every theme against pictures kept small.

A picture is kept as the mean colours of a coarse grid, so that another font or another
line of pixels passes and a missing, misplaced or wrongly coloured part does not. After
a wanted change write them anew: `FKS_GOLDEN=write pytest tests/ui/chart/test_golden.py`.
"""

from __future__ import annotations

import base64
import json
import os
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtGui import QImage

from fks_desk.ui.chart.layers.candles import ChartType
from fks_desk.ui.theme.colors import COLOR_BLIND, DARK, LIGHT
from tests.fakes.charts import made_frame

FILE = Path(__file__).with_name("golden.json")
COLUMNS, ROWS = 20, 10
MEAN, MOST = 1.5, 22.0  # levels of 255


def small(image: QImage) -> np.ndarray:
    """Return the mean red, green and blue of each field of the grid."""
    flat = image.convertToFormat(QImage.Format.Format_RGB32)
    pixels = np.frombuffer(flat.constBits(), np.uint8).reshape(flat.height(), flat.width(), 4)
    fields = pixels[:, :, :3].reshape(ROWS, flat.height() // ROWS, COLUMNS, -1, 3)
    return fields.mean(axis=(1, 3)).round().astype(np.uint8)


@pytest.mark.parametrize("chart_type", list(ChartType))
@pytest.mark.parametrize("theme", [DARK, LIGHT, COLOR_BLIND], ids=lambda theme: theme.name)
def test_a_chart_looks_as_it_did(desk, view, picture, theme, chart_type):
    desk.show(made_frame(600))
    view.set_theme(theme)
    view.set_type(chart_type)
    for name in ("BBANDS", "RSI", "MACD"):
        desk.model.add_study(name)
    found, name = small(picture()), f"{theme.name} {chart_type.value}"
    kept = json.loads(FILE.read_text()) if FILE.exists() else {}
    if os.environ.get("FKS_GOLDEN") == "write":
        kept[name] = base64.b64encode(found.tobytes()).decode()
        FILE.write_text(json.dumps(kept, indent=0, sort_keys=True) + "\n")
    expected = np.frombuffer(base64.b64decode(kept[name]), np.uint8).reshape(found.shape)
    off = np.abs(found.astype(int) - expected.astype(int))

    assert off.mean() < MEAN
    assert off.max() < MOST


def test_another_theme_or_type_would_be_seen():
    kept = json.loads(FILE.read_text())
    tables = {
        name: np.frombuffer(base64.b64decode(text), np.uint8).astype(int)
        for name, text in kept.items()
    }
    for one, other in (
        ("dark candles", "light candles"),
        ("dark candles", "dark renko"),
        ("dark candles", "dark line"),
        ("dark heikin-ashi", "dark volume"),
    ):
        off = np.abs(tables[one] - tables[other])
        assert off.mean() >= MEAN or off.max() >= MOST, (one, other)
