"""Know what strategies said about the chart's instrument."""

from __future__ import annotations

from collections.abc import Callable

from fks_desk.core.clock import to_ms
from fks_desk.core.messages import SignalRaised
from fks_desk.core.model import InstrumentId, Signal, SignalId, Stance
from fks_desk.core.ports import SignalStore
from fks_desk.ui.models.loading import Loader
from fks_desk.ui.models.points import Marks

MOST_SIGNALS = 2_000
_SIDES = {Stance.LONG: 1, Stance.SHORT: -1, Stance.FLAT: 0}


class ChartSignals:
    """Follow the signals of one instrument; those that come while a read runs are kept too."""

    def __init__(
        self, *, store: SignalStore | None, loader: Loader, changed: Callable[[], None]
    ) -> None:
        self.marks = Marks.of([])
        self._store = store
        self._loader = loader
        self._changed = changed
        self._instrument: InstrumentId | None = None
        self._known: dict[SignalId, Signal] = {}

    def load(self, instrument: InstrumentId | None) -> None:
        """Hold the signals of this instrument, read anew."""
        self._instrument = instrument
        self._known.clear()
        self._mark()
        if self._store is not None and instrument is not None:
            store = self._store
            self._loader.start(lambda: self._read(store, instrument), name="read signals")

    def on_signal_raised(self, event: SignalRaised) -> None:
        """Mark a signal as it is made."""
        if event.signal.instrument == self._instrument:
            self._known[event.signal.id] = event.signal
            self._mark()
            self._changed()

    def signal(self, key: object) -> Signal | None:
        """Return the signal behind a mark."""
        return self._known.get(SignalId(str(key)))

    async def _read(self, store: SignalStore, instrument: InstrumentId) -> None:
        found = await store.signals(instrument, MOST_SIGNALS)
        if instrument == self._instrument:
            self._known = {**{one.id: one for one in found}, **self._known}
            self._mark()
            self._changed()

    def _mark(self) -> None:
        self.marks = Marks.of(
            [(_moment(one), float(one.price), _SIDES[one.stance]) for one in self._known.values()],
            list(self._known),
        )


def _moment(signal: Signal) -> int:
    """Return the last millisecond of the bar that the signal was made at."""
    return to_ms(signal.ts_event) - 1
