"""Show a backtest's numbers as tiles, as many in a line as fit."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QScrollArea, QVBoxLayout, QWidget

from fks_desk.ui.models.research.metrics_text import MetricText
from fks_desk.ui.panes.flow import FlowLayout
from fks_desk.ui.widgets.label import PlainLabel

TILE_WIDTH = 112  # two columns beside the curve in a window of 1366 pixels


class MetricTile(QWidget):
    """Show one number under its name."""

    def __init__(self, metric: MetricText, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._metric = metric
        self._title = PlainLabel(metric.title, role="muted")
        self._value = PlainLabel(metric.value)
        self._value.setProperty("tone", metric.tone.value)
        font = self._value.font()
        font.setBold(True)
        self._value.setFont(font)
        self.setAccessibleName(f"{metric.title} {metric.value}")
        self.setAccessibleDescription(metric.why)
        self.setToolTip(metric.why)
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 2, 0, 2)
        box.setSpacing(0)
        box.addWidget(self._title)
        box.addWidget(self._value)


class MetricsGrid(QScrollArea):
    """Hold the tiles of the report that is shown."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("backtest.metrics")
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setMinimumSize(TILE_WIDTH + 8, 44)
        inner = QWidget()
        self._flow = FlowLayout(inner, gap=6)
        self._flow.setContentsMargins(6, 4, 0, 4)
        self.setWidget(inner)

    def show_metrics(self, metrics: Sequence[MetricText]) -> None:
        """Show these numbers and no others."""
        self._flow.clear()
        tiles = [MetricTile(metric) for metric in metrics]
        # One width for all, so that they stand in columns, and no number is cut.
        width = max([TILE_WIDTH, *(tile.sizeHint().width() for tile in tiles)])
        for tile in tiles:
            tile.setFixedWidth(width)
            self._flow.addWidget(tile)
        self.setMinimumWidth(width + 8)

    def texts(self) -> dict[str, str]:
        """Return what the tiles say, by title."""
        tiles = self.findChildren(MetricTile)
        return {tile._metric.title: tile._metric.value for tile in tiles}  # noqa: SLF001  own class
