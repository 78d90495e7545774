"""Draw an equity curve with its drawdowns shaded and holding as a reference."""

from __future__ import annotations

import pyqtgraph as pg
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QWidget

from fks_desk.ui.models.research.curve import Curve
from fks_desk.ui.text import tr
from fks_desk.ui.theme.current import current, source

_SHADE_ALPHA = 70


class EquityPlot(pg.PlotWidget):  # type: ignore[misc]  # pyqtgraph ships no types
    """Show one curve at a time, over dates in UTC."""

    def __init__(self, parent: QWidget | None = None) -> None:
        axis = pg.DateAxisItem(utcOffset=0)
        super().__init__(parent=parent, axisItems={"bottom": axis})
        self.setObjectName("backtest.curve")
        self.setAccessibleName(tr("Equity curve"))
        self.setMinimumHeight(80)
        self.setMenuEnabled(False)
        self.hideButtons()
        self.plotItem.setClipToView(True)
        self._curve: Curve | None = None
        self._peak = self.plotItem.plot()
        self._low = self.plotItem.plot()
        self._shade = pg.FillBetweenItem(self._peak, self._low)
        self.plotItem.addItem(self._shade)
        self._hold = self.plotItem.plot()
        self._equity = self.plotItem.plot()
        self._legend = self.plotItem.addLegend(offset=(8, 4))
        self._legend.addItem(self._equity, tr("equity"))
        self._legend.addItem(self._hold, tr("buy and hold"))
        self._paint()
        source().changed.connect(self._paint)

    @property
    def curve(self) -> Curve | None:
        """Return the curve that is shown."""
        return self._curve

    def show_curve(self, curve: Curve) -> None:
        """Draw a curve instead of the one before."""
        self._curve = curve
        self._equity.setData(curve.time, curve.equity)
        self._peak.setData(curve.time, curve.peak)
        self._low.setData(curve.time, curve.equity)
        self._hold.setData(*_pair(curve))
        self._hold.setVisible(curve.hold is not None)
        self.plotItem.autoRange()

    def _paint(self, _theme: object = None) -> None:
        theme = current()
        self.setBackground(theme.panel)
        for name in ("left", "bottom"):
            axis = self.plotItem.getAxis(name)
            axis.setPen(theme.axis)
            axis.setTextPen(theme.axis)
        shade = QColor(theme.down)
        shade.setAlpha(_SHADE_ALPHA)
        self._shade.setBrush(shade)
        self._peak.setPen(None)
        self._low.setPen(None)
        self._equity.setPen(pg.mkPen(theme.series[1], width=1.5))
        self._hold.setPen(pg.mkPen(theme.muted, style=Qt.PenStyle.DashLine))
        self._legend.setLabelTextColor(theme.text)


def _pair(curve: Curve) -> tuple[object, object]:
    return ([], []) if curve.hold is None else (curve.time, curve.hold)
