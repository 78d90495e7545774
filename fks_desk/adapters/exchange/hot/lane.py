"""Let busy frames pass the typed decoder, and leave to ccxt what it cannot read."""

from __future__ import annotations

import logging
from collections import Counter

from msgspec import DecodeError

from fks_desk.adapters.exchange.hot.frames import Frame, decode

log = logging.getLogger(__name__)

_SHOWN = 120


class HotLane:
    """Decode what it can; `left` counts by event what ccxt had to read instead.

    The first frame that it cannot read is told in the log, the rest are counted.
    """

    def __init__(self, *, venue: str, is_on: bool = True) -> None:
        self.is_on = is_on
        self.read = 0
        self.left: Counter[str] = Counter()
        self._venue = venue
        self._has_told = False

    @property
    def detail(self) -> str:
        """Return how the lane fares, in words; empty when every frame passed it."""
        if not self.left:
            return ""
        kinds = ", ".join(sorted(self.left))
        return f"{self.left.total()} frames ({kinds}) took ccxt's slower way"

    def take(self, text: object) -> Frame | None:
        """Return a busy frame's struct, or None for whatever is ccxt's to read."""
        if not self.is_on or not isinstance(text, str):
            return None
        try:
            frame = decode(text)
        except (DecodeError, ValueError, RecursionError) as error:
            self._tell(f"{error}: {text[:_SHOWN]}")
            return None
        self.read += frame is not None
        return frame

    def note_left(self, event: str) -> None:
        """Count a busy frame that reached ccxt's parser after all."""
        if self.is_on:
            self._tell(event)
            self.left[event] += 1

    def _tell(self, what: str) -> None:
        if not self._has_told:
            self._has_told = True
            log.info("%s sends frames that the fast decoder cannot read: %s", self._venue, what)
