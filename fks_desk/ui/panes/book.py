"""Show the order book as a ladder; Enter stages an order at the level under the cursor."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from fks_desk.core.model import Side
from fks_desk.ui.actions.action import Action
from fks_desk.ui.actions.registry import ActionRegistry
from fks_desk.ui.models import format as fmt
from fks_desk.ui.models.book import BookModel, BookRow
from fks_desk.ui.text import tr
from fks_desk.ui.theme.current import current, number_font, source
from fks_desk.ui.widgets.pane import Pane

NAME = "book"
_PAD = 8
_ROW_PADDING = 4
_SHADE = 0.16  # how strongly the depth colours its row
_SHARE_OF_BARS = 0.85


class BookPane(Pane):
    """Show bids below asks, with what stands in front of each price."""

    def __init__(self, *, model: BookModel, parent: QWidget | None = None) -> None:
        super().__init__(name=NAME, title=tr("Order book"), contexts=(NAME,), parent=parent)
        self._model = model
        self.ladder = Ladder(model)
        content = QWidget()
        box = QVBoxLayout(content)
        box.setContentsMargins(0, 0, 0, 0)
        box.addWidget(self.ladder)
        self.set_content(content)
        model.changed.connect(self._show)
        self._show()

    def register_actions(self, registry: ActionRegistry) -> None:
        """Offer to walk the levels and to stage an order at one."""
        offers = (
            ("up", tr("One level of the book up"), ("Up",), lambda: self.ladder.step(-1)),
            ("down", tr("One level of the book down"), ("Down",), lambda: self.ladder.step(1)),
            ("best", tr("Back to the best prices of the book"), ("Home",), self.ladder.let_go),
            (
                "stage",
                tr("Stage an order at the chosen level of the book"),
                ("Return", "Enter"),
                self._stage,
            ),
        )
        for name, title, keys, work in offers:
            action = Action(
                id=f"{NAME}.{name}",
                title=title,
                category=tr("Trade"),
                keys=keys,
                context=NAME,
                help=tr("A bid is joined by a buy, an ask by a sell; nothing is sent yet."),
            )
            registry.register(action, work)

    def focus_target(self) -> QWidget:
        """Give the keys to the ladder."""
        return self.ladder

    def _stage(self) -> None:
        row = self.ladder.chosen
        if row is not None:
            self._model.chosen.emit(row.side, row.price)

    def _show(self) -> None:
        message = self._model.message
        if message:
            self.show_empty(message)
        else:
            self.show_content()
            self.ladder.refresh()


class Ladder(QWidget):
    """Paint as many levels as have room, the best ones in the middle."""

    def __init__(self, model: BookModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._model = model
        self._place = 0  # of the level under the cursor: 1, 2 ... bids down, -1, -2 ... asks up
        self.asks: Sequence[BookRow] = ()
        self.bids: Sequence[BookRow] = ()
        self.setObjectName("book.ladder")
        self.setAccessibleName(tr("Order book"))
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMinimumSize(160, 80)
        source().changed.connect(self._on_theme)

    @property
    def chosen(self) -> BookRow | None:
        """Return the level under the cursor; without one, the best bid."""
        rows = self.asks if self._place < 0 else self.bids
        place = max(1, abs(self._place)) - 1
        return rows[min(place, len(rows) - 1)] if rows else None

    def refresh(self) -> None:
        """Take the newest book in."""
        self._read()
        self.update()

    def step(self, by: int) -> None:
        """Move the cursor a level down, or with -1 a level up; it passes over the spread."""
        place = self._place + by
        if place == 0 and self._place != 0:
            place = by
        self._place = max(-len(self.asks), min(len(self.bids), place))
        self._tell()

    def let_go(self) -> None:
        """Take the cursor away."""
        self._place = 0
        self._tell()

    @property
    def spoken(self) -> str:
        """Return the level under the cursor as a sentence."""
        row = self.chosen
        if row is None:
            return ""
        price, size = self._model.digits
        side = tr("bid") if row.side is Side.BUY else tr("ask")
        return tr(
            "{side} {price}, size {size}, {total} up to here. {spread}",
            side=side,
            price=fmt.number(row.price, price),
            size=fmt.number(row.size, size),
            total=fmt.number(row.total, size),
            spread=self._model.spread_text,
        )

    # Qt's calls

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint the levels and the spread between them."""
        self._read()
        painter = QPainter(self)
        painter.setFont(number_font())
        tall, most = self._tall, self._deepest()
        middle = len(self.asks)
        top = self._top
        for place, row in enumerate(self.asks, start=1):
            self._draw(painter, top + (middle - place) * tall, row, most, -place)
        self._draw_spread(painter, top + middle * tall)
        for place, row in enumerate(self.bids, start=1):
            self._draw(painter, top + (middle + place) * tall, row, most, place)
        painter.end()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Put the cursor on the level that is clicked."""
        line = int((event.position().y() - self._top) // self._tall)
        place = line - len(self.asks)
        if -len(self.asks) <= place <= len(self.bids):
            self._place = place
            self._tell()
        super().mousePressEvent(event)

    # How it is laid out

    @property
    def _tall(self) -> float:
        return float(QFontMetricsF(number_font()).height() + _ROW_PADDING)

    @property
    def _top(self) -> float:
        lines = len(self.asks) + len(self.bids) + 1
        return max(0.0, (self.height() - lines * self._tall) / 2)

    def _on_theme(self, _theme: object) -> None:
        self.update()

    def _read(self) -> None:
        count = max(1, int((self.height() / self._tall - 1) // 2))
        self.asks, self.bids = self._model.asks(count), self._model.bids(count)

    def _deepest(self) -> float:
        return max((float(rows[-1].total) for rows in (self.asks, self.bids) if rows), default=1.0)

    def _tell(self) -> None:
        self.setAccessibleDescription(self.spoken)
        self.update()

    def _draw(self, painter: QPainter, y: float, row: BookRow, most: float, place: int) -> None:
        theme, width, tall = current(), float(self.width()), self._tall
        ink = QColor(theme.side_color(row.side.value))
        shade = QColor(ink)
        shade.setAlphaF(_SHADE)
        long = float(row.total) / most * width * _SHARE_OF_BARS
        painter.fillRect(QRectF(width - long, y, long, tall - 1), shade)
        if place == self._place:
            painter.setPen(QColor(theme.focus))
            painter.drawRect(QRectF(0.5, y + 0.5, width - 1, tall - 2))
        price, size = self._model.digits
        box = QRectF(_PAD, y, width - 2 * _PAD, tall)
        self._write(painter, box, fmt.number(row.price, price), ink, Qt.AlignmentFlag.AlignLeft)
        total = fmt.number(row.total, size)
        room = QFontMetricsF(painter.font()).horizontalAdvance(total) + 2 * _PAD
        self._write(painter, box, total, QColor(theme.muted), Qt.AlignmentFlag.AlignRight)
        box.setRight(min(box.right() - room, width * 0.66))
        text = fmt.number(row.size, size)
        self._write(painter, box, text, QColor(theme.text), Qt.AlignmentFlag.AlignRight)

    def _draw_spread(self, painter: QPainter, y: float) -> None:
        theme = current()
        box = QRectF(0, y, self.width(), self._tall)
        painter.fillRect(box, QColor(theme.raised))
        text, room = self._model.spread_text, self.width() - 2 * _PAD
        text = QFontMetricsF(painter.font()).elidedText(text, Qt.TextElideMode.ElideRight, room)
        self._write(painter, box, text, QColor(theme.muted), Qt.AlignmentFlag.AlignHCenter)

    @staticmethod
    def _write(
        painter: QPainter, box: QRectF, text: str, ink: QColor, side: Qt.AlignmentFlag
    ) -> None:
        painter.setPen(ink)
        painter.drawText(box, int(side | Qt.AlignmentFlag.AlignVCenter), text)
