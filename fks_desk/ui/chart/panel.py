"""Hold one stretch of the chart: a scale of values over the common bars."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QRectF
from PySide6.QtGui import QColor, QPainter

from fks_desk.ui.chart.layers.layer import EVERY_DEPTH, STILL_DEPTHS, Depth, Layer
from fks_desk.ui.chart.look import Look
from fks_desk.ui.chart.projection import Projection, fitted
from fks_desk.ui.chart.ticks import TimeTick, price_ticks, step_digits
from fks_desk.ui.chart.window import Window

Range = Callable[[float, float], tuple[float, float]]
_TICK_APART = 44.0  # pixels
_CLEAR = 18.0  # pixels


@dataclass(frozen=True, slots=True, kw_only=True)
class Tag:
    """Hold a label on the price axis, at a value."""

    value: float
    text: str
    fill: QColor
    ink: QColor


class Panel:
    """Lay bars of the window over a range of values; layers inside paint.

    `digits` is how many digits after the point labels show, None for as many as
    tell the ticks apart. `least` is the smallest step between ticks.
    """

    def __init__(
        self,
        *,
        look: Look,
        range_of: Range,
        above: float = 0.08,
        below: float = 0.08,
        digits: int | None = None,
        least: float = 0.0,
    ) -> None:
        self.look = look
        self.layers: list[Layer] = []
        self.area = QRectF(0, 0, 1, 1)
        self.above, self.below = above, below
        self.digits = digits
        self.least = least
        self.is_log = False
        self.is_inverted = False
        self.base: float | None = None  # the value that is 0 % where labels show shares of it
        self.is_below = False
        self.marked: Sequence[float] = ()
        self.manual: tuple[float, float] | None = None
        self.projection = Projection(left=0, right=1, low=0, high=1, width=1, height=1)
        self.ticks: Sequence[float] = ()
        self.times: Sequence[TimeTick] = ()
        self.days: Sequence[float] = ()
        self.tags: list[Tag] = []
        self.cursor_tag: Tag | None = None
        self._range_of = range_of
        self._step_digits = 2
        self._fitted: object = None

    def add(self, layer: Layer) -> None:
        """Take a layer in, at its depth."""
        self.layers.append(layer)
        self.layers.sort(key=lambda each: each.depth)

    def draw(
        self, painter: QPainter, exposed: QRectF, depths: Collection[Depth] = EVERY_DEPTH
    ) -> None:
        """Paint the layers of some depths where the panel stands, the deepest first."""
        self._draw(painter, exposed, depths, lambda layer: layer.draw)

    def draw_newest(self, painter: QPainter, strip: QRectF) -> None:
        """Paint what a tick changes in the picture of the bars, in a strip around the newest."""
        self._draw(painter, strip, STILL_DEPTHS, lambda layer: layer.draw_newest)

    def _draw(
        self,
        painter: QPainter,
        exposed: QRectF,
        depths: Collection[Depth],
        way: Callable[[Layer], Callable[[QPainter, QRectF], None]],
    ) -> None:
        seen = exposed & self.area
        if seen.isEmpty():
            return
        painter.save()
        painter.setClipRect(seen)
        painter.translate(self.area.topLeft())
        seen.translate(-self.area.topLeft())
        for layer in self.layers:
            if layer.is_shown and layer.depth in depths:
                way(layer)(painter, seen)
        painter.restore()

    def fit(self, window: Window) -> None:
        """Lay the window's bars over the values they need, or over those chosen by hand."""
        low, high = self.manual or self._wanted(window)
        area = self.area
        state = (window, low, high, area.width(), area.height(), self.is_log, self.is_inverted)
        labels = (self.base, self.least, self.marked)
        if (state, labels) == self._fitted:
            return
        self._fitted = state, labels
        is_log = self.is_log and low > 0
        self.projection = Projection(
            left=window.left,
            right=window.right,
            low=low,
            high=high,
            width=max(1.0, area.width()),
            height=max(1.0, area.height()),
            is_log=is_log,
            is_inverted=self.is_inverted,
        )
        if self.base is None:
            places = self.area.height() / _TICK_APART
            ticks = price_ticks(low, high, places, least=self.least, is_log=is_log)
            self._step_digits = step_digits(ticks if len(ticks) > 1 else self.marked)
        else:
            ticks = self._share_ticks(low, high, self.base)
        self.ticks = self._with_marked(ticks)

    def clear(self) -> None:
        """Label nothing, until the panel is fitted again."""
        self.ticks, self.times, self.days = (), (), ()
        self._fitted = None

    def label_digits(self) -> int:
        """Return how many digits after the point the axis shows."""
        return self._step_digits if self.digits is None else self.digits

    def tick_text(self, tick: float) -> str:
        """Return a tick as the axis writes it."""
        if self.base is not None:
            return _share_text((tick / self.base - 1) * 100, self._step_digits)
        return f"{tick:,.{self.label_digits()}f}".replace("-", "−")

    def text(self, value: float) -> str:
        """Return a value as the axis writes it."""
        if not math.isfinite(value):
            return "–"
        if self.base is not None:
            return _share_text((value / self.base - 1) * 100, self._step_digits + 1)
        digits = self.label_digits() if self.digits is not None else self.label_digits() + 1
        return f"{value:,.{digits}f}".replace("-", "−")

    def _share_ticks(self, low: float, high: float, base: float) -> Sequence[float]:
        """Return the values that are a round percentage away from the base."""
        begin, end = sorted(((low / base - 1) * 100, (high / base - 1) * 100))
        shares = price_ticks(begin, end, self.area.height() / _TICK_APART)
        self._step_digits = step_digits(shares)
        return [base * (1 + share / 100) for share in shares]

    def _with_marked(self, ticks: Sequence[float]) -> Sequence[float]:
        """Label the marked values, and of the round ones those that stand clear of them."""
        if not self.marked:
            return ticks
        y = self.projection.y
        taken = [y(value) for value in self.marked]
        clear = [tick for tick in ticks if all(abs(y(tick) - at) > _CLEAR for at in taken)]
        return [*self.marked, *clear]

    def _wanted(self, window: Window) -> tuple[float, float]:
        low, high = self._range_of(window.left, window.right)
        above, below = (self.below, self.above) if self.is_inverted else (self.above, self.below)
        return fitted(low, high, above=above, below=below, is_log=self.is_log)


def _share_text(share: float, digits: int) -> str:
    sign = "+" if share > 0 else ""
    return f"{sign}{share:,.{digits}f} %".replace("-", "−")
