"""Draw an equity curve with its drawdowns shaded and holding as a reference."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Sequence
from importlib import import_module
from typing import Any

from PySide6 import QtCore, QtGui, QtWidgets
from PySide6.QtCore import QObject, Qt
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QVBoxLayout, QWidget

from fks_desk.ui.models.research.curve import Curve
from fks_desk.ui.text import tr
from fks_desk.ui.theme.current import current, source

_SHADE_ALPHA = 70
_VEIL = 215  # of 255
_MADE_AT_ONCE = 8  # classes of Qt, in about two milliseconds


class EquityPlot(QWidget):
    """Show one curve at a time, over dates in UTC; empty until the first one comes."""

    def __init__(
        self,
        parent: QWidget | None = None,
        *,
        name: str = "backtest.curve",
        reference: str | None = None,
    ) -> None:
        super().__init__(parent)
        self.setObjectName(name)
        self.setAccessibleName(tr("Equity curve"))
        self._reference = reference or tr("buy and hold")
        self.setMinimumHeight(80)
        self._box = QVBoxLayout(self)
        self._box.setContentsMargins(0, 0, 0, 0)
        self._curve: Curve | None = None
        self._plot: _Plot | None = None

    @property
    def curve(self) -> Curve | None:
        """Return the curve that is shown."""
        return self._curve

    def show_curve(self, curve: Curve) -> None:
        """Draw a curve instead of the one before."""
        self._curve = curve
        if self._plot is None:
            self._plot = _Plot(self, self._reference)
            self._box.addWidget(self._plot.widget)
        self._plot.show(curve)


async def load_plots() -> None:
    """Load pyqtgraph, which takes half a second, once the window is up.

    It looks at every class of Qt. PySide makes each at the first look, and two threads that
    do so at once end the process: all are made here, a few at a time, before the thread starts.
    """
    for module in (QtCore, QtGui, QtWidgets):
        for place, name in enumerate(dir(module)):
            getattr(module, name)
            if not place % _MADE_AT_ONCE:
                await asyncio.sleep(0)
    await asyncio.to_thread(import_module, "pyqtgraph")


class _Plot(QObject):
    """Hold the plot and its lines."""

    def __init__(self, parent: QObject, reference: str) -> None:
        super().__init__(parent)
        import pyqtgraph as pg  # noqa: PLC0415  see `load_plots`

        self._pen = pg.mkPen
        self.widget: Any = pg.PlotWidget(axisItems={"bottom": pg.DateAxisItem(utcOffset=0)})
        self._item: Any = self.widget.plotItem
        amounts = self._item.getAxis("left")
        amounts.tickStrings = _amounts
        self.widget.setMenuEnabled(False)
        self.widget.hideButtons()
        self._item.setClipToView(True)
        self._peak = self._item.plot()
        self._low = self._item.plot()
        self._shade = pg.FillBetweenItem(self._peak, self._low)
        self._item.addItem(self._shade)
        self._hold = self._item.plot()
        self._equity = self._item.plot()
        self._legend = self._item.addLegend(offset=(8, 4))
        self._legend.addItem(self._equity, tr("equity"))
        self._legend.addItem(self._hold, reference)
        self._paint()
        source().changed.connect(self._paint)

    def show(self, curve: Curve) -> None:
        self._equity.setData(curve.time, curve.equity)
        self._peak.setData(curve.time, curve.peak)
        self._low.setData(curve.time, curve.equity)
        self._hold.setData(*_pair(curve))
        self._hold.setVisible(curve.hold is not None)
        self._item.autoRange()

    def _paint(self, _theme: object = None) -> None:
        theme = current()
        self.widget.setBackground(theme.panel)
        for name in ("left", "bottom"):
            axis = self._item.getAxis(name)
            axis.setPen(theme.axis)
            axis.setTextPen(theme.axis)
        shade = QColor(theme.down)
        shade.setAlpha(_SHADE_ALPHA)
        self._shade.setBrush(shade)
        self._peak.setPen(None)
        self._low.setPen(None)
        self._equity.setPen(self._pen(theme.series[1], width=1.5))
        self._hold.setPen(self._pen(theme.muted, style=Qt.PenStyle.DashLine))
        # On a ground of its own, for the curve may pass below it.
        ground = QColor(theme.panel)
        ground.setAlpha(_VEIL)
        self._legend.setBrush(ground)
        # Set anew with its colour: the legend's own setter leaves a label as it was painted.
        for _, label in self._legend.items:
            label.setText(label.text, color=theme.text)


def _amounts(values: Sequence[float], scale: float, spacing: float) -> list[str]:
    """Return the labels of the money axis, with thousands apart."""
    digits = max(0, min(8, -math.floor(math.log10(spacing * scale)))) if spacing > 0 else 2
    return [f"{value * scale:,.{digits}f}".replace("-", "−") for value in values]


def _pair(curve: Curve) -> tuple[object, object]:
    return ([], []) if curve.hold is None else (curve.time, curve.hold)
