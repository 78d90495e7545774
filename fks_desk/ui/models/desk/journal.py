"""Follow the newest rows of the event journal."""

from __future__ import annotations

from PySide6.QtCore import QObject, QTimer, Signal

from fks_desk.core.messages import EngineReady, Event
from fks_desk.core.nursery import Nursery
from fks_desk.core.ports import Journal, JournalRow
from fks_desk.ui.bridge.bridge import Bridge
from fks_desk.ui.models.loading import Loader

TAIL = 200
_WAIT_MS = 500


class JournalModel(QObject):
    """Read the tail once, then what came since whenever something lasting happened."""

    rows_changed = Signal(object)  # list[JournalRow]
    failed = Signal(str)

    def __init__(
        self, *, journal: Journal, nursery: Nursery, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._journal = journal
        self._loader = Loader(nursery, self.failed.emit)
        self._last: int | None = None
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(_WAIT_MS)
        self._timer.timeout.connect(self.load)

    def listen(self, bridge: Bridge) -> None:
        """Read again, a moment after anything that may have left a row."""
        bridge.subscribe_all(self.on_event)
        bridge.subscribe(EngineReady, lambda _event: self.load())

    def load(self) -> None:
        """Read the rows that are not known yet."""
        self._loader.start(self._load, name="read the journal")

    def on_event(self, event: Event) -> None:
        """Wait for a pause, so that a burst of events is one read."""
        if event.merge_key is None and not self._timer.isActive():
            self._timer.start()

    async def _load(self) -> None:
        if self._last is None:
            self._last = max(0, await self._newest() - TAIL)
        while rows := await self._journal.read(after=self._last, limit=TAIL):
            self._last = rows[-1].sequence
            self.rows_changed.emit(list(rows))

    async def _newest(self) -> int:
        """Find the newest sequence in a few short reads: the journal only answers forwards."""
        low, high = 0, 1
        while await self._has_after(high):
            low, high = high, high * 2
        while low < high:
            middle = (low + high) // 2
            if await self._has_after(middle):
                low = middle + 1
            else:
                high = middle
        return high

    async def _has_after(self, sequence: int) -> bool:
        rows: list[JournalRow] = list(await self._journal.read(after=sequence, limit=1))
        return bool(rows)
