"""Hold the look of every drawing in every theme against pictures kept small.

What is kept is the difference that the drawing makes to the chart, field by field of a
coarse grid. It may have another strength, by another font or a line of pixels, but must
lie in the same places in the same colours: two differences are compared as directions.
Write them anew with `FKS_GOLDEN=write pytest tests/ui/chart/drawings/test_golden_drawings.py`.
"""

from __future__ import annotations

import json
from datetime import timedelta
from itertools import combinations, pairwise
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import Qt

from fks_desk.core.clock import from_ms
from fks_desk.core.drawings import DrawingKind
from fks_desk.ui.chart.drawings.shapes import figure_of
from fks_desk.ui.theme.colors import COLOR_BLIND, DARK, LIGHT
from tests.fakes.charting import made_drawing
from tests.fakes.charts import made_frame
from tests.ui.chart.conftest import BTC
from tests.ui.chart.golden import kept, read, small

FILE = Path(__file__).with_name("golden_drawings.json")
COLUMNS, ROWS = 32, 18
WIDTH, HEIGHT = 25 * COLUMNS, 25 * ROWS
ALIKE = 0.92  # cosine between two differences; 1 is the same
FAINTEST, STRONGEST = 0.75, 1.33  # shares of the kept difference's strength
MIDDLE = 128
# Shares of the price range in sight, one per anchor, and bars between the anchors.
SHAPES: dict[DrawingKind, tuple[tuple[float, ...], int]] = {
    DrawingKind.TREND: ((0.3, 0.75), 45),
    DrawingKind.RAY: ((0.7, 0.6), 20),
    DrawingKind.HORIZONTAL: ((0.62,), 0),
    DrawingKind.VERTICAL: ((0.5,), 0),
    DrawingKind.CHANNEL: ((0.3, 0.5, 0.7), 30),
    DrawingKind.FIB_RETRACEMENT: ((0.2, 0.85), 40),
    DrawingKind.FIB_EXTENSION: ((0.2, 0.45, 0.3), 22),
    DrawingKind.RECTANGLE: ((0.35, 0.7), 40),
    DrawingKind.TEXT: ((0.8,), 0),
    DrawingKind.MEASURE: ((0.35, 0.7), 30),
    DrawingKind.LONG: ((0.5, 0.35, 0.8), 15),
    DrawingKind.SHORT: ((0.5, 0.65, 0.2), 15),
}


def fields(pane):
    stretched = Qt.AspectRatioMode.IgnoreAspectRatio
    smooth = Qt.TransformationMode.SmoothTransformation
    image = pane.view.grab().toImage().scaled(WIDTH, HEIGHT, stretched, smooth)
    return small(image, COLUMNS, ROWS).astype(int)


def drawing(desk, pane, kind):
    shares, apart = SHAPES[kind]
    projection = pane.view.stack.price.projection
    prices = [projection.low + share * (projection.high - projection.low) for share in shares]
    start = from_ms(int(desk.model.series.time[-90]))
    return made_drawing(
        BTC.id, kind, start, *[f"{price:.2f}" for price in prices],
        apart=timedelta(minutes=5 * apart), text="note" if kind is DrawingKind.TEXT else "",
    )  # fmt: skip


def difference(desk, pane, theme, kind):
    """Return what the drawing changes, each level halved around the middle."""
    desk.show(made_frame(500))
    pane.view.set_theme(theme)
    before = fields(pane)
    desk.drawings.put(drawing(desk, pane, kind))
    made = (fields(pane) - before) // 2 + MIDDLE
    return made.clip(0, 255).astype(np.uint8)


def likeness(one, other):
    """Return the cosine between two differences and the strength of the first by the other's."""
    first, second = one.astype(float).ravel() - MIDDLE, other.astype(float).ravel() - MIDDLE
    lengths = np.linalg.norm(first), np.linalg.norm(second)
    return first @ second / (lengths[0] * lengths[1]), lengths[0] / lengths[1]


@pytest.mark.parametrize("kind", list(DrawingKind))
@pytest.mark.parametrize("theme", [DARK, LIGHT, COLOR_BLIND], ids=lambda theme: theme.name)
def test_a_drawing_looks_as_it_did(desk, pane, theme, kind):
    found = difference(desk, pane, theme, kind)
    cosine, strength = likeness(found, kept(FILE, f"{theme.name} {kind}", found))

    assert cosine > ALIKE
    assert FAINTEST < strength < STRONGEST


def test_every_drawing_has_a_place_in_the_pictures():
    assert SHAPES.keys() == set(DrawingKind)


def test_another_drawing_would_be_seen():
    tables = {name: read(text) for name, text in json.loads(FILE.read_text()).items()}
    for one, other in combinations(DrawingKind, 2):
        cosine, _ = likeness(tables[f"dark {one}"], tables[f"dark {other}"])
        assert cosine <= ALIKE, (one, other)


def test_a_drawing_moved_by_two_fields_would_be_seen():
    for name, text in json.loads(FILE.read_text()).items():
        if not name.startswith("dark ") or name.endswith((DrawingKind.VERTICAL, "horizontal")):
            continue
        picture = read(text).reshape(ROWS, COLUMNS, 3)
        cosine, _ = likeness(np.roll(picture, (2, 2), axis=(0, 1)), picture)
        assert cosine <= ALIKE, name


@pytest.mark.parametrize("kind", [DrawingKind.FIB_RETRACEMENT, DrawingKind.FIB_EXTENSION])
def test_rungs_that_stand_too_close_are_not_written_over_one_another(desk, pane, kind):
    desk.show(made_frame(500))
    pane.view.grab()
    sheet = pane.hand.sheet()
    tall = sheet.look.line_height
    start = from_ms(int(desk.model.series.time[-90]))
    low = pane.view.stack.price.projection.low
    high = pane.view.stack.price.projection.high
    counts = []
    for far in (low + 0.001 * (high - low), high):
        prices = [f"{low:.2f}", f"{far:.2f}", f"{low:.2f}"][: kind.anchor_count]
        figure = figure_of(
            made_drawing(BTC.id, kind, start, *prices, apart=timedelta(minutes=50), text=""), sheet
        )
        tops = sorted(label.at.y() for label in figure.labels)
        assert all(b - a >= tall - 1e-6 for a, b in pairwise(tops))
        counts.append(len(tops))

    assert counts[0] == 1 < counts[1]
