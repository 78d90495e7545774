"""Place, choose and drag drawings by mouse, before the chart itself takes hold."""

from __future__ import annotations

from typing import cast

from PySide6.QtCore import QEvent, QObject, QPointF, Qt
from PySide6.QtGui import QMouseEvent

from fks_desk.core.drawings import Drawing, DrawingKind
from fks_desk.ui.chart.drawings.hand import Hand

_FREE = Qt.KeyboardModifier.ControlModifier
_MEASURES = Qt.KeyboardModifier.ShiftModifier


class DrawingMouse(QObject):
    """Watch the view's mouse events; take those that belong to a drawing.

    Shift and click measures, Control leaves the bars' prices alone.
    """

    def __init__(self, hand: Hand) -> None:
        super().__init__(hand)
        self._hand = hand
        self._held: tuple[Drawing, int | None, QPointF] | None = None
        hand.view.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Take a mouse event, or leave it to the chart."""
        if watched is not self._hand.view:
            return False
        kind = event.type()
        if kind is QEvent.Type.MouseButtonPress:
            return self._press(cast("QMouseEvent", event))
        if kind is QEvent.Type.MouseMove:
            return self._move(cast("QMouseEvent", event))
        if kind is QEvent.Type.MouseButtonRelease:
            return self._release()
        if kind is QEvent.Type.MouseButtonDblClick:
            return self._double_click(cast("QMouseEvent", event))
        # The preview stays where it was when the mouse leaves the chart.
        return kind is QEvent.Type.Leave and self._hand.is_placing

    def _press(self, event: QMouseEvent) -> bool:
        hand, at = self._hand, event.position()
        if event.button() is not Qt.MouseButton.LeftButton or not self._is_on_prices(at):
            return False
        if event.modifiers() & _MEASURES and not hand.is_placing:
            hand.begin(DrawingKind.MEASURE)
        if hand.is_placing:
            hand.view.setFocus(Qt.FocusReason.MouseFocusReason)
            hand.point_at(at, is_free=bool(event.modifiers() & _FREE))
            hand.anchor()
            return True
        found = hand.hit(at)
        if found is None:
            hand.let_go()
            return False
        hand.view.setFocus(Qt.FocusReason.MouseFocusReason)
        drawing, handle = found
        hand.choose(drawing.id)
        self._held = (drawing, handle, at)
        return True

    def _move(self, event: QMouseEvent) -> bool:
        hand, at = self._hand, event.position()
        if self._held is not None:
            drawing, handle, origin = self._held
            hand.drag(drawing, handle, origin, at)
            return True
        if hand.is_placing and self._is_on_prices(at):
            hand.point_at(at, is_free=bool(event.modifiers() & _FREE))
        return False

    def _release(self) -> bool:
        if self._held is None:
            return False
        self._held = None
        self._hand.drop()
        return True

    def _double_click(self, event: QMouseEvent) -> bool:
        found = self._hand.hit(event.position())
        if found is None or not self._is_on_prices(event.position()):
            return False
        self._hand.choose(found[0].id)
        self._hand.write()
        return True

    def _is_on_prices(self, at: QPointF) -> bool:
        return self._hand.paper.panel.area.contains(at)
