"""Judge a file's candles: what no market can have made refuses the whole file."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from fks_desk.core.clock import from_ms, to_ms
from fks_desk.core.errors import DataError
from fks_desk.core.frame import Floats, Frame, Times
from fks_desk.core.model import Span, Timeframe

PRICES = ("open", "high", "low", "close")
MOST_MISTAKES = 0.2
_BY_LENGTH = {timeframe.milliseconds: timeframe for timeframe in Timeframe}

Rows = NDArray[np.int64]
Marks = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, kw_only=True)
class Judge:
    """Know the file whose rows are judged, so that every complaint names a place in it."""

    path: Path
    line: Callable[[int], str]

    def refuse(self, row: int, what: str) -> DataError:
        """Return the complaint about one row."""
        return DataError(
            f"{self.path}: {self.line(row)} has {what}; mend it or download the file again, "
            "none of it was used"
        )

    def prices(self, numbers: Mapping[str, Floats]) -> None:
        """Refuse prices that are not above zero, and volumes below it."""
        for name in (*PRICES, "volume"):
            values = numbers[name]
            floor = values > 0 if name != "volume" else values >= 0
            is_bad = ~(np.isfinite(values) & floor)
            if is_bad.any():
                row = int(np.argmax(is_bad))
                need = "zero or more" if name == "volume" else "above zero"
                raise self.refuse(row, f"{name} {values[row]:g} where a number {need} is needed")
        highest = np.max([numbers[name] for name in PRICES], axis=0)
        lowest = np.min([numbers[name] for name in PRICES], axis=0)
        is_bad = (numbers["high"] < highest) | (numbers["low"] > lowest)
        if is_bad.any():
            row = int(np.argmax(is_bad))
            shown = ", ".join(f"{name} {numbers[name][row]:g}" for name in PRICES)
            raise self.refuse(row, f"{shown}, but the high must be highest and the low lowest")

    def order(self, times: Times) -> Rows:
        """Return the rows oldest first; refuse a file that is neither rising nor falling."""
        steps = np.diff(times)
        if (steps >= 0).all():
            return np.arange(times.size)
        if (steps <= 0).all():
            return np.arange(times.size)[::-1]
        # Of a file that mostly falls, the step that rises is the odd one.
        wrong = steps < 0 if (steps < 0).sum() <= (steps > 0).sum() else steps > 0
        row = int(np.argmax(wrong)) + 1
        moment, before = from_ms(int(times[row])), from_ms(int(times[row - 1]))
        raise self.refuse(
            row, f"the time {moment:%Y-%m-%d %H:%M} after {before:%Y-%m-%d %H:%M}, out of order"
        )

    def repeats(self, times: Times, numbers: Mapping[str, Floats], rows: Rows) -> Marks:
        """Return which rows repeat the one before; refuse a repetition with other values."""
        ordered = times[rows]
        repeated = np.concatenate([[False], ordered[1:] == ordered[:-1]])
        for name, values in numbers.items():
            column = values[rows]
            differs = repeated.copy()
            differs[1:] &= column[1:] != column[:-1]
            if differs.any():
                place = int(np.argmax(differs))
                other, row = sorted((int(rows[place - 1]), int(rows[place])))
                raise self.refuse(
                    row,
                    f"{name} {values[row]:g} for a bar that {self.line(other)} gives as "
                    f"{values[other]:g}",
                )
        return repeated

    def future(self, times: Times, now: datetime) -> None:
        """Refuse a candle that opens after this moment."""
        is_ahead = times > to_ms(now)
        if is_ahead.any():
            row = int(np.argmax(is_ahead))
            moment = from_ms(int(times[row]))
            raise self.refuse(row, f"the time {moment:%Y-%m-%d %H:%M} UTC, which is still to come")

    def grid(self, times: Times, timeframe: Timeframe) -> None:
        """Refuse a candle that does not start where bars of the timeframe start."""
        is_off = times % timeframe.milliseconds != 0
        if is_off.any():
            row = int(np.argmax(is_off))
            moment = from_ms(int(times[row]))
            raise self.refuse(
                row, f"the time {moment:%Y-%m-%d %H:%M:%S}, where no {timeframe.value} bar starts"
            )


def guess_timeframe(times: Times) -> Timeframe | None:
    """Return the timeframe of rising times, or None if they follow none.

    It is the usual step, unless so many times lie off its grid that they cannot all be
    mistakes: then it is the smallest step, of a market where few bars had a trade.
    """
    if times.size < 2:  # noqa: PLR2004  a step needs two
        return None
    steps, counts = np.unique(np.diff(times), return_counts=True)
    usual, smallest = int(steps[np.argmax(counts)]), int(steps[0])
    share_off = np.count_nonzero(times % usual) / times.size
    return _BY_LENGTH.get(usual if share_off < MOST_MISTAKES else smallest)


def find_gaps(times: Times, timeframe: Timeframe) -> Sequence[Span]:
    """Return the spans in which candles are missing between the first and the last."""
    places = np.flatnonzero(np.diff(times) > timeframe.milliseconds)
    return tuple(
        Span(start=from_ms(int(times[place])) + timeframe.delta, end=from_ms(int(times[place + 1])))
        for place in places
    )


def frame_of(times: Times, numbers: Mapping[str, Floats], rows: Rows) -> Frame:
    """Return the chosen rows as a frame."""
    columns = {name: np.ascontiguousarray(values[rows]) for name, values in numbers.items()}
    return Frame(time=np.ascontiguousarray(times[rows]), **columns)
