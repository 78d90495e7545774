"""Lay panels over common bars, and paint them at most once a frame."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import UTC, tzinfo

import numpy as np
from PySide6.QtCore import QEvent, Qt, QTimer, Signal
from PySide6.QtGui import (
    QKeyEvent,
    QMouseEvent,
    QPaintEvent,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QWidget

from fks_desk.ui.chart.canvas import Canvas
from fks_desk.ui.chart.gestures import Gestures
from fks_desk.ui.chart.layers.axes import TIME_AXIS_HEIGHT
from fks_desk.ui.chart.layers.candles import ChartType
from fks_desk.ui.chart.look import look_of
from fks_desk.ui.chart.mishap import Mishap
from fks_desk.ui.chart.panel import Panel, Tag
from fks_desk.ui.chart.reading import described_bar
from fks_desk.ui.chart.spots import mark_words
from fks_desk.ui.chart.stack import Stack
from fks_desk.ui.chart.ticks import TimeTick, day_starts, moment_text, time_ticks, zone_text
from fks_desk.ui.chart.window import Window
from fks_desk.ui.models.chart import ChartModel
from fks_desk.ui.models.chart_marks import ChartMarks
from fks_desk.ui.models.history import Change, ChangeKind
from fks_desk.ui.models.staging import Staging
from fks_desk.ui.text import tr
from fks_desk.ui.theme.colors import Theme
from fks_desk.ui.theme.current import current, source

BAR_WIDTH = 7.0  # pixels a bar when a chart is opened
_TICK_APART = 84.0  # pixels
_DAY_MS = 86_400_000
_DAYS_APART = 40.0  # pixels; closer day lines would be a hatch
_AXIS_STEP = 8
_WARM_UP_MS = 20


class ChartView(QWidget):
    """Show a chart model; pan, zoom and read it by mouse and by methods that keys call.

    Whatever changes only marks the picture as stale; the next paint lays it out
    once. `described` tells the bar under the crosshair as a sentence.
    """

    described = Signal(str)
    typed = Signal(str)  # a letter or a digit, with no other meaning here
    _settling = Signal()

    def __init__(
        self,
        *,
        model: ChartModel,
        marks: ChartMarks,
        staging: Staging,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.model = model
        self.marks = marks
        self.staging = staging
        self.shown = Window(left=0.0, right=100.0)
        self.stack = Stack(model=model, marks=marks, staging=staging, look=look_of(current()))
        self.bar_width = BAR_WIDTH
        self.zone: tzinfo | None = UTC
        self.is_stale = True
        self._axis_width = 64.0
        self._times_state: object = None
        self._ticks: Sequence[TimeTick] = ()
        self._days: Sequence[float] = ()
        self._canvas = Canvas(self)
        # Pointed elsewhere: only what the crosshair reads is to be laid out.
        self._is_settling = self._is_pointed = False
        self._warming = QTimer(self)
        self._gestures = Gestures(self)
        self._set_up()
        model.bars_changed.connect(self._on_bars)
        model.studies_changed.connect(self._on_studies)
        model.compared_changed.connect(self.touch)
        model.compared_moved.connect(self._on_compared)
        model.market_changed.connect(self.touch)
        model.state_changed.connect(self.touch)
        model.origins_changed.connect(self._on_origins)
        marks.changed.connect(self._on_marks)
        staging.changed.connect(self.touch_over)
        self._on_studies()

    # moving about

    def set_window(self, window: Window) -> None:
        """Show these bars, or the nearest that leave some in sight."""
        series = self.model.series
        self.shown = window.kept(series.first, series.stop)
        self.bar_width = self.plot_width / self.shown.count
        if len(series) and self.shown.left < series.first + self.shown.count:
            self.model.want_older()
        self.touch()

    def pan(self, bars: float) -> None:
        """Move the window; to the right is towards the newest bar."""
        self.set_window(self.shown.panned(bars))

    def zoom(self, factor: float, anchor: float | None = None) -> None:
        """Show factor times as many bars; the anchor, or else the newest bar in sight, stays."""
        if anchor is None:
            newest = self.model.series.stop - 1
            anchor = min(self.shown.right, newest) if self.shown.shows(newest) else self._middle
        most = max(2.0 * len(self.model.series), self.plot_width / 2)
        self.set_window(self.shown.zoomed(factor, anchor, most))

    def go_first(self) -> None:
        """Show the oldest bars there are."""
        first = self.model.series.first
        self.set_window(Window(left=first - 2, right=first - 2 + self.shown.count))

    def go_last(self) -> None:
        """Show the newest bars."""
        self.set_window(Window.newest(self.model.series.stop, self.shown.count))

    def go_to(self, moment_ms: int) -> None:
        """Bring a moment to the middle and put the crosshair on its bar."""
        number = int(self.model.series.holding(np.array([moment_ms]))[0])
        half = self.shown.count / 2
        self.set_window(Window(left=number - half, right=number + half))
        self.put_crosshair(number)

    def reset(self) -> None:
        """Show the newest bars at the width that a chart opens with, scales fitted."""
        for panel in self.stack.panels:
            panel.manual = None
        count = max(20.0, self.plot_width / BAR_WIDTH)
        self.set_window(Window.newest(self.model.series.stop, count))

    # reading

    def put_crosshair(
        self, number: int, panel: Panel | None = None, y: float | None = None
    ) -> None:
        """Read a bar; without a panel the horizontal line stands on the bar's close."""
        series = self.model.series
        if not len(series):
            return
        self.stack.put_crosshair(min(max(number, series.first), series.stop - 1), panel, y)
        self._touch_crosshair()
        self.described.emit(self.reading())

    def follow_crosshair(self, number: int) -> None:
        """Read the bar that another chart reads, and say nothing."""
        self.stack.put_crosshair(number, None, None)
        self._touch_crosshair()

    def reading(self) -> str:
        """Say everything about the bar that is read, what is marked on it too."""
        model, number = self.model, self.stack.number_read
        bar = described_bar(model, number)
        if not bar:
            return ""
        start, end = (model.series.time_at(at, model.bar_ms) for at in (number, number + 1))
        return ", ".join([bar, *mark_words(self.marks, start, end, model.price_digits)])

    def point_at(self, moment_ms: int, price: float | None = None) -> None:
        """Bring a moment to the middle and ring it, at a price or over its bar."""
        self.go_to(moment_ms)
        self.stack.marks.point_at(moment_ms, price)
        self.touch_over()

    def _on_origins(self) -> None:
        """Say again what is under the crosshair, now with where it came from."""
        if self.stack.crosshair_number is not None:
            self.described.emit(self.reading())

    def step_crosshair(self, bars: int) -> None:
        """Walk the crosshair, scrolling at the edge; it starts at the newest bar in sight."""
        series = self.model.series
        if not len(series):
            return
        held = self.stack.crosshair_number
        newest = min(series.stop - 1, math.floor(self.shown.right))
        self.put_crosshair(newest if held is None else held + bars)
        number = self.stack.number_read
        shown = self.shown.showing(number)
        if shown != self.shown:
            self.set_window(shown)
        self.setAccessibleDescription(self.reading())

    def clear_crosshair(self) -> None:
        """Read the newest bar again."""
        self.stack.put_crosshair(None, None, None)
        self._touch_crosshair()

    def let_go(self) -> None:
        """Read the newest bar again, and ring none."""
        self.stack.marks.point_at(None)
        self.clear_crosshair()
        self.touch_over()

    # ways to look

    def set_type(self, chart_type: ChartType) -> None:
        """Draw bars in this way; some are made of the candles anew."""
        self.stack.candles.type = chart_type
        self.model.set_kind(chart_type.kind)
        self.touch()

    def toggle_signals(self) -> None:
        """Show or hide what strategies said."""
        self.stack.marks.shows_signals = not self.stack.marks.shows_signals
        self.touch_over()

    def toggle_grid(self) -> None:
        """Show or hide the grid."""
        self.stack.set_grid(not self.stack.has_grid)
        self.touch()

    def toggle_volume(self) -> None:
        """Show or hide volume."""
        self.stack.set_volume(not self.stack.has_volume)
        self.touch()

    def toggle_log(self) -> None:
        """Turn the price scale logarithmic, or back."""
        price = self.stack.price
        price.is_log, price.manual = not price.is_log, None
        self.touch()

    def toggle_zone(self) -> None:
        """Label times as the machine's own clock shows them, or as UTC again."""
        self.zone = None if self.zone is UTC else UTC
        self.touch()

    def toggle_percent(self) -> None:
        """Label prices as shares of the first close in sight, or as prices again."""
        self.stack.is_percent = not self.stack.is_percent
        self.touch()

    def toggle_inverted(self) -> None:
        """Turn the price scale upside down, or back."""
        price = self.stack.price
        price.is_inverted, price.manual = not price.is_inverted, None
        self.touch()

    def set_theme(self, theme: Theme) -> None:
        """Paint in the colours of a theme."""
        self.stack.set_look(look_of(theme))
        self.touch()

    def touch(self) -> None:
        """Note that the picture is stale; it is laid out and painted with the next frame."""
        self._canvas.drop()
        self.touch_over()

    def touch_over(self) -> None:
        """Note that what lies over the bars changed, and the bars did not."""
        self.is_stale = True
        self._canvas.forget()
        self.update()

    def touch_lightly(self) -> None:
        """Note that only the newest bar changed: few pixels will differ."""
        self.is_stale = True
        self._settle_soon()

    def _touch_crosshair(self) -> None:
        """Note that the crosshair moved, over bars that are as they were."""
        self._is_pointed = True
        self._settle_soon()

    def _settle_soon(self) -> None:
        if not self._is_settling:
            self._is_settling = True
            self._settling.emit()

    @property
    def mishap(self) -> Mishap:
        """Return why the chart could not be painted, if it could not."""
        return self._canvas.mishap

    @property
    def plot_width(self) -> float:
        """Return the pixels between the left edge and the price axis."""
        return max(50.0, float(self.width()) - self._axis_width)

    @property
    def axis_width(self) -> float:
        """Return the pixels that price labels need."""
        return self._axis_width

    # Qt

    def paintEvent(self, event: QPaintEvent) -> None:
        """Lay out what changed since the last frame, then paint; say so where that fails."""
        self._canvas.paint(event)
        if not all(pyramid.is_built for pyramid in self.stack.pyramids()):
            self._warming.start()

    def bring_up_to_date(self) -> None:
        """Lay out what changed, the crosshair alone if nothing else did."""
        if self.is_stale:
            self.lay_out()
        elif self._is_pointed:
            self._is_pointed = False
            self.stack.fit_crosshair()
            self._show_cursor()

    def start_over(self) -> None:
        """Note that whatever was laid out may be half done."""
        self.is_stale, self._times_state = True, None

    def lay_out(self) -> None:
        """Fit every panel to the bars in sight."""
        self.is_stale = self._is_pointed = False
        window, series, bar_ms = self.shown, self.model.series, self.model.bar_ms
        state = (window, self.bar_width, series.first, series.stop, bar_ms, self.zone)
        if state != self._times_state:
            self._times_state = state
            apart = _TICK_APART / max(1e-9, self.bar_width)
            self._ticks = time_ticks(series, window.left, window.right, apart, bar_ms, self.zone)
            has_days = bar_ms < _DAY_MS and _DAY_MS / bar_ms * self.bar_width >= _DAYS_APART
            self._days = (
                day_starts(series, window.left, window.right, bar_ms, self.zone) if has_days else []
            )
        moment = series.time_at(math.floor(window.right), bar_ms)
        self.stack.time_axis.zone = zone_text(moment, self.zone)
        self.stack.fit(window, self._ticks, self._days)
        self._show_cursor()
        wanted = math.ceil(self.stack.axis_width() / _AXIS_STEP) * _AXIS_STEP
        # A label that got shorter keeps its room, or the chart would breathe while panning.
        if wanted > self._axis_width or wanted < self._axis_width - 3 * _AXIS_STEP:
            self._axis_width = wanted
            self._place()
            self.lay_out()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Show more bars at the same width, with the right edge where it was."""
        super().resizeEvent(event)
        self._place()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Pass on what is typed; everything else belongs to actions or to the window."""
        held = event.modifiers() & ~(
            Qt.KeyboardModifier.ShiftModifier | Qt.KeyboardModifier.KeypadModifier
        )
        text = event.text()
        if held == Qt.KeyboardModifier.NoModifier and text.isalnum():
            self.typed.emit(text)
            event.accept()
        else:
            event.ignore()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Read the bar under the mouse, or drag what was taken hold of."""
        self._gestures.move(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Take hold of what is under the mouse."""
        self._gestures.press(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Let go."""
        self._gestures.release(event)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Fit a scale again."""
        self._gestures.double_click(event)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Zoom, or pan sideways."""
        self._gestures.wheel(event)

    def leaveEvent(self, _event: QEvent) -> None:
        """Stop reading when the mouse is gone."""
        self.clear_crosshair()

    # following the model

    def _on_bars(self, change: Change) -> None:
        newest = self.model.series.stop - 2
        self.stack.follow(change)
        if change.kind is ChangeKind.REPLACED:
            self.stack.put_crosshair(None, None, None)
            self.stack.price.manual = None
            count = max(20.0, self.plot_width / self.bar_width)
            self.shown = Window.newest(self.model.series.stop, count)
        elif change.kind is ChangeKind.APPENDED and self.shown.shows(newest):
            self.shown = self.shown.panned(1)
        is_newest = change.kind is ChangeKind.MOVED and change.low == self.model.series.stop - 1
        (self.touch_lightly if is_newest else self.touch)()

    def _on_compared(self) -> None:
        """Follow a tick of the other symbol, lightly where it moves the newest bar alone."""
        is_newest = self.stack.follow_compared()
        (self.touch_lightly if is_newest else self.touch)()

    def _on_studies(self) -> None:
        self.stack.show_studies()
        self._place()

    def _on_marks(self) -> None:
        self.stack.show_marks()
        self.touch_over()

    def _settle(self) -> None:
        self._is_settling = False
        self._canvas.settle()

    def _warm_up(self) -> None:
        """Sum up one more thing that is drawn, so that zooming out never waits for all."""
        waiting = (pyramid for pyramid in self.stack.pyramids() if not pyramid.is_built)
        pyramid = next(waiting, None)
        if pyramid is None:
            self._warming.stop()
        else:
            pyramid.build()

    def _show_cursor(self) -> None:
        stack = self.stack
        number = stack.crosshair_number
        time_axis = stack.time_axis
        time_axis.cursor = None
        for panel in stack.panels:
            panel.cursor_tag = None
        if number is None or not self.shown.left <= number <= self.shown.right:
            return  # a tag at the edge would speak of a bar that is out of sight
        bar_ms = self.model.bar_ms
        text = moment_text(self.model.series.time_at(number, bar_ms), bar_ms, self.zone)
        time_axis.cursor = (float(number), text)
        panel, y = stack.crosshair_place()
        if y is not None:
            value = panel.projection.value(y)
            look = stack.look
            panel.cursor_tag = Tag(
                value=value,
                text=panel.text(value),
                fill=look.crosshair_fill,
                ink=look.crosshair_text,
            )

    def _set_up(self) -> None:
        self._warming.setInterval(_WARM_UP_MS)
        self._warming.timeout.connect(self._warm_up)
        source().changed.connect(self.set_theme)
        self._settling.connect(self._settle, Qt.ConnectionType.QueuedConnection)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMinimumSize(160, 120)
        self.setAccessibleName(tr("Chart"))
        self.setCursor(Qt.CursorShape.CrossCursor)

    def _place(self) -> None:
        """Give every panel its rectangle."""
        before = self.shown.count * self.bar_width
        height = max(60.0, self.height() - TIME_AXIS_HEIGHT)
        self.stack.place(self.plot_width, height, self._axis_width)
        if before > 0:
            self.shown = self.shown.widened(self.plot_width / before)
        self.touch()

    @property
    def _middle(self) -> float:
        return (self.shown.left + self.shown.right) / 2
