from __future__ import annotations

from datetime import UTC, datetime

import pytest

from fks_desk.core.clock import SteppedClock
from fks_desk.core.errors import DataError
from fks_desk.core.messages import DecideSignal, Event, SignalDecided
from fks_desk.core.model import SignalDecision, SignalId
from fks_desk.trading.inbox import SignalInbox
from tests.fakes.rows import signal
from tests.fakes.trading import MemoryRows, MemoryStore


async def test_a_decision_is_told_of_once_it_is_stored() -> None:
    store = MemoryStore(MemoryRows(SteppedClock(datetime(2026, 3, 2, tzinfo=UTC))))
    told: list[Event] = []
    inbox = SignalInbox(store=store, publish=told.append)
    await store.record_signals([signal(1)])

    await inbox.decide(DecideSignal(signal=signal(1).id, decision=SignalDecision.SKIPPED))

    (event,) = told
    assert isinstance(event, SignalDecided)
    assert event.signal.decision is SignalDecision.SKIPPED
    assert list(await store.signals()) == [event.signal]


async def test_a_signal_that_is_not_stored_cannot_be_decided_on() -> None:
    store = MemoryStore(MemoryRows(SteppedClock(datetime(2026, 3, 2, tzinfo=UTC))))
    inbox = SignalInbox(store=store, publish=lambda _event: None)

    with pytest.raises(DataError, match="not stored"):
        await inbox.decide(DecideSignal(signal=SignalId("gone"), decision=SignalDecision.TAKEN))
