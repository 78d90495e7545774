"""Gather what changed for a moment, so that a table is touched a few times a second."""

from __future__ import annotations

from collections.abc import Callable, Hashable

from PySide6.QtCore import QObject, QTimer

WAIT_MS = 50  # an eye sees twenty changes of a number a second at most


class Batch:
    """Collect keys and hand them over together, each once, in the order they first came."""

    def __init__(
        self,
        deliver: Callable[[list[Hashable]], None],
        *,
        wait_ms: int = WAIT_MS,
        parent: QObject | None = None,
    ) -> None:
        self._deliver = deliver
        self._keys: dict[Hashable, None] = {}
        self._timer = QTimer(parent)
        self._timer.setSingleShot(True)
        self._timer.setInterval(wait_ms)
        self._timer.timeout.connect(self.flush)

    def add(self, key: Hashable) -> None:
        """Note a key."""
        self._keys[key] = None
        if not self._timer.isActive():
            self._timer.start()

    def flush(self) -> None:
        """Hand over what was gathered, now."""
        self._timer.stop()
        keys, self._keys = list(self._keys), {}
        if keys:
            self._deliver(keys)
