"""Show that a layer belongs to its panel from the start."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QRectF

from fks_desk.ui.chart.layers.layer import Depth, Layer
from fks_desk.ui.chart.layers.message import MessageLayer
from fks_desk.ui.chart.look import look_of
from fks_desk.ui.chart.panel import Panel
from fks_desk.ui.theme.colors import DARK


def test_a_layer_joins_its_panel_at_its_depth(qapp):
    panel = Panel(look=look_of(DARK), range_of=lambda _left, _right: (0.0, 1.0))
    layer = MessageLayer(panel)

    assert panel.layers == [layer]
    assert layer.depth is Depth.MESSAGE
    assert layer.is_shown
    assert panel.area == QRectF(0, 0, 1, 1)


def test_a_layer_that_cannot_draw_cannot_be_made():
    with pytest.raises(TypeError):
        Layer(None, Depth.GRID)
