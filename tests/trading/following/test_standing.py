from __future__ import annotations

from fks_desk.core.messages import Event, TradingStateMoved
from fks_desk.core.model import TradingState
from fks_desk.trading.following.standing import Standing
from tests.fakes.trading import DEMO


def made() -> tuple[Standing, list[Event]]:
    events: list[Event] = []
    return Standing(account=DEMO.id, publish=events.append), events


def states(events: list[Event]) -> list[TradingState]:
    return [event.state for event in events if isinstance(event, TradingStateMoved)]


def test_a_desk_is_active_once_connected_and_compared() -> None:
    standing, events = made()
    assert standing.state is TradingState.UNRECONCILED
    standing.connect()
    assert standing.compared(standing.connection)

    assert standing.state is TradingState.ACTIVE
    assert standing.is_compared.is_set()
    assert standing.reason == ""
    assert states(events) == [TradingState.UNRECONCILED, TradingState.ACTIVE]


def test_a_comparison_without_a_stream_leaves_the_doubt() -> None:
    standing, _ = made()

    assert standing.compared(standing.connection)
    assert standing.state is TradingState.UNRECONCILED


def test_a_comparison_of_an_older_connection_does_not_count() -> None:
    standing, _ = made()
    standing.connect()
    old = standing.connection
    standing.disconnect("cut")
    standing.connect()

    assert not standing.compared(old)
    assert standing.state is TradingState.UNRECONCILED


def test_a_halt_stands_above_everything_until_it_is_lifted() -> None:
    standing, events = made()
    standing.stop("kill switch")
    assert standing.state is TradingState.HALTED
    assert events == []

    standing.tell()
    standing.connect()
    standing.compared(standing.connection)
    assert (standing.state, standing.reason) == (TradingState.HALTED, "kill switch")
    standing.lift(standing.halts)
    assert standing.state is TradingState.ACTIVE
    assert states(events) == [TradingState.HALTED, TradingState.ACTIVE]


def test_lifting_a_halt_leaves_one_that_came_meanwhile() -> None:
    standing, _ = made()
    standing.stop("lunch")
    seen = standing.halts
    standing.stop("kill switch")

    standing.lift(seen)
    assert (standing.state, standing.reason) == (TradingState.HALTED, "kill switch")


def test_a_state_is_told_once() -> None:
    standing, events = made()
    for _ in range(3):
        standing.tell()

    assert len(events) == 1
