"""Keep what a person made of the signals that strategies raise."""

from __future__ import annotations

from fks_desk.core.errors import DataError
from fks_desk.core.messages import DecideSignal, SignalDecided
from fks_desk.core.ports import Publish, SignalStore


class SignalInbox:
    """Store each decision, and tell of it once it is stored; place no order."""

    def __init__(self, *, store: SignalStore, publish: Publish) -> None:
        self._store = store
        self._publish = publish

    async def decide(self, command: DecideSignal) -> None:
        """Store a decision; raises `DataError` for a signal that is not stored."""
        signal = await self._store.decide_signal(command.signal, command.decision)
        if signal is None:
            raise DataError("this signal is not stored any more", signal=command.signal)
        self._publish(SignalDecided(signal=signal))
