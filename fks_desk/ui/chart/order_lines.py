"""Choose the line of an open order and move it, by mouse and by keys, with a preview."""

from __future__ import annotations

from typing import cast

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QMouseEvent

from fks_desk.core.model import Order
from fks_desk.core.orders import OPEN_STATES
from fks_desk.ui.actions.action import CHART, Action
from fks_desk.ui.actions.registry import ActionRegistry
from fks_desk.ui.chart.drawings.paper import Paper
from fks_desk.ui.chart.layers.levels import Importance, Level, LevelLayer
from fks_desk.ui.chart.view import ChartView
from fks_desk.ui.models import format as fmt
from fks_desk.ui.models.moving import OrderMover
from fks_desk.ui.text import tr

MOVING = "chart.moving"
_REACH = 5.0  # pixels
_FAR = 10


class OrderLines(QObject):
    """Watch the lines of open orders on one chart; what is dragged waits for Enter."""

    def __init__(self, *, view: ChartView, mover: OrderMover) -> None:
        super().__init__(view)
        self.mover = mover
        self._view = view
        self._paper = Paper(view.model, view.stack.price)
        self._layer = LevelLayer(view.stack.price)
        self._is_held = False
        mover.changed.connect(self._show)
        view.marks.changed.connect(lambda: mover.follow(view.marks.orders))
        view.installEventFilter(self)

    @property
    def orders(self) -> list[Order]:
        """Return the orders that can be moved, the highest price first."""
        found = [one for one in self._view.marks.orders if one.state in OPEN_STATES]
        return sorted(found, key=lambda one: one.intent.worst_price, reverse=True)

    def choose_next(self) -> None:
        """Take hold of the next order's line, or let go after the last."""
        orders = self.orders
        names = [one.client_id for one in orders]
        held = self.mover.order
        here = names.index(held.client_id) if held and held.client_id in names else -1
        if here + 1 < len(orders):
            self._choose(orders[here + 1])
        else:
            self.mover.let_go()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Take the mouse where it presses an order's line."""
        kind = event.type()
        if watched is not self._view:
            return False
        if kind is QEvent.Type.MouseButtonPress:
            return self._press(cast("QMouseEvent", event))
        if kind is QEvent.Type.MouseMove and self._is_held:
            y = cast("QMouseEvent", event).position().y()
            self.mover.set_price(self._paper.exact(self._paper.projection.value(y)))
            return True
        if kind is QEvent.Type.MouseButtonRelease and self._is_held:
            self._is_held = False
            return True
        return False

    def _press(self, event: QMouseEvent) -> bool:
        at, view = event.position(), self._view
        on_prices = view.stack.price.area.contains(at) and at.x() <= view.plot_width
        if event.button() is not Qt.MouseButton.LeftButton or not on_prices:
            return False
        projection = self._paper.projection
        for order in self.orders:
            if abs(projection.y(float(self._price(order))) - at.y()) <= _REACH:
                view.setFocus(Qt.FocusReason.MouseFocusReason)
                if self.mover.order is None or self.mover.order.client_id != order.client_id:
                    self._choose(order)
                self._is_held = True
                return True
        return False

    def _price(self, order: Order) -> float:
        mover = self.mover
        is_held = mover.order is not None and mover.order.client_id == order.client_id
        price = mover.price if is_held else order.intent.worst_price
        return float(price or order.intent.worst_price)

    def _choose(self, order: Order) -> None:
        instrument = self._view.model.instrument
        if instrument is not None and not self._view.staging.is_staged:
            self.mover.choose(order, instrument)

    def _show(self) -> None:
        mover, look = self.mover, self._view.stack.look
        self._layer.levels = []
        if mover.order is not None and mover.price is not None:
            price = mover.price
            self._layer.levels = [
                Level(
                    price=float(price),
                    tag=fmt.number(price, self._view.model.price_digits),
                    color=look.side(mover.order.intent.side.sign),
                    importance=Importance.STAGED,
                    label=mover.text,
                )
            ]
        self._view.touch_over()


def register_order_keys(registry: ActionRegistry, lines: OrderLines) -> None:
    """Register the way to an order's line, and the keys that move it."""
    mover = lines.mover
    registry.register(
        Action(
            id="chart.next_order",
            title=tr("Take hold of the next order's line"),
            category=tr("Orders on the chart"),
            keys=("Tab",),
            context=CHART,
        ),
        lines.choose_next,
    )
    registry.layer(MOVING, over=CHART)
    for name, title, keys, work in (
        ("up", tr("Order up one tick"), ("Up",), lambda: mover.nudge(1)),
        ("down", tr("Order down one tick"), ("Down",), lambda: mover.nudge(-1)),
        ("far_up", tr("Order up ten ticks"), ("Shift+Up",), lambda: mover.nudge(_FAR)),
        ("far_down", tr("Order down ten ticks"), ("Shift+Down",), lambda: mover.nudge(-_FAR)),
        ("send", tr("Amend the order"), ("Return", "Enter"), mover.confirm),
        ("cancel", tr("Cancel the order"), ("Del",), mover.cancel),
        ("drop", tr("Keep the order as it is"), ("Esc",), mover.let_go),
    ):
        action = Action(
            id=f"{MOVING}.{name}",
            title=title,
            category=tr("Orders on the chart"),
            keys=keys,
            context=MOVING,
        )
        registry.register(action, work)
