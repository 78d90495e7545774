"""Decide what the table of signals shows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from PySide6.QtCore import QObject
from PySide6.QtCore import Signal as QtSignal

from fks_desk.core.clock import Clock
from fks_desk.core.messages import DecideSignal, EngineReady, SignalDecided, SignalRaised
from fks_desk.core.model import Instrument, Signal, SignalDecision, SignalId, Stance
from fks_desk.core.nursery import Nursery
from fks_desk.core.ports import Send, SignalStore
from fks_desk.ui.bridge.bridge import Bridge
from fks_desk.ui.models import format as fmt
from fks_desk.ui.models.loading import Loader
from fks_desk.ui.models.market import MarketModel
from fks_desk.ui.text import tr

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
    """Keep what strategies said, of every instrument, and what a person made of it.

    A signal sends nothing. `wanted` asks for an order to be drawn up from one; whoever
    drew it up answers with `note_taken`.
    """

    rows_changed = QtSignal(object)  # list[SignalRow]
    wanted = QtSignal(object)  # core.model.Signal
    notice_changed = QtSignal(str)
    failed = QtSignal(str)

    def __init__(
        self,
        *,
        store: SignalStore,
        market: MarketModel,
        send: Send,
        clock: Clock,
        nursery: Nursery,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._store = store
        self._market = market
        self._send = send
        self._clock = clock
        self._loader = Loader(nursery, self.failed.emit)

    def listen(self, bridge: Bridge) -> None:
        """Hear what strategies say."""
        bridge.subscribe(SignalRaised, self.on_signal_raised)
        bridge.subscribe(SignalDecided, self.on_signal_decided)
        bridge.subscribe(EngineReady, lambda _event: self.load())

    def load(self) -> None:
        """Read the newest signals."""
        self._loader.start(self._load, name="read the newest signals")

    def on_signal_raised(self, event: SignalRaised) -> None:
        """Show a signal as it is made."""
        self.rows_changed.emit([self._row(event.signal)])

    def on_signal_decided(self, event: SignalDecided) -> None:
        """Show what was made of a signal."""
        self.rows_changed.emit([self._row(event.signal)])

    def take(self, row: SignalRow | None) -> None:
        """Ask for the order that a signal speaks of, unless its time is over."""
        if row is None:
            self.notice_changed.emit(tr("Choose a signal first."))
        elif row.signal.stance is Stance.FLAT:
            self.notice_changed.emit(
                tr("A flat stance speaks of no order: Ctrl+Shift+C closes the position.")
            )
        elif self._clock.now() >= row.signal.expires:
            self.notice_changed.emit(
                tr(
                    "This signal expired at {time}. Stage an order by hand if you still want it.",
                    time=fmt.moment(row.signal.expires),
                )
            )
        else:
            self.notice_changed.emit("")
            self.wanted.emit(row.signal)

    def note_taken(self, signal: Signal) -> None:
        """Keep that an order was drawn up from a signal."""
        self._send(DecideSignal(signal=signal.id, decision=SignalDecision.TAKEN))

    def skip(self, row: SignalRow | None) -> None:
        """Keep that a signal was looked at and left alone."""
        if row is None:
            self.notice_changed.emit(tr("Choose a signal first."))
        else:
            self.notice_changed.emit("")
            self._send(DecideSignal(signal=row.signal.id, decision=SignalDecision.SKIPPED))

    async def _load(self) -> None:
        found = await self._store.signals(limit=_NEWEST)
        self.rows_changed.emit([self._row(one) for one in found])

    def _row(self, signal: Signal) -> SignalRow:
        return SignalRow(signal=signal, instrument=self._market.instrument(signal.instrument))
