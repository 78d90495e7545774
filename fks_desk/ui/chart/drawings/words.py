"""Name drawings, their points and what to do next."""

from __future__ import annotations

from fks_desk.core.drawings import DrawingKind
from fks_desk.ui.text import tr


def title(kind: DrawingKind) -> str:
    """Return what a kind of drawing is called."""
    return {
        DrawingKind.TREND: tr("Trend line"),
        DrawingKind.RAY: tr("Ray"),
        DrawingKind.HORIZONTAL: tr("Horizontal line"),
        DrawingKind.VERTICAL: tr("Vertical line"),
        DrawingKind.CHANNEL: tr("Channel"),
        DrawingKind.FIB_RETRACEMENT: tr("Fibonacci retracement"),
        DrawingKind.FIB_EXTENSION: tr("Fibonacci extension"),
        DrawingKind.RECTANGLE: tr("Rectangle"),
        DrawingKind.TEXT: tr("Text"),
        DrawingKind.MEASURE: tr("Measure"),
        DrawingKind.LONG: tr("Long position"),
        DrawingKind.SHORT: tr("Short position"),
    }[kind]


def role(kind: DrawingKind, place: int) -> str:
    """Return what an anchor of a drawing is."""
    if kind.is_position:
        return (tr("The entry"), tr("The stop"), tr("The target"))[place]
    if kind is DrawingKind.CHANNEL:
        return (tr("The start"), tr("The end"), tr("The other edge"))[place]
    if kind is DrawingKind.FIB_EXTENSION:
        return (tr("The start"), tr("The end"), tr("The origin"))[place]
    if kind.anchor_count == 1:
        return tr("The point")
    return (tr("The start"), tr("The end"))[place]


def placing_text(kind: DrawingKind, placed: int) -> str:
    """Say which point is placed now and with which keys."""
    return tr(
        "{title}: {point} – arrows walk, Space snaps to the bar, Enter anchors, Esc gives up",
        title=title(kind),
        point=role(kind, placed).lower(),
    )
