"""Draw, choose and move: what mouse and keys do to drawings, in one place."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from PySide6.QtCore import QObject, QPointF, Signal

from fks_desk.core.clock import Clock, to_ms
from fks_desk.core.drawings import Anchor, Drawing, DrawingId, DrawingKind
from fks_desk.core.ids import new_drawing_id
from fks_desk.core.model import InstrumentId
from fks_desk.ui.chart.drawings.figure import Figure
from fks_desk.ui.chart.drawings.layer import DrawingLayer
from fks_desk.ui.chart.drawings.paper import SNAPS, Paper, Point
from fks_desk.ui.chart.drawings.plan import Plan, plan_of, read_risk
from fks_desk.ui.chart.drawings.shapes import Sheet, figure_of
from fks_desk.ui.chart.drawings.words import placing_text, role, title
from fks_desk.ui.chart.view import ChartView
from fks_desk.ui.models.drawings import DrawingBook
from fks_desk.ui.text import tr

_PREVIEW = DrawingId("preview")
_CLONE_BARS = 3
_COLORS = 6


class Hand(QObject):
    """Hold a pen over one chart.

    While `kind` is set, anchors are being placed; while `chosen` is set, a drawing
    may be moved, as a whole or, with `handle`, by one anchor. Never both.
    """

    state_changed = Signal()  # placing began or ended, another drawing was chosen
    said = Signal(str)  # what to do next, as a sentence
    text_wanted = Signal(object)  # Drawing whose text a person should type

    def __init__(
        self, *, view: ChartView, book: DrawingBook, clock: Clock, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self.view = view
        self.book = book
        self.paper = Paper(view.model, view.stack.price)
        self.kind: DrawingKind | None = None
        self.chosen_id: DrawingId | None = None
        self.handle: int | None = None
        self.is_magnetic = True
        self._clock = clock
        self._placed: list[Anchor] = []
        self._cursor = Point(0, 0.0)
        self._held: Drawing | None = None
        self._snap = 0
        DrawingLayer(view.stack.price, self.shown, self._chosen_state, self.sheet)
        book.changed.connect(self._on_book)
        view.model.market_changed.connect(self._on_market)

    @property
    def instrument(self) -> InstrumentId | None:
        """Return what is drawn on."""
        return self.view.model.instrument_id

    @property
    def is_placing(self) -> bool:
        """Tell whether anchors are being placed."""
        return self.kind is not None

    @property
    def chosen(self) -> Drawing | None:
        """Return the chosen drawing, as it is while it is being moved."""
        if self._held is not None:
            return self._held
        return self.book.find(self.instrument, self.chosen_id)

    @property
    def cursor(self) -> Point:
        """Return where the next anchor would go."""
        return self._cursor

    @property
    def plan(self) -> Plan | None:
        """Return the position that the chosen drawing plans, or None."""
        chosen = self.chosen
        if chosen is None or not chosen.kind.is_position:
            return None
        return plan_of(chosen, self.view.model.instrument, self.view.staging.equity)

    def sheet(self) -> Sheet:
        """Return what figures are drawn on now."""
        stack = self.view.stack
        return Sheet(paper=self.paper, look=stack.look, equity=self.view.staging.equity)

    def shown(self) -> Sequence[Drawing]:
        """Return what is to be painted: drawings, and the one being made."""
        kept = () if self.book.is_hidden else self.book.of(self.instrument)
        if self._held is not None:
            held = self._held
            kept = tuple(held if one.id == held.id else one for one in kept)
        preview = self._preview()
        return kept if preview is None else (*kept, preview)

    # placing

    def begin(self, kind: DrawingKind) -> None:
        """Take up a pen; the first anchor waits at the crosshair, or at the newest bar."""
        if self.instrument is None or not len(self.view.model.series):
            self.said.emit(tr("Show a symbol with candles first, then draw on it."))
            return
        if self.view.staging.is_staged:
            self.said.emit(tr("Send the staged order with Enter or drop it with Esc first."))
            return
        self.let_go()
        self.book.hide(False)
        self.kind, self._placed = kind, []
        self.view.step_crosshair(0)
        self._cursor_from_crosshair()
        self._tell()

    def walk(self, bars: int) -> None:
        """Walk the waiting anchor by bars; its price stays."""
        self.view.step_crosshair(bars)
        self._cursor = Point(self.view.stack.number_read, self._cursor.price)
        self._show_cursor()

    def climb(self, steps: int) -> None:
        """Move the waiting anchor's price."""
        price = self.paper.exact(self._cursor.price) + self.paper.nudge(steps)
        self._cursor = Point(self._cursor.number, float(price))
        self._show_cursor()

    def snap(self) -> None:
        """Put the waiting anchor on the next of its bar's close, high, low and open."""
        bar = self.view.model.series.bar(self._cursor.number)
        if bar is not None:
            self._snap = (self._snap + 1) % len(SNAPS)
            self._cursor = Point(self._cursor.number, float(bar[SNAPS[self._snap]]))
            self._show_cursor()

    def point_at(self, at: QPointF, *, is_free: bool = False) -> None:
        """Let the waiting anchor follow the mouse."""
        self._cursor = self.paper.point(
            at.x(), at.y(), is_magnetic=self.is_magnetic and not is_free
        )
        self.view.touch_over()

    def anchor(self) -> None:
        """Fix the waiting anchor; the last one ends the drawing."""
        if self.kind is None:
            return
        self._placed.append(self.paper.anchor(self._cursor))
        if len(self._placed) == self.kind.anchor_count:
            self._finish(self.kind)
        else:
            self._tell()

    def take_back(self) -> None:
        """Take the newest anchor back, or give up without one."""
        if self._placed:
            self._placed.pop()
            self._tell()
        else:
            self.give_up()

    def give_up(self) -> None:
        """Put the pen down without drawing."""
        if self.kind is not None:
            self.kind, self._placed = None, []
            self.said.emit("")
            self._changed()

    # choosing

    def choose(self, drawing: DrawingId | None) -> None:
        """Choose a drawing, or none."""
        if drawing != self.chosen_id:
            self.chosen_id, self.handle, self._held = drawing, None, None
            chosen = self.chosen
            # What the keys did for a drawing that was let go would mislead.
            self.said.emit(
                ""
                if chosen is None
                else tr(
                    "{title}: arrows move, Tab picks a point, Enter writes, Del removes, Esc "
                    "lets go",
                    title=title(chosen.kind),
                )
            )
            self._changed()

    def let_go(self) -> None:
        """Choose nothing."""
        self.choose(None)

    def choose_next(self, step: int) -> None:
        """Choose the next drawing in the order of time."""
        drawings = sorted(self.book.of(self.instrument), key=lambda one: one.anchors[0].moment)
        if not drawings:
            self.said.emit(tr("Nothing is drawn here yet. Press ; for the tools."))
            return
        self.give_up()
        names = [one.id for one in drawings]
        here = names.index(self.chosen_id) if self.chosen_id in names else (-1 if step > 0 else 0)
        found = drawings[(here + step) % len(names)]
        self.choose(found.id)
        number = self.paper.number_of(found.anchors[0])
        if not self.view.shown.shows(number):
            self.view.go_to(to_ms(found.anchors[0].moment))

    def next_handle(self) -> None:
        """Go from the whole drawing to its anchors, one after the other, and back."""
        chosen = self.chosen
        if chosen is None:
            return
        after = 0 if self.handle is None else self.handle + 1
        self.handle = after if after < len(chosen.anchors) else None
        self.said.emit(
            tr("The whole {title} moves", title=title(chosen.kind))
            if self.handle is None
            else tr("{role} moves", role=role(chosen.kind, self.handle))
        )
        self.view.touch_over()

    def hit(self, at: QPointF) -> tuple[Drawing, int | None] | None:
        """Return the drawing under a pixel and which of its anchors, the newest first."""
        if self.book.is_hidden:
            return None
        sheet = self.sheet()
        for drawing in reversed(self.book.of(self.instrument)):
            figure: Figure = figure_of(drawing, sheet)
            handle = figure.handle_at(at) if drawing.id == self.chosen_id else None
            if handle is not None or figure.holds(at):
                return drawing, handle
        return None

    # changing

    def move(self, bars: int, steps: int) -> None:
        """Move the chosen drawing, or its held anchor, by bars and by steps of price."""
        chosen = self._unlocked()
        if chosen is None:
            return
        by, price = timedelta(milliseconds=bars * self.view.model.bar_ms), self.paper.nudge(steps)
        if self.handle is None:
            self.book.put(chosen.moved(by, price))
        else:
            anchor = chosen.anchors[self.handle].moved(by, price)
            self.book.put(chosen.with_anchor(self.handle, anchor))

    def drag(self, start: Drawing, handle: int | None, origin: QPointF, at: QPointF) -> None:
        """Show the drawing where the mouse has it; nothing is kept before `drop`."""
        if start.is_locked:
            return
        if handle is not None:
            point = self.paper.point(at.x(), at.y(), is_magnetic=self.is_magnetic)
            self._held = start.with_anchor(handle, self.paper.anchor(point))
        else:
            projection = self.paper.projection
            bars = round(projection.number(at.x()) - projection.number(origin.x()))
            price = self.paper.exact(projection.value(at.y()) - projection.value(origin.y()))
            self._held = start.moved(timedelta(milliseconds=bars * self.view.model.bar_ms), price)
        self.view.touch_over()

    def drop(self) -> None:
        """Keep the drawing where the mouse let it go."""
        held, self._held = self._held, None
        if held is not None:
            self.book.put(held)

    def remove(self) -> None:
        """Take the chosen drawing away."""
        chosen = self._unlocked()
        if chosen is not None:
            self.let_go()
            self.book.remove(chosen.instrument, [chosen.id])

    def cross(self) -> None:
        """Draw a level and a moment through the crosshair, as one step."""
        if self.instrument is None or not len(self.view.model.series):
            self.said.emit(tr("Show a symbol with candles first, then draw on it."))
            return
        self.let_go()
        self.book.hide(False)
        self.view.step_crosshair(0)
        self._cursor_from_crosshair()
        at = self.paper.anchor(self._cursor)
        made = (
            self._made(kind, (at,), new_drawing_id())
            for kind in (DrawingKind.HORIZONTAL, DrawingKind.VERTICAL)
        )
        self.book.put(*[one for one in made if one is not None])

    def clone(self) -> None:
        """Draw the chosen one again a little to the right, and choose the copy."""
        chosen = self.chosen
        if chosen is not None:
            by = timedelta(milliseconds=_CLONE_BARS * self.view.model.bar_ms)
            copy = replace(
                chosen.moved(by, self.paper.nudge(_CLONE_BARS)),
                id=new_drawing_id(),
                is_locked=False,
            )
            self.book.put(copy)
            self.choose(copy.id)

    def recolor(self) -> None:
        """Give the chosen drawing the next colour."""
        chosen = self._unlocked()
        if chosen is not None:
            self.book.put(replace(chosen, color=(chosen.color + 1) % _COLORS))

    def toggle_lock(self) -> None:
        """Lock the chosen drawing, or let it be moved again."""
        chosen = self.chosen
        if chosen is not None:
            self.book.put(replace(chosen, is_locked=not chosen.is_locked))
            self.said.emit(
                tr("The drawing may be moved again") if chosen.is_locked else tr("Locked")
            )

    def write(self) -> None:
        """Ask for the chosen drawing's text, or for a position's risk."""
        chosen = self._unlocked()
        if chosen is not None:
            self.text_wanted.emit(chosen)

    def set_text(self, drawing: Drawing, text: str) -> None:
        """Take a text; what cannot be a risk is refused with a sentence."""
        if drawing.kind.is_position:
            try:
                read_risk(text, self.view.staging.equity)
            except ValueError as error:
                self.said.emit(str(error))
                return
        self.book.put(replace(drawing, text=text))

    def undo(self) -> None:
        """Take the newest change back."""
        if not self.book.undo(self.instrument):
            self.said.emit(tr("Nothing is left to undo."))

    def redo(self) -> None:
        """Do again what was undone."""
        if not self.book.redo(self.instrument):
            self.said.emit(tr("Nothing is left to redo."))

    def _chosen_state(self) -> tuple[Drawing | None, int | None]:
        return self.chosen, self.handle

    def _unlocked(self) -> Drawing | None:
        chosen = self.chosen
        if chosen is not None and chosen.is_locked:
            self.said.emit(tr("This drawing is locked; ; L unlocks it."))
            return None
        return chosen

    def _finish(self, kind: DrawingKind) -> None:
        drawing = self._made(kind, tuple(self._placed), new_drawing_id())
        self.kind, self._placed = None, []
        if drawing is None:
            return
        self.book.put(drawing)
        self.said.emit("")
        self.choose(drawing.id)
        self._changed()
        if kind is DrawingKind.TEXT:
            self.text_wanted.emit(self.chosen)

    def _made(
        self, kind: DrawingKind, anchors: tuple[Anchor, ...], drawing: DrawingId
    ) -> Drawing | None:
        if self.instrument is None:
            return None
        color = len(self.book.of(self.instrument)) % _COLORS
        return Drawing(
            id=drawing,
            instrument=self.instrument,
            kind=kind,
            anchors=anchors,
            color=color,
            updated=self._clock.now(),
        )

    def _preview(self) -> Drawing | None:
        if self.kind is None:
            return None
        waiting = self.paper.anchor(self._cursor)
        missing = self.kind.anchor_count - len(self._placed)
        return self._made(self.kind, (*self._placed, *[waiting] * missing), _PREVIEW)

    def _cursor_from_crosshair(self) -> None:
        stack = self.view.stack
        panel, y = stack.crosshair_place()
        number = stack.number_read
        bar = self.view.model.series.bar(number)
        price = float(bar[SNAPS[0]]) if bar is not None else 0.0
        if panel is stack.price and y is not None:
            price = panel.projection.value(y)
        self._snap = 0
        self._cursor = Point(number, price)

    def _show_cursor(self) -> None:
        panel = self.view.stack.price
        self.view.put_crosshair(self._cursor.number, panel, panel.projection.y(self._cursor.price))

    def _tell(self) -> None:
        if self.kind is not None:
            self.said.emit(placing_text(self.kind, len(self._placed)))
        self._changed()

    def _changed(self) -> None:
        self.state_changed.emit()
        self.view.touch_over()

    def _on_book(self, instrument: InstrumentId) -> None:
        if instrument == self.instrument:
            if self.chosen_id is not None and self.chosen is None:
                self.let_go()
            self.view.touch_over()

    def _on_market(self) -> None:
        if self.instrument is not None:
            self.book.want(self.instrument)
        if self.chosen_id is not None and self.chosen is None:
            self.let_go()
