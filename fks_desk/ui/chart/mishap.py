"""Say in place of the bars that they could not be painted, and log why, once."""

from __future__ import annotations

import logging
import traceback

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QPainter

from fks_desk.ui.chart.look import Look
from fks_desk.ui.text import tr

log = logging.getLogger(__name__)
_MARGIN = 24.0


class Mishap:
    """Hold what went wrong with the last picture; a picture that succeeds clears it.

    An error that left `paintEvent` could end the desk. One that comes back with every
    frame would fill the log, so each place that fails is logged once.
    """

    def __init__(self) -> None:
        self.reason = ""
        self._logged: set[object] = set()

    def note(self, error: Exception) -> None:
        """Remember an error that is being handled."""
        self.reason = f"{type(error).__name__}: {error}"
        # By its words the same error could be many: they may hold a price.
        last = traceback.extract_tb(error.__traceback__)[-1:]
        place = (type(error), *((step.filename, step.lineno) for step in last))
        if place not in self._logged:
            self._logged.add(place)
            log.error("a chart could not be painted", exc_info=error)

    def clear(self) -> None:
        """Forget it: the chart is painted again."""
        self.reason = ""

    @property
    def sentence(self) -> str:
        """Return what stands in place of the bars, or nothing."""
        if not self.reason:
            return ""
        return tr(
            "This chart could not be painted ({reason}). The desk goes on; press F5 to read "
            "the bars anew. The log holds the details.",
            reason=self.reason,
        )

    def draw(self, painter: QPainter, area: QRectF, look: Look) -> None:
        """Paint the sentence over everything."""
        painter.fillRect(area, look.background)
        painter.setFont(look.font)
        painter.setPen(look.warning)
        box = area.adjusted(_MARGIN, _MARGIN, -_MARGIN, -_MARGIN)
        flags = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
        painter.drawText(box, flags, self.sentence)
