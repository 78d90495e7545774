"""Tell the time, in aware UTC, from one place that tests can replace."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from typing import Protocol

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)
# Up to the year 2106 a double of seconds lies nearer to its millisecond than to any other
# microsecond, so that the quick way of Python gives the very same moment.
_QUICK_MS = 2**32 * 1000


class Clock(Protocol):
    """Tell wall time for stamps and monotonic time for waits."""

    def now(self) -> datetime:
        """Return the time as aware UTC."""
        ...

    def monotonic(self) -> float:
        """Return seconds that never step back."""
        ...


class SystemClock:
    """Ask the operating system."""

    def now(self) -> datetime:
        """Return the machine's time as aware UTC."""
        return datetime.now(UTC)  # noqa: TID251  this is the one place

    def monotonic(self) -> float:
        """Return the machine's monotonic seconds."""
        return time.monotonic()


class SteppedClock:
    """Stand still until told to move: for tests, replays and backtests."""

    def __init__(self, start: datetime) -> None:
        self._now = require_utc(start, "start")
        self._monotonic = 0.0

    def now(self) -> datetime:
        """Return the time last set."""
        return self._now

    def monotonic(self) -> float:
        """Return the seconds advanced so far."""
        return self._monotonic

    def advance(self, by: timedelta) -> None:
        """Move both times forward."""
        self._now += by
        self._monotonic += by.total_seconds()

    def step(self, to: datetime) -> None:
        """Set the wall time alone, as a corrected machine clock would."""
        self._now = require_utc(to, "to")


def require_utc(moment: datetime, field: str) -> datetime:
    """Return the moment, or raise ValueError if it is not aware UTC."""
    if moment.tzinfo is UTC:
        return moment
    if moment.tzinfo is None or moment.utcoffset() != timedelta(0):
        raise ValueError(f"{field} must be aware UTC, was {moment!r}")
    return moment


def to_ms(moment: datetime) -> int:
    """Return whole milliseconds since 1970, rounding down."""
    return (moment - EPOCH) // _MILLISECOND


def from_ms(milliseconds: int) -> datetime:
    """Return the aware UTC moment of a millisecond stamp."""
    if 0 <= milliseconds < _QUICK_MS:
        return datetime.fromtimestamp(milliseconds / 1000, UTC)
    return EPOCH + timedelta(milliseconds=milliseconds)
