"""Describe the tables of the import."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from fks_desk.core.transfers import FilePreview
from fks_desk.ui.models import format as fmt
from fks_desk.ui.models.format import Tone
from fks_desk.ui.tables.column import Column
from fks_desk.ui.tables.grid import GridRow
from fks_desk.ui.text import tr

_WIDEST = 24  # letters of a cell in a grid of foreign values


def preview_columns() -> list[Column[FilePreview]]:
    """Return the columns of the files looked into."""
    return [
        Column(
            title=tr("File"),
            text=lambda one: one.request.path.replace("\\", "/").rpartition("/")[2],
            sample="binance-spot_BTCUSDT_15m_2023.csv.gz",
            tone=_tone,
            tip=lambda one: one.request.path,
        ),
        Column(
            title=tr("Format"),
            text=lambda one: one.format or fmt.UNKNOWN,
            sample="freqtrade feather",
        ),
        Column(
            title=tr("Becomes"),
            text=lambda one: one.instrument or fmt.UNKNOWN,
            sample="binance:spot:BTC/USDT",
        ),
        Column(
            title=tr("Frame"),
            text=lambda one: one.timeframe.value if one.timeframe else fmt.UNKNOWN,
            sample="15m",
        ),
        _count(tr("Rows"), lambda one: one.rows),
        _count(tr("New"), lambda one: one.fresh),
        _count(tr("Revised"), lambda one: one.revised),
        _count(tr("Missing"), lambda one: one.missing),
        Column(
            title=tr("Note"),
            text=_note,
            sample="what stands in the way of it",
            tone=_tone,
            tip=_note,
        ),
    ]


def preview_words(one: FilePreview) -> str:
    """Return what importing the file would do, in a sentence or two."""
    if one.problem:
        return one.problem
    span = one.span
    where = tr("{a} to {b} UTC", a=fmt.moment(span.start), b=fmt.moment(span.end)) if span else ""
    text = tr(
        "Would write {fresh} new and {revised} revised candles; {same} are stored already. "
        "{gaps} gaps lack {missing} candles, {twice} rows are repeated.",
        fresh=f"{one.fresh:,}",
        revised=f"{one.revised:,}",
        same=f"{one.unchanged:,}",
        gaps=f"{one.gaps:,}",
        missing=f"{one.missing:,}",
        twice=f"{one.duplicates:,}",
    )
    return " ".join(part for part in (where + ".", text, *one.notes) if part.strip("."))


def head_columns(titles: Sequence[str], rows: Sequence[GridRow]) -> list[Column[GridRow]]:
    """Return columns as wide as the first rows need."""
    return [
        Column(
            title=title or "–",
            text=lambda _row: "",
            sample=max(
                (row[place][:_WIDEST] for row in rows if place < len(row)), key=len, default=""
            )
            or "0000",
        )
        for place, title in enumerate(titles)
    ]


def _tone(one: FilePreview) -> Tone:
    return Tone.DOWN if one.problem else Tone.PLAIN


def _note(one: FilePreview) -> str:
    if one.problem:
        return one.problem
    if one.left_out:
        return tr("{count} bars in progress are left out", count=one.left_out)
    return "; ".join(one.notes)


def _count(title: str, value: Callable[[FilePreview], int]) -> Column[FilePreview]:
    return Column(
        title=title,
        text=lambda one: "" if one.problem else f"{value(one):,}",
        sample="1,000,000",
        is_number=True,
    )
