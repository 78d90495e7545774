"""Decide what the table of signals shows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from PySide6.QtCore import QObject
from PySide6.QtCore import Signal as QtSignal

from fks_desk.core.messages import EngineReady, SignalRaised
from fks_desk.core.model import Instrument, Signal, SignalId
from fks_desk.core.nursery import Nursery
from fks_desk.core.ports import SignalStore
from fks_desk.ui.bridge.bridge import Bridge
from fks_desk.ui.models.loading import Loader
from fks_desk.ui.models.market import MarketModel

_NEWEST = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class SignalRow:
    """Hold a signal with its instrument's steps."""

    signal: Signal
    instrument: Instrument | None

    @property
    def key(self) -> SignalId:
        """Return what names the line."""
        return self.signal.id

    @property
    def moment(self) -> datetime:
        """Return when its bar closed: the table's order."""
        return self.signal.ts_event

    @property
    def symbol(self) -> str:
        """Return the symbol as people write it."""
        return self.signal.instrument.split(":", 2)[2]


class SignalsModel(QObject):
    """Keep what strategies said, of every instrument."""

    rows_changed = QtSignal(object)  # list[SignalRow]
    failed = QtSignal(str)

    def __init__(
        self,
        *,
        store: SignalStore,
        market: MarketModel,
        nursery: Nursery,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._store = store
        self._market = market
        self._loader = Loader(nursery, self.failed.emit)

    def listen(self, bridge: Bridge) -> None:
        """Hear what strategies say."""
        bridge.subscribe(SignalRaised, self.on_signal_raised)
        bridge.subscribe(EngineReady, lambda _event: self.load())

    def load(self) -> None:
        """Read the newest signals."""
        self._loader.start(self._load, name="read the newest signals")

    def on_signal_raised(self, event: SignalRaised) -> None:
        """Show a signal as it is made."""
        self.rows_changed.emit([self._row(event.signal)])

    async def _load(self) -> None:
        found = await self._store.signals(limit=_NEWEST)
        self.rows_changed.emit([self._row(one) for one in found])

    def _row(self, signal: Signal) -> SignalRow:
        return SignalRow(signal=signal, instrument=self._market.instrument(signal.instrument))
