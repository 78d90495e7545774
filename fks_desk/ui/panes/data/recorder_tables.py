"""Describe the tables of the recorder."""

from __future__ import annotations

from fks_desk.core.recordings import RecorderState, Recording
from fks_desk.ui.models import format as fmt
from fks_desk.ui.models.data.storage import size_text
from fks_desk.ui.models.format import Tone
from fks_desk.ui.tables.column import Column
from fks_desk.ui.text import tr


def state_columns() -> list[Column[RecorderState]]:
    """Return the columns of the instruments."""
    return [
        Column(
            title=tr("Symbol"),
            text=lambda one: one.instrument.rpartition(":")[2],
            sample="1000PEPE/USDT",
            tip=lambda one: one.instrument,
        ),
        Column(
            title=tr("Recorded"),
            text=_what,
            sample="● prints and book",
            tone=lambda one: Tone.UP if one.recorder else Tone.MUTED,
        ),
        Column(
            title=tr("Prints/s"),
            text=lambda one: fmt.real(one.prints_per_s, 1),
            sample="1,000.0",
            is_number=True,
        ),
        Column(
            title=tr("Changes/s"),
            text=lambda one: fmt.real(one.changes_per_s, 0),
            sample="100,000",
            is_number=True,
        ),
        Column(
            title=tr("A day"),
            text=lambda one: size_text(one.bytes_per_day),
            sample="999.9 MB",
            is_number=True,
        ),
        Column(
            title=tr("Stored"),
            text=lambda one: size_text(one.bytes_stored),
            sample="999.9 MB",
            is_number=True,
        ),
        Column(
            title=tr("Kept"),
            text=lambda one: (
                tr("{n} days", n=f"{one.recorder.keep.total_seconds() / 86_400:g}")
                if one.recorder
                else ""
            ),
            sample="365 days",
            is_number=True,
        ),
        Column(
            title=tr("Note"),
            text=lambda one: one.note,
            sample="no space is left",
            tone=lambda _one: Tone.DOWN,
        ),
    ]


def recording_columns() -> list[Column[Recording]]:
    """Return the columns of the recordings."""
    return [
        Column(
            title=tr("Symbol"),
            text=lambda one: one.instrument.rpartition(":")[2],
            sample="1000PEPE/USDT",
            tip=lambda one: one.path,
        ),
        Column(
            title=tr("From"),
            text=lambda one: fmt.moment(one.span.start),
            sample="2024-00-00 00:00:00",
        ),
        Column(
            title=tr("Lasts"),
            text=lambda one: fmt.duration(one.span.end - one.span.start),
            sample="59 min 00 s",
            is_number=True,
        ),
        Column(
            title=tr("Prints"),
            text=lambda one: f"{one.prints:,}",
            sample="1,000,000",
            is_number=True,
        ),
        Column(
            title=tr("Changes"),
            text=lambda one: f"{one.changes:,}",
            sample="100,000,000",
            is_number=True,
        ),
        Column(
            title=tr("Size"),
            text=lambda one: size_text(one.bytes),
            sample="999.9 MB",
            is_number=True,
        ),
        Column(
            title=tr("State"),
            text=lambda one: tr("being written") if one.is_growing else tr("finished"),
            sample="being written",
            tone=lambda one: Tone.UP if one.is_growing else Tone.MUTED,
        ),
    ]


def _what(one: RecorderState) -> str:
    if one.recorder is None:
        return tr("○ no")
    return tr("● prints and book") if one.recorder.with_book else tr("● prints")
