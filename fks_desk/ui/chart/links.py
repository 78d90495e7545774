"""Let charts of one colour show the same symbol and the same moment."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import numpy as np
from PySide6.QtCore import QEvent, QObject

from fks_desk.ui.chart.pane import ChartPane
from fks_desk.ui.models.chart_state import Group


class Links(QObject):
    """Carry symbol and crosshair from one chart to the others of its group.

    A chart of another interval shows the bar that holds the moment.
    """

    def __init__(
        self, panes: Callable[[], Iterable[ChartPane]], parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._panes = panes
        self._is_carrying = False

    def join(self, pane: ChartPane) -> None:
        """Follow a chart's symbol and crosshair."""
        pane.instrument_moved.connect(lambda: self._carry_symbol(pane))
        pane.view.described.connect(lambda _text: self._carry_crosshair(pane))
        pane.view.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Take the linked crosshairs away when the mouse leaves the chart."""
        if event.type() is QEvent.Type.Leave:
            for pane in self._panes():
                if pane.view is watched:
                    for other in self._others(pane):
                        other.view.clear_crosshair()
        return False

    def _carry_symbol(self, source: ChartPane) -> None:
        instrument = source.model.instrument_id
        if self._is_carrying or instrument is None:
            return
        self._is_carrying = True
        try:
            for pane in self._others(source):
                pane.show_instrument(instrument)
        finally:
            self._is_carrying = False

    def _carry_crosshair(self, source: ChartPane) -> None:
        others = self._others(source)
        if self._is_carrying or not others:
            return
        moment = source.model.series.time_at(source.view.stack.number_read, source.model.bar_ms)
        self._is_carrying = True
        try:
            for pane in others:
                _show_moment(pane, moment)
        finally:
            self._is_carrying = False

    def _others(self, source: ChartPane) -> list[ChartPane]:
        if source.group is Group.NONE:
            return []
        return [pane for pane in self._panes() if pane is not source and pane.group is source.group]


def _show_moment(pane: ChartPane, moment_ms: int) -> None:
    """Put the crosshair on the bar that holds the moment, scrolled into sight if it is loaded."""
    series, view = pane.model.series, pane.view
    if not len(series) or not pane.isVisible():
        return
    number = int(series.holding(np.array([moment_ms]))[0])
    if number < series.first:
        return
    if not view.shown.shows(number):
        view.set_window(view.shown.showing(number))
    view.follow_crosshair(number)
