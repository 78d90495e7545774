"""Turn each kind of drawing into its figure."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

from PySide6.QtCore import QPointF
from PySide6.QtGui import QColor

from fks_desk.core.clock import to_ms
from fks_desk.core.drawings import Drawing, DrawingKind
from fks_desk.ui.chart.drawings.figure import Figure, Fill, Label, Stroke, beyond, box, shaded
from fks_desk.ui.chart.drawings.paper import Paper
from fks_desk.ui.chart.drawings.plan import plan_of
from fks_desk.ui.chart.look import Look
from fks_desk.ui.models import format as fmt
from fks_desk.ui.text import tr

RETRACEMENTS = tuple(map(Decimal, ("0", "0.236", "0.382", "0.5", "0.618", "0.786", "1")))
EXTENSIONS = tuple(map(Decimal, ("0", "0.618", "1", "1.272", "1.618", "2", "2.618")))
_FAINT, _SHADE = 14, 34
_MINUTE_MS = 60_000
_HOUR, _DAY = 60, 1_440
_NARROWEST = 90.0  # pixels of a planned position


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """Hold what a figure is drawn on: the paper, its colours and the account's worth."""

    paper: Paper
    look: Look
    equity: Decimal | None = None

    @property
    def width(self) -> float:
        """Return the panel's width in pixels."""
        return self.paper.projection.width

    @property
    def height(self) -> float:
        """Return the panel's height in pixels."""
        return self.paper.projection.height

    def points(self, drawing: Drawing) -> list[QPointF]:
        """Return the anchors in pixels."""
        return [QPointF(self.paper.x(one), self.paper.y(one)) for one in drawing.anchors]

    def price(self, price: Decimal) -> str:
        """Return a price as the axis writes it."""
        return fmt.number(price, self.paper.model.price_digits)


def figure_of(drawing: Drawing, sheet: Sheet) -> Figure:
    """Return what a drawing looks like now."""
    points = sheet.points(drawing)
    figure = _SHAPES[drawing.kind](drawing, points, sheet)
    figure.handles = points
    return figure


def _color(drawing: Drawing, sheet: Sheet) -> QColor:
    return sheet.look.line(drawing.color)


def _trend(drawing: Drawing, points: list[QPointF], sheet: Sheet) -> Figure:
    start, end = points
    return _line(drawing, start, end, sheet)


def _ray(drawing: Drawing, points: list[QPointF], sheet: Sheet) -> Figure:
    start, through = points
    return _line(drawing, start, beyond(start, through, sheet.width), sheet)


def _line(drawing: Drawing, start: QPointF, end: QPointF, sheet: Sheet) -> Figure:
    color = _color(drawing, sheet)
    figure = Figure(strokes=[Stroke(start=start, end=end, color=color)])
    if drawing.text:
        figure.labels.append(Label(at=QPointF(end.x(), end.y() - 16), text=drawing.text, ink=color))
    return figure


def _horizontal(drawing: Drawing, points: list[QPointF], sheet: Sheet) -> Figure:
    color, y = _color(drawing, sheet), points[0].y()
    stroke = Stroke(start=QPointF(0, y), end=QPointF(sheet.width, y), color=color)
    text = " ".join(filter(None, (drawing.text, sheet.price(drawing.anchors[0].price))))
    label = Label(at=QPointF(sheet.width - 6, y - 17), text=text, ink=color, share=1.0)
    return Figure(strokes=[stroke], labels=[label])


def _vertical(drawing: Drawing, points: list[QPointF], sheet: Sheet) -> Figure:
    color, x = _color(drawing, sheet), points[0].x()
    stroke = Stroke(start=QPointF(x, 0), end=QPointF(x, sheet.height), color=color)
    text = drawing.text or f"{drawing.anchors[0].moment:%Y-%m-%d %H:%M}"
    label = Label(at=QPointF(x + 5, sheet.height - 20), text=text, ink=color)
    return Figure(strokes=[stroke], labels=[label])


def _channel(drawing: Drawing, points: list[QPointF], sheet: Sheet) -> Figure:
    start, end, third = points
    color = _color(drawing, sheet)
    run = end.x() - start.x()
    slope = (end.y() - start.y()) / run if run else 0.0
    shift = QPointF(0, third.y() - (start.y() + slope * (third.x() - start.x())))
    middle = QPointF(0, shift.y() / 2)
    corners = (start, end, end + shift, start + shift)
    return Figure(
        strokes=[
            Stroke(start=start, end=end, color=color),
            Stroke(start=start + shift, end=end + shift, color=color),
            Stroke(start=start + middle, end=end + middle, color=color, is_dashed=True),
        ],
        fills=[Fill(corners=corners, color=shaded(color, _FAINT))],
    )


def _retracement(drawing: Drawing, points: list[QPointF], sheet: Sheet) -> Figure:
    first, last = drawing.anchors
    rungs = [(ratio, last.price + (first.price - last.price) * ratio) for ratio in RETRACEMENTS]
    left, right = sorted((points[0].x(), points[1].x()))
    return _ladder(drawing, rungs, (left, right), points[:2], sheet)


def _extension(drawing: Drawing, points: list[QPointF], sheet: Sheet) -> Figure:
    start, end, origin = drawing.anchors
    rungs = [(ratio, origin.price + (end.price - start.price) * ratio) for ratio in EXTENSIONS]
    left, right = min(one.x() for one in points), max(one.x() for one in points)
    figure = _ladder(drawing, rungs, (left, right), points[:2], sheet)
    color = sheet.look.muted
    figure.strokes.append(Stroke(start=points[1], end=points[2], color=color, is_dashed=True))
    return figure


def _ladder(
    drawing: Drawing,
    rungs: list[tuple[Decimal, Decimal]],
    span: tuple[float, float],
    leg: list[QPointF],
    sheet: Sheet,
) -> Figure:
    (left, right), y = span, sheet.paper.projection.y
    figure = Figure(
        strokes=[Stroke(start=leg[0], end=leg[1], color=sheet.look.muted, is_dashed=True)]
    )
    above: float | None = None
    written: float | None = None
    for place, (ratio, price) in enumerate(rungs):
        color, at = sheet.look.line(drawing.color + place), y(float(price))
        figure.strokes.append(Stroke(start=QPointF(left, at), end=QPointF(right, at), color=color))
        if above is not None:
            corners = box(QPointF(left, above), QPointF(right, at))
            figure.fills.append(Fill(corners=corners, color=shaded(color, _FAINT)))
        # Of rungs that stand too close the first is named: texts over one another say nothing.
        if written is None or abs(at - written) >= sheet.look.line_height:
            text = f"{ratio:f}  {sheet.price(price)}"
            figure.labels.append(Label(at=QPointF(left + 4, at - 16), text=text, ink=color))
            written = at
        above = at
    return figure


def _rectangle(drawing: Drawing, points: list[QPointF], sheet: Sheet) -> Figure:
    color, corners = _color(drawing, sheet), box(*points)
    figure = Figure(
        strokes=_edges(corners, color), fills=[Fill(corners=corners, color=shaded(color, _SHADE))]
    )
    if drawing.text:
        left, top = min(one.x() for one in points), min(one.y() for one in points)
        at = QPointF(left + 6, top + 4)
        figure.labels.append(Label(at=at, text=drawing.text, ink=sheet.look.text))
    return figure


def _text(drawing: Drawing, points: list[QPointF], sheet: Sheet) -> Figure:
    color, text = _color(drawing, sheet), drawing.text or "…"
    width, tall = sheet.look.width(text), sheet.look.line_height
    corners = box(points[0], points[0] + QPointF(width + 10, tall + 6))
    return Figure(
        fills=[Fill(corners=corners, color=shaded(color, _SHADE))],
        labels=[Label(at=points[0] + QPointF(5, 3), text=text, ink=sheet.look.text)],
    )


def _measure(drawing: Drawing, points: list[QPointF], sheet: Sheet) -> Figure:
    first, last = drawing.anchors
    by = last.price - first.price
    color = sheet.look.up if by >= 0 else sheet.look.down
    corners, middle = box(*points), (points[0].x() + points[1].x()) / 2
    figure = Figure(fills=[Fill(corners=corners, color=shaded(color, _SHADE))])
    figure.strokes = [
        Stroke(
            start=QPointF(middle, points[0].y()), end=QPointF(middle, points[1].y()), color=color
        ),
        Stroke(
            start=QPointF(points[0].x(), points[1].y()),
            end=QPointF(points[1].x(), points[1].y()),
            color=color,
        ),
    ]
    share = by / first.price * 100 if first.price else Decimal(0)
    bars = sheet.paper.number_of(last) - sheet.paper.number_of(first)
    text = tr(
        "{by} ({share} %)  ·  {bars} bars, {time}",
        by=fmt.signed(by, sheet.paper.model.price_digits),
        share=fmt.signed(share, 2),
        bars=bars,
        time=_duration(to_ms(last.moment) - to_ms(first.moment)),
    )
    below = points[1].y() > points[0].y()
    at = QPointF(middle, points[1].y() + (8 if below else -24))
    ink = sheet.look.text
    figure.labels.append(Label(at=at, text=text, ink=ink, share=0.5, is_boxed=True))
    return figure


def _position(drawing: Drawing, points: list[QPointF], sheet: Sheet) -> Figure:
    instrument = sheet.paper.model.instrument
    plan = plan_of(drawing, instrument, sheet.equity)
    left = min(one.x() for one in points)
    right = max(left + _NARROWEST, *[one.x() for one in points])
    entry, stop, target = (one.y() for one in points)
    good, bad, look = sheet.look.up, sheet.look.down, sheet.look
    figure = Figure(
        fills=[
            Fill(corners=box(QPointF(left, entry), QPointF(right, target)), color=shaded(good, 40)),
            Fill(corners=box(QPointF(left, entry), QPointF(right, stop)), color=shaded(bad, 40)),
        ],
        strokes=[
            Stroke(start=QPointF(left, y), end=QPointF(right, y), color=color)
            for y, color in ((entry, look.muted), (stop, bad), (target, good))
        ],
    )
    quote = instrument.quote if instrument is not None else ""
    middle = (left + right) / 2
    for y, other, text in (
        (target, entry, _leg(tr("Target"), plan.entry, plan.target, plan.gain, quote, sheet)),
        (stop, entry, _leg(tr("Stop"), plan.entry, plan.stop, _loss(plan.risk), quote, sheet)),
    ):
        at = QPointF(middle, y + (4 if y > other else -22))
        figure.labels.append(Label(at=at, text=text, ink=look.text, share=0.5, is_boxed=True))
    ratio = plan.reward_ratio
    words = [
        tr("Risk/reward {ratio}", ratio=fmt.number(ratio, 2))
        if plan.is_sound and ratio
        else tr("The stop must lose and the target win")
    ]
    if plan.size is not None:
        base = instrument.base if instrument is not None else ""
        words.append(f"{fmt.exact(plan.size)} {base}")
    label = "  ·  ".join(words)
    at = QPointF(middle, entry - 9)
    figure.labels.append(Label(at=at, text=label, ink=look.text, share=0.5, is_boxed=True))
    return figure


def _leg(
    title: str, entry: Decimal, price: Decimal, money: Decimal | None, quote: str, sheet: Sheet
) -> str:
    share = (price - entry) / entry * 100 if entry else Decimal(0)
    words = f"{title} {sheet.price(price)} ({fmt.signed(share, 2)} %)"
    return words if money is None else f"{words}  {fmt.signed(money, 2)} {quote}".rstrip()


def _loss(risk: Decimal | None) -> Decimal | None:
    return None if risk is None else -risk


def _edges(corners: tuple[QPointF, ...], color: QColor) -> list[Stroke]:
    around = (*corners[1:], corners[0])
    return [
        Stroke(start=one, end=two, color=color) for one, two in zip(corners, around, strict=True)
    ]


def _duration(span_ms: int) -> str:
    minutes = abs(span_ms) // _MINUTE_MS
    if minutes >= _DAY:
        return tr("{days} d {hours} h", days=minutes // _DAY, hours=minutes % _DAY // _HOUR)
    if minutes >= _HOUR:
        return tr("{hours} h {minutes} min", hours=minutes // _HOUR, minutes=minutes % _HOUR)
    return tr("{minutes} min", minutes=minutes)


_SHAPES: dict[DrawingKind, Callable[[Drawing, list[QPointF], Sheet], Figure]] = {
    DrawingKind.TREND: _trend,
    DrawingKind.RAY: _ray,
    DrawingKind.HORIZONTAL: _horizontal,
    DrawingKind.VERTICAL: _vertical,
    DrawingKind.CHANNEL: _channel,
    DrawingKind.FIB_RETRACEMENT: _retracement,
    DrawingKind.FIB_EXTENSION: _extension,
    DrawingKind.RECTANGLE: _rectangle,
    DrawingKind.TEXT: _text,
    DrawingKind.MEASURE: _measure,
    DrawingKind.LONG: _position,
    DrawingKind.SHORT: _position,
}
