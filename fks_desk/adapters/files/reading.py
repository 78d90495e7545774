"""Read a file of candles whole, or refuse it with one sentence that says why."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from fks_desk.adapters.files.checks import (
    Judge,
    find_gaps,
    frame_of,
    guess_timeframe,
)
from fks_desk.adapters.files.sheets import open_sheet
from fks_desk.adapters.files.times import milliseconds_of
from fks_desk.core.clock import Clock, to_ms
from fks_desk.core.errors import DataError
from fks_desk.core.frame import Frame, Times
from fks_desk.core.model import Span, Timeframe


@dataclass(frozen=True, slots=True, kw_only=True)
class RejectedRow:
    """Name a row that was left out and why, without refusing the file."""

    place: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class CandleFile:
    """Hold the candles of one file and what was found in it.

    `rows` counts the file's data rows; `frame` has each bar once, oldest first.
    `timeframe_guess` is what the times alone say, None for a single row.
    """

    path: Path
    format: str
    frame: Frame
    timeframe: Timeframe
    timeframe_guess: Timeframe | None
    rows: int
    duplicates: int
    gaps: tuple[Span, ...]
    rejected: tuple[RejectedRow, ...]
    notes: tuple[str, ...] = ()

    @property
    def missing(self) -> int:
        """Return how many candles the gaps lack."""
        return sum(int((gap.end - gap.start) / self.timeframe.delta) for gap in self.gaps)


def read_candles(path: Path, *, clock: Clock, timeframe: Timeframe | None = None) -> CandleFile:
    """Return the candles of a text, zip, json, feather or parquet file; block until done.

    The kind of file, its columns and the unit of its times are found in the file itself.
    Raises `DataError` with one sentence for anything that cannot be right.
    """
    table = open_sheet(path).table()
    judge = Judge(path=path, line=table.line)
    times = milliseconds_of(table.times, table.line, path)
    judge.prices(table.numbers)
    judge.future(times, clock.now())
    rows = judge.order(times)
    repeated = judge.repeats(times, table.numbers, rows)
    rows = rows[~repeated]
    guess = guess_timeframe(times[rows])
    chosen = _agreed(times[rows], guess, timeframe, path)
    judge.grid(times, chosen)
    is_open = times[rows] + chosen.milliseconds > to_ms(clock.now())
    rejected = tuple(
        RejectedRow(place=table.line(int(row)), reason="the bar is still in progress")
        for row in rows[is_open]
    )
    frame = frame_of(times, table.numbers, rows[~is_open])
    return CandleFile(
        path=path,
        format=table.format,
        frame=frame,
        timeframe=chosen,
        timeframe_guess=guess,
        rows=int(times.size),
        duplicates=int(np.count_nonzero(repeated)),
        gaps=tuple(find_gaps(frame.time, chosen)),
        rejected=rejected,
        notes=table.notes,
    )


def _agreed(
    times: Times, guess: Timeframe | None, asked: Timeframe | None, path: Path
) -> Timeframe:
    """Return the timeframe to import as, or raise `DataError` if the file has another."""
    if times.size == 1 and asked is not None:
        return asked
    if guess is None:
        minutes = "one row" if times.size == 1 else f"steps of {_step(times)}"
        raise DataError(
            f"{path} has {minutes}, which is no timeframe we keep "
            f"({', '.join(one.value for one in Timeframe)}); name it or import another file"
        )
    if asked is not None and asked is not guess:
        raise DataError(
            f"{path} holds {guess.value} candles and {asked.value} was asked for; "
            f"import it as {guess.value}"
        )
    return guess


def _step(times: Times) -> str:
    smallest = int(np.diff(times).min())
    return f"{smallest / 60_000:g} minutes"
