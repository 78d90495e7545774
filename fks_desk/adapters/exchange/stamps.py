"""Read an exchange's time stamps, whatever unit they are written in."""

from __future__ import annotations

from datetime import datetime

from fks_desk.core.clock import from_ms

# As milliseconds this is the year 5138; what is larger counts micro- or nanoseconds.
_LARGEST_MS = 10**14


def moment_of(stamp: int) -> datetime:
    """Return the moment of a stamp in milli-, micro- or nanoseconds since 1970."""
    return from_ms(stamp if stamp < _LARGEST_MS else in_ms(stamp))


def in_ms(stamp: int) -> int:
    """Return a stamp in whole milliseconds, rounding down."""
    while stamp >= _LARGEST_MS:
        stamp //= 1000
    return stamp
