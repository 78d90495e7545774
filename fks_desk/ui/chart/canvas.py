"""Have no more of a chart painted than what differs from what the screen shows."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from PySide6.QtCore import QRect, QRectF
from PySide6.QtGui import QPainter, QPaintEvent, QRegion

from fks_desk.ui.chart.mishap import Mishap
from fks_desk.ui.chart.stains import Stains, changed
from fks_desk.ui.chart.still import Still

if TYPE_CHECKING:
    from fks_desk.ui.chart.view import ChartView

_MOST_AREAS = 12  # beyond that one pass over all of them is cheaper


class Canvas:
    """Paint a chart's view: whole, or only where something came, went or changed.

    What lies over the bars is painted over a kept picture of them, area by area: each
    area is a plain rectangle, which Qt clips to for nothing, while a region of many
    costs a search for every row of pixels.
    """

    def __init__(self, view: ChartView) -> None:
        self.mishap = Mishap()
        self._view = view
        self._still = Still()
        # What the screen shows, or will after the paints that are under way; None: who knows.
        self._told: tuple[object, Stains] | None = None
        self._newest_told = 0
        self._asked = QRegion()
        self._areas: list[QRect] = []

    def drop(self) -> None:
        """Note that something below the newest bar changed: no picture of the bars is good."""
        self._still.drop()

    def forget(self) -> None:
        """Note that the screen shows something else than was told: all is to be painted."""
        self._told = None

    def settle(self) -> None:
        """Lay out what changed lightly, once, and have no more painted than differs."""
        view = self._view
        if not view.isVisible():
            self._told = None
            return
        stack, before = view.stack, self._told
        try:
            view.bring_up_to_date()
            told = self._told = stack.still_state(), stack.stains()
        except Exception as error:  # noqa: BLE001  the next paint tries again, and tells
            self._fail(error)
            view.update()
            return
        newest, self._newest_told = self._newest_told, stack.changes
        if before is None or before[0] != told[0]:
            view.update()
            return
        areas = changed(before[1], told[1])
        if newest != stack.changes:
            areas.append(stack.newest_strip().toAlignedRect())
        self._ask_for(areas)

    def paint(self, event: QPaintEvent) -> None:
        """Lay out what changed since the last frame, then paint; say so where that fails."""
        view = self._view
        try:
            view.bring_up_to_date()
            with _painting(view) as painter:
                self.paint_region(painter, event.region())
        except Exception as error:  # noqa: BLE001  it would end the desk; it is logged and told
            self._fail(error)
            with _painting(view) as painter:
                self.mishap.draw(painter, QRectF(view.rect()), view.stack.look)
        else:
            self.mishap.clear()

    def paint_region(self, painter: QPainter, region: QRegion) -> None:
        """Paint what shows in a region, over the kept picture of the bars if there is one."""
        view, stack = self._view, self._view.stack
        still = self._still.picture(
            stack.still_state(),
            stack.changes,
            view.size(),
            view.devicePixelRatioF(),
            draw=stack.draw_still,
            draw_newest=stack.draw_newest,
        )
        areas = self._areas if region == self._asked else [region.boundingRect()]
        self._asked, self._areas = QRegion(), []
        ratio = view.devicePixelRatioF()
        if still is None:
            stack.draw(painter, QRectF(region.boundingRect()))
        elif not ratio.is_integer() or stack.is_marked or len(areas) > _MOST_AREAS:
            painter.drawPixmap(0, 0, still)
            stack.draw_over(painter, QRectF(region.boundingRect()))
        else:
            for area in areas:
                painter.setClipRect(area)
                painter.drawPixmap(area, still, _scaled(area, int(ratio)))
                stack.draw_over(painter, QRectF(area))

    def _ask_for(self, areas: list[QRect]) -> None:
        """Have areas painted; they may lie over one another, as each is painted from the ground."""
        region = QRegion()
        for area in areas:
            region += area
        inside = QRegion(self._view.rect())
        self._areas += [area & self._view.rect() for area in areas]
        self._asked += region & inside
        self._view.update(region)

    def _fail(self, error: Exception) -> None:
        """Keep nothing that may be half done, and try anew with the next paint."""
        self.mishap.note(error)
        self._still.drop()
        self._told = None
        self._view.start_over()


def _scaled(area: QRect, ratio: int) -> QRect:
    return QRect(area.topLeft() * ratio, area.size() * ratio)


@contextmanager
def _painting(view: ChartView) -> Iterator[QPainter]:
    """Paint on a view; a painter left open by an error would take the window down with it."""
    painter = QPainter(view)
    try:
        yield painter
    finally:
        painter.end()
