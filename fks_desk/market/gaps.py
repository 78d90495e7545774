"""Find the holes in a row of candles."""

from __future__ import annotations

import numpy as np

from fks_desk.core.clock import from_ms
from fks_desk.core.frame import Frame
from fks_desk.core.model import Span, Timeframe


def find_gaps(frame: Frame, timeframe: Timeframe) -> list[Span]:
    """Return the spans in which candles are missing, oldest first."""
    step = timeframe.milliseconds
    after = np.flatnonzero(np.diff(frame.time) > step)
    return [
        Span(start=from_ms(int(frame.time[at]) + step), end=from_ms(int(frame.time[at + 1])))
        for at in after
    ]


def find_missing(frame: Frame, timeframe: Timeframe, wanted: Span) -> list[Span]:
    """Return the spans without candles inside a wanted one, its two ends included."""
    if not len(frame):
        return [wanted]
    first = from_ms(int(frame.time[0]))
    last = from_ms(int(frame.time[-1])) + timeframe.delta
    head = [Span(start=wanted.start, end=first)] if wanted.start < first else []
    tail = [Span(start=last, end=wanted.end)] if last < wanted.end else []
    return [*head, *find_gaps(frame, timeframe), *tail]


def candle_count(span: Span, timeframe: Timeframe) -> int:
    """Return how many candles of the timeframe open inside the span."""
    first = timeframe.floor(span.start)
    if first < span.start:
        first += timeframe.delta
    if first >= span.end:
        return 0
    return -((first - span.end) // timeframe.delta)
