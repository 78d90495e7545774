"""Say what an import found and did, to a person or to a script."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from fks_desk.adapters.files.reading import CandleFile
from fks_desk.core.clock import from_ms
from fks_desk.core.model import InstrumentId, Span
from fks_desk.core.ports import WriteCount
from fks_desk.core.transfers import FilePreview

_LISTED = 3


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ImportReport:
    """Hold a file's candles, where they went and what that changed."""

    instrument: InstrumentId
    file: CandleFile
    count: WriteCount

    @property
    def span(self) -> Span | None:
        """Return the first open and the last close of the file, or None if it has no candle."""
        times = self.file.frame.time
        if not times.size:
            return None
        last = from_ms(int(times[-1])) + self.file.timeframe.delta
        return Span(start=from_ms(int(times[0])), end=last)

    @property
    def longest_gap(self) -> Span | None:
        """Return the longest gap, the first of them if several are, or None."""
        return max(self.file.gaps, key=lambda gap: gap.end - gap.start, default=None)

    def fields(self) -> dict[str, Any]:
        """Return everything under names that scripts may rely on."""
        span, longest = self.span, self.longest_gap
        return {
            "file": self.file.path,
            "format": self.file.format,
            "instrument": self.instrument,
            "timeframe": self.file.timeframe,
            "from": span.start if span else None,
            "to": span.end if span else None,
            "rows": self.file.rows,
            "inserted": self.count.inserted,
            "revised": self.count.revised,
            "unchanged": self.count.unchanged,
            "duplicates": self.file.duplicates,
            "gaps": len(self.file.gaps),
            "missing": self.file.missing,
            "longest_gap": self._gap(longest) if longest else None,
            "gap_list": [self._gap(gap) for gap in self.file.gaps],
            "rejected": [{"place": one.place, "reason": one.reason} for one in self.file.rejected],
        }

    def lines(self) -> Sequence[str]:
        """Return a few lines for a person."""
        file, count, span = self.file, self.count, self.span
        rejected = [f"{one.place}: {one.reason}" for one in file.rejected[:_LISTED]]
        if len(file.rejected) > _LISTED:
            rejected.append(f"{len(file.rejected) - _LISTED:,} more")
        return [
            f"{self.instrument} {file.timeframe.value} from {file.path.name}",
            f"  format      {file.format}",
            *([f"  range       {_words(span)}"] if span else []),
            f"  rows        {file.rows:,}",
            f"  inserted    {count.inserted:,}",
            f"  revised     {count.revised:,}",
            f"  unchanged   {count.unchanged:,}",
            f"  duplicates  {file.duplicates:,}",
            f"  gaps        {self._gap_words()}",
            *(f"  left out    {words}" for words in rejected),
            *(f"  note        {words}" for words in file.notes),
        ]

    def _gap_words(self) -> str:
        longest = self.longest_gap
        if longest is None:
            return "none"
        return (
            f"{len(self.file.gaps):,} with {self.file.missing:,} candles missing; the longest "
            f"lacks {self._missing(longest):,} from {_words(longest)}"
        )

    def _gap(self, gap: Span) -> dict[str, Any]:
        return {"from": gap.start, "to": gap.end, "missing": self._missing(gap)}

    def _missing(self, gap: Span) -> int:
        return int((gap.end - gap.start) / self.file.timeframe.delta)


def preview_fields(preview: FilePreview) -> dict[str, Any]:
    """Return what a file holds, under names that scripts may rely on."""
    span = preview.span
    return {
        "file": preview.request.path,
        "format": preview.format,
        "instrument": preview.instrument,
        "timeframe": preview.timeframe,
        "from": span.start if span else None,
        "to": span.end if span else None,
        "rows": preview.rows,
        "would_insert": preview.fresh,
        "would_revise": preview.revised,
        "unchanged": preview.unchanged,
        "duplicates": preview.duplicates,
        "gaps": preview.gaps,
        "missing": preview.missing,
        "left_out": preview.left_out,
        "notes": preview.notes,
        "problem": preview.problem,
        "columns": preview.columns,
        "head": preview.head,
    }


def preview_lines(preview: FilePreview) -> Sequence[str]:
    """Return what a file holds in a few lines for a person."""
    name = preview.request.path
    if preview.problem:
        return [name, f"  cannot be imported: {preview.problem}"]
    frame = preview.timeframe.value if preview.timeframe else ""
    return [
        f"{name}: {preview.format}, {preview.instrument} {frame}",
        *([f"  range         {_words(preview.span)}"] if preview.span else []),
        f"  rows          {preview.rows:,}",
        f"  duplicates    {preview.duplicates:,}",
        f"  gaps          {preview.gaps:,} with {preview.missing:,} candles missing",
        f"  would insert  {preview.fresh:,}",
        f"  would revise  {preview.revised:,}",
        f"  unchanged     {preview.unchanged:,}",
        *(f"  note          {words}" for words in preview.notes),
    ]


def _words(span: Span) -> str:
    return f"{span.start:%Y-%m-%d %H:%M} to {span.end:%Y-%m-%d %H:%M} UTC"
