"""Pan, zoom, scale and drag by mouse."""

from __future__ import annotations

from decimal import Decimal
from enum import StrEnum
from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QMouseEvent, QWheelEvent

from fks_desk.ui.chart.layers.axes import TIME_AXIS_HEIGHT
from fks_desk.ui.chart.panel import Panel
from fks_desk.ui.chart.window import Window

if TYPE_CHECKING:
    from fks_desk.ui.chart.view import ChartView

_WHEEL_STEP = 120.0
_WHEEL_ZOOM = 1.15
_REACH = 6.0  # pixels within which a line is taken hold of
_STRETCH = 200.0  # pixels of dragging an axis that change its scale by a factor of e
_LEAST_STRETCH, _MOST_STRETCH = 0.2, 5.0


class Held(StrEnum):
    """Name what the mouse has taken hold of."""

    NOTHING = "nothing"
    BARS = "bars"
    PRICES = "prices"
    TIMES = "times"
    STAGED = "staged"


class Gestures:
    """Turn mouse events into calls on the view."""

    def __init__(self, view: ChartView) -> None:
        self._view = view
        self._held = Held.NOTHING
        self._panel: Panel | None = None
        self._from = QPointF()
        self._window = view.shown
        self._range = (0.0, 1.0)

    def press(self, event: QMouseEvent) -> None:
        """Take hold of the staged line, an axis or the bars."""
        if event.button() is not Qt.MouseButton.LeftButton:
            event.ignore()
            return
        self._from = event.position()
        self._panel = self._panel_at(self._from)
        self._window = self._view.shown
        self._held = self._what_is_at(self._from)
        if self._panel is not None:
            projection = self._panel.projection
            self._range = (projection.low, projection.high)
        shape = Qt.CursorShape.ClosedHandCursor
        if self._held is Held.BARS:
            self._view.setCursor(shape)
        event.accept()

    def move(self, event: QMouseEvent) -> None:
        """Drag what is held, or read the bar under the mouse."""
        at = event.position()
        if self._held is Held.BARS:
            self._drag_bars(at)
        elif self._held is Held.TIMES:
            self._drag_times(at)
        elif self._held is Held.PRICES:
            self._drag_prices(at)
        elif self._held is Held.STAGED:
            self._drag_staged(at)
        else:
            self._read(at)
        event.accept()

    def release(self, event: QMouseEvent) -> None:
        """Let go."""
        self._held = Held.NOTHING
        self._view.setCursor(self._cursor_at(event.position()))
        event.accept()

    def double_click(self, event: QMouseEvent) -> None:
        """Fit the scale whose axis was clicked."""
        what = self._what_is_at(event.position())
        panel = self._panel_at(event.position())
        if what is Held.PRICES and panel is not None:
            panel.manual = None
            self._view.touch()
        elif what is Held.TIMES:
            self._view.reset()
        event.accept()

    def wheel(self, event: QWheelEvent) -> None:
        """Zoom at the newest bar, at the mouse with Ctrl, or pan sideways."""
        view = self._view
        turn = event.angleDelta()
        modifiers = event.modifiers()
        if modifiers & Qt.KeyboardModifier.ShiftModifier or abs(turn.x()) > abs(turn.y()):
            steps = (turn.x() or turn.y()) / _WHEEL_STEP
            view.pan(-steps * view.shown.count / 20)
        elif turn.y():
            is_anchored = bool(modifiers & Qt.KeyboardModifier.ControlModifier)
            is_newest = view.shown.shows(view.model.series.stop - 1)
            at_mouse = view.stack.price.projection.number(event.position().x())
            anchor = at_mouse if is_anchored or not is_newest else None
            view.zoom(_WHEEL_ZOOM ** (-turn.y() / _WHEEL_STEP), anchor)
        event.accept()

    def _read(self, at: QPointF) -> None:
        view, panel = self._view, self._panel_at(at)
        view.setCursor(self._cursor_at(at))
        if panel is None or at.x() > view.plot_width:
            view.clear_crosshair()
            return
        number = round(panel.projection.number(at.x()))
        view.put_crosshair(number, panel, at.y() - panel.area.top())

    def _drag_bars(self, at: QPointF) -> None:
        view = self._view
        by = (self._from.x() - at.x()) / view.bar_width
        view.set_window(self._window.panned(by))
        panel = self._panel
        # A fitted scale follows the bars; one chosen by hand moves with the mouse.
        if panel is not None and panel.manual is not None and not panel.projection.is_log:
            low, high = self._range
            shift = (at.y() - self._from.y()) / panel.projection.height * (high - low)
            shift *= -1 if panel.is_inverted else 1
            panel.manual = (low + shift, high + shift)

    def _drag_times(self, at: QPointF) -> None:
        factor = _stretch(self._from.x() - at.x())
        most = max(2.0 * len(self._view.model.series), self._view.plot_width / 2)
        zoomed = self._window.zoomed(1 / factor, self._window.right, most)
        self._view.set_window(Window(left=zoomed.left, right=zoomed.right))

    def _drag_prices(self, at: QPointF) -> None:
        if self._panel is None:
            return
        low, high = self._range
        middle, half = (low + high) / 2, (high - low) / 2
        half *= _stretch(at.y() - self._from.y())
        self._panel.manual = (middle - half, middle + half)
        self._view.touch()

    def _drag_staged(self, at: QPointF) -> None:
        view = self._view
        staged = view.staging.order
        if staged is None:
            return
        price = view.stack.price.projection.value(at.y())
        view.staging.set_price(Decimal(f"{price:.{staged.instrument.price_digits + 1}f}"))

    def _panel_at(self, at: QPointF) -> Panel | None:
        for panel in self._view.stack.panels:
            if panel.area.top() <= at.y() < panel.area.bottom():
                return panel
        return None

    def _what_is_at(self, at: QPointF) -> Held:
        view = self._view
        if at.y() >= view.height() - TIME_AXIS_HEIGHT:
            return Held.TIMES
        if at.x() > view.plot_width:
            return Held.PRICES
        return Held.STAGED if self._is_on_staged(at) else Held.BARS

    def _is_on_staged(self, at: QPointF) -> bool:
        staged = self._view.staging.order
        if staged is None or staged.instrument.id != self._view.model.instrument_id:
            return False
        price = self._view.stack.price
        if self._panel_at(at) is not price:
            return False
        return abs(price.projection.y(float(staged.price)) - at.y()) <= _REACH

    def _cursor_at(self, at: QPointF) -> Qt.CursorShape:
        shapes = {
            Held.TIMES: Qt.CursorShape.SizeHorCursor,
            Held.PRICES: Qt.CursorShape.SizeVerCursor,
            Held.STAGED: Qt.CursorShape.SizeVerCursor,
        }
        return shapes.get(self._what_is_at(at), Qt.CursorShape.CrossCursor)


def _stretch(pixels: float) -> float:
    return float(min(max(2.718281828 ** (pixels / _STRETCH), _LEAST_STRETCH), _MOST_STRETCH))
