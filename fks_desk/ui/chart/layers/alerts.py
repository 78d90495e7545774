"""Mark on the chart where alerts wait and where they fired."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPainter, QPen

from fks_desk.core.alerts import Alert, AlertId, AlertState
from fks_desk.core.clock import to_ms
from fks_desk.ui.chart.layers.layer import Depth, Layer
from fks_desk.ui.chart.source import BarSource

if TYPE_CHECKING:
    from fks_desk.ui.chart.panel import Panel

_BELL = "♪"
_LEFT, _PAD = 8, 5
_DASH = [2.0, 5.0]


class AlertLayer(Layer):
    """Paint a dotted line with a bell at each armed price, and a bell where one fired."""

    def __init__(
        self, panel: Panel, source: Callable[[], BarSource], alerts: Callable[[], Sequence[Alert]]
    ) -> None:
        super().__init__(panel, Depth.MARKS)
        self._source = source
        self._alerts = alerts

    @property
    def is_empty(self) -> bool:
        """Tell whether there is no alert at all."""
        return not self._alerts()

    def draw(self, painter: QPainter, _exposed: QRectF) -> None:
        """Paint the alerts in sight."""
        for alert in self._alerts():
            if alert.state is AlertState.ARMED:
                self._draw_armed(painter, alert)
            elif alert.state is AlertState.FIRED:
                self._draw_fired(painter, alert)

    def at(self, place: QPointF) -> AlertId | None:
        """Return the alert that fired where the mouse is."""
        look = self.panel.look
        width, height = look.width(_BELL, is_bold=True) + 2 * _PAD, look.line_height + 2
        for alert in self._alerts():
            corner = self._fired_at(alert)
            if corner is not None and QRectF(corner.x(), corner.y(), width, height).contains(place):
                return alert.id
        return None

    def _draw_armed(self, painter: QPainter, alert: Alert) -> None:
        projection, look = self.panel.projection, self.panel.look
        pen = QPen(look.warning, 1)
        pen.setDashPattern(_DASH)
        if alert.moment is not None:
            x = projection.x(self._number(to_ms(alert.moment)))
            if 0 <= x <= projection.width:
                painter.setPen(pen)
                painter.drawLine(QPointF(x, 0), QPointF(x, projection.height))
                self._bell(painter, x, projection.height - look.line_height - 6, alert.note)
        elif alert.level is not None and alert.study is None:
            y = round(projection.y(float(alert.level)))
            if 0 <= y <= projection.height:
                painter.setPen(pen)
                painter.drawLine(QPointF(0, y), QPointF(projection.width, y))
                self._bell(painter, _LEFT, y - look.line_height / 2, alert.note)

    def _draw_fired(self, painter: QPainter, alert: Alert) -> None:
        corner = self._fired_at(alert)
        if corner is not None:
            self._bell(painter, corner.x(), corner.y(), "")

    def _fired_at(self, alert: Alert) -> QPointF | None:
        """Return the top left corner of the bell of an alert that fired in sight."""
        if alert.state is not AlertState.FIRED or alert.fired is None:
            return None
        if alert.seen is None or alert.study is not None:
            return None
        projection = self.panel.projection
        x = projection.x(self._number(to_ms(alert.fired)))
        y = projection.y(float(alert.seen))
        if not (0 <= x <= projection.width and 0 <= y <= projection.height):
            return None
        return QPointF(round(x), round(y - self.panel.look.line_height - 8))

    def _bell(self, painter: QPainter, x: float, top: float, note: str) -> None:
        look = self.panel.look
        text = f"{_BELL} {note}".strip()
        width = look.width(text, is_bold=True) + 2 * _PAD
        frame = QRectF(round(x), round(top), width, look.line_height + 2)
        painter.setPen(QPen(look.warning, 1))
        painter.setBrush(look.background)
        painter.drawRect(frame)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        look.write(painter, frame.left() + _PAD, frame.top() + 1, text, look.warning, is_bold=True)

    def _number(self, moment_ms: int) -> float:
        series = self._source().series
        if not len(series):
            return 0.0
        number = int(series.holding(np.array([moment_ms]))[0])
        beyond = moment_ms - int(series.time[-1])
        step = int(series.time[-1] - series.time[-2]) if len(series) > 1 else 0
        return number + beyond // step if beyond > 0 and step else float(number)
