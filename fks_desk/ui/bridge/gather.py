"""Gather events of the engine thread until the window takes them, newest per key."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from threading import Lock

from fks_desk.core.messages import LASTING, Event


@dataclass(frozen=True, slots=True, kw_only=True)
class GatherCounts:
    """Count what came in, what a newer event replaced and what still waits."""

    received: int
    merged: int
    waiting: int
    most_waiting: int


class Gathering:
    """Queue events between two threads.

    An event with a `merge_key` replaces an older one of the same key and takes a
    new place at the end. Events without a key, and every lasting one, are kept all
    and in order.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._waiting: OrderedDict[object, Event] = OrderedDict()
        self._received = 0
        self._merged = 0
        self._most = 0

    def add(self, event: Event) -> bool:
        """Queue the event; return whether the queue was empty before."""
        key = None if isinstance(event, LASTING) else event.merge_key
        with self._lock:
            was_empty = not self._waiting
            self._received += 1
            if key is None:
                # No other event can have this number as its key: keys are tuples.
                self._waiting[self._received] = event
            else:
                if self._waiting.pop(key, None) is not None:
                    self._merged += 1
                self._waiting[key] = event
            self._most = max(self._most, len(self._waiting))
            return was_empty

    def take(self) -> Event | None:
        """Return the event that waits longest, or None."""
        with self._lock:
            return self._waiting.popitem(last=False)[1] if self._waiting else None

    def counts(self) -> GatherCounts:
        """Return what was counted so far."""
        with self._lock:
            return GatherCounts(
                received=self._received,
                merged=self._merged,
                waiting=len(self._waiting),
                most_waiting=self._most,
            )
