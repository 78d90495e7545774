"""Carry events from who knows to who listens, inside one thread."""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Callable
from typing import Any, TypeVar

from fks_desk.core.messages import Event

log = logging.getLogger(__name__)

E = TypeVar("E", bound=Event)
Handler = Callable[[Any], None]


class Bus:
    """Deliver each event to the listeners of its type, in the order they subscribed.

    Handlers are plain calls that return at once; one that must wait puts the
    event into a queue of its own. A handler's bug is logged and does not reach
    the publisher or the other listeners.
    """

    def __init__(self) -> None:
        self._handlers: dict[type[Event], list[Handler]] = defaultdict(list)
        self._all: list[Handler] = []

    def subscribe(self, kind: type[E], handler: Callable[[E], None]) -> Callable[[], None]:
        """Call the handler for each event of exactly this type; return the way to stop."""
        handlers = self._handlers[kind]
        handlers.append(handler)
        return lambda: handlers.remove(handler)

    def subscribe_all(self, handler: Callable[[Event], None]) -> Callable[[], None]:
        """Call the handler for every event; return the way to stop."""
        self._all.append(handler)
        return lambda: self._all.remove(handler)

    def publish(self, event: Event) -> None:
        """Tell every listener of the event's type."""
        for handler in (*self._handlers[type(event)], *self._all):
            try:
                handler(event)
            except Exception:
                log.exception("a listener of %s failed", type(event).__name__)
