"""Hold what is drawn on each instrument, with every step to be undone."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from PySide6.QtCore import QObject, Signal

from fks_desk.core.clock import Clock
from fks_desk.core.drawings import (
    DeleteDrawings,
    Drawing,
    DrawingId,
    DrawingsChanged,
    SaveDrawings,
)
from fks_desk.core.messages import EngineReady
from fks_desk.core.model import InstrumentId
from fks_desk.core.nursery import Nursery
from fks_desk.core.ports import DrawingStore, Send
from fks_desk.ui.bridge.bridge import Bridge
from fks_desk.ui.models.loading import Loader

MOST_STEPS = 200
_States = Mapping[DrawingId, Drawing | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """Hold drawings before and after a change; None stands for one that is not there."""

    before: _States
    after: _States


class DrawingBook(QObject):
    """Keep the drawings of every instrument shown: one book, so that all charts agree."""

    changed = Signal(object)  # InstrumentId
    failed = Signal(str)

    def __init__(
        self,
        *,
        store: DrawingStore,
        send: Send,
        clock: Clock,
        nursery: Nursery,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self.is_hidden = False
        self._store = store
        self._send = send
        self._clock = clock
        self._loader = Loader(nursery, self.failed.emit)
        self._pages: dict[InstrumentId, dict[DrawingId, Drawing]] = {}
        self._done: defaultdict[InstrumentId, list[Step]] = defaultdict(list)
        self._undone: defaultdict[InstrumentId, list[Step]] = defaultdict(list)

    def listen(self, bridge: Bridge) -> None:
        """Hear what other windows draw."""
        bridge.subscribe(DrawingsChanged, self.on_drawings_changed)
        bridge.subscribe(EngineReady, lambda _event: self._read_known())

    def want(self, instrument: InstrumentId) -> None:
        """Read an instrument's drawings, unless they are here."""
        if instrument not in self._pages:
            self._pages[instrument] = {}
            self._read(instrument)

    def of(self, instrument: InstrumentId | None) -> Sequence[Drawing]:
        """Return an instrument's drawings, oldest first."""
        return () if instrument is None else tuple(self._pages.get(instrument, {}).values())

    def find(self, instrument: InstrumentId | None, drawing: DrawingId | None) -> Drawing | None:
        """Return a drawing, or None if it is not there."""
        if instrument is None or drawing is None:
            return None
        return self._pages.get(instrument, {}).get(drawing)

    def put(self, *drawings: Drawing) -> None:
        """Add drawings or change them, as one step; all are of one instrument."""
        if not drawings:
            return
        stamped = [replace(one, updated=self._clock.now()) for one in drawings]
        instrument = stamped[0].instrument
        self._do(instrument, {one.id: one for one in stamped})

    def remove(self, instrument: InstrumentId, ids: Iterable[DrawingId]) -> None:
        """Take drawings away, as one step."""
        if gone := dict.fromkeys(ids):
            self._do(instrument, gone)

    def clear(self, instrument: InstrumentId) -> None:
        """Take every drawing away that is not locked."""
        self.remove(instrument, [one.id for one in self.of(instrument) if not one.is_locked])

    def lock(self, instrument: InstrumentId) -> bool:
        """Lock every drawing or, when all are locked, none; return whether they are locked."""
        drawings = self.of(instrument)
        is_locked = not all(one.is_locked for one in drawings)
        self.put(*[replace(one, is_locked=is_locked) for one in drawings])
        return is_locked

    def hide(self, is_hidden: bool) -> None:
        """Hide all drawings, or show them again."""
        self.is_hidden = is_hidden
        for instrument in self._pages:
            self.changed.emit(instrument)

    def undo(self, instrument: InstrumentId | None) -> bool:
        """Take the newest step back; return whether there was one."""
        return self._shift(instrument, self._done, self._undone, lambda step: step.before)

    def redo(self, instrument: InstrumentId | None) -> bool:
        """Take the newest undone step again; return whether there was one."""
        return self._shift(instrument, self._undone, self._done, lambda step: step.after)

    def on_drawings_changed(self, event: DrawingsChanged) -> None:
        """Show what was stored, unless something newer is here."""
        for drawing in event.saved:
            page = self._pages.get(drawing.instrument)
            if page is None:
                continue
            known = page.get(drawing.id)
            if known is None or known.updated < drawing.updated:
                page[drawing.id] = drawing
                self.changed.emit(drawing.instrument)
        for instrument, page in self._pages.items():
            gone = [one for one in event.deleted if page.pop(one, None) is not None]
            if gone:
                self.changed.emit(instrument)

    def _do(self, instrument: InstrumentId, after: _States) -> None:
        page = self._pages.setdefault(instrument, {})
        before = {name: page.get(name) for name in after}
        if before == dict(after):
            return
        done = self._done[instrument]
        done.append(Step(before=before, after=after))
        del done[:-MOST_STEPS]
        self._undone[instrument].clear()
        self._apply(instrument, after)

    def _shift(
        self,
        instrument: InstrumentId | None,
        source: dict[InstrumentId, list[Step]],
        target: dict[InstrumentId, list[Step]],
        states: Callable[[Step], _States],
    ) -> bool:
        if instrument is None or not source[instrument]:
            return False
        step = source[instrument].pop()
        target[instrument].append(step)
        now = self._clock.now()
        wanted = {
            name: None if one is None else replace(one, updated=now)
            for name, one in states(step).items()
        }
        self._apply(instrument, wanted)
        return True

    def _apply(self, instrument: InstrumentId, states: _States) -> None:
        page = self._pages.setdefault(instrument, {})
        saved = tuple(one for one in states.values() if one is not None)
        gone = tuple(name for name, one in states.items() if one is None)
        for drawing in saved:
            page[drawing.id] = drawing
        for name in gone:
            page.pop(name, None)
        if saved:
            self._send(SaveDrawings(drawings=saved))
        if gone:
            self._send(DeleteDrawings(ids=gone))
        self.changed.emit(instrument)

    def _read_known(self) -> None:
        for instrument in self._pages:
            self._read(instrument)

    def _read(self, instrument: InstrumentId) -> None:
        async def read() -> None:
            for drawing in await self._store.drawings(instrument):
                # What was drawn while we read is newer than what is stored.
                self._pages[instrument].setdefault(drawing.id, drawing)
            self.changed.emit(instrument)

        self._loader.start(read, name=f"read drawings of {instrument}")
