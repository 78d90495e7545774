from datetime import UTC, datetime
from decimal import Decimal
from threading import Thread

from hypothesis import given
from hypothesis import strategies as st

from fks_desk.core.messages import (
    BacktestMoved,
    Event,
    HealthMoved,
    HealthState,
    NoticeRaised,
    Severity,
    TickerMoved,
)
from fks_desk.core.model import InstrumentId, RunId, Ticker
from fks_desk.ui.bridge.gather import Gathering

NOON = datetime(2024, 1, 1, 12, tzinfo=UTC)


def ticker(symbol: str, last: int) -> TickerMoved:
    return TickerMoved(
        ticker=Ticker(
            instrument=InstrumentId(f"demo:spot:{symbol}"),
            last=Decimal(last),
            bid=None,
            ask=None,
            change_pct=None,
            volume=None,
            ts_event=NOON,
            ts_init=NOON,
        )
    )


def notice(text: str) -> NoticeRaised:
    return NoticeRaised(severity=Severity.INFO, text=text)


def drain(gathering: Gathering) -> list[Event]:
    taken = []
    while (event := gathering.take()) is not None:
        taken.append(event)
    return taken


def test_a_newer_quote_replaces_the_older_of_its_instrument():
    gathering = Gathering()
    for event in (ticker("A/B", 1), ticker("C/D", 5), ticker("A/B", 2)):
        gathering.add(event)

    assert drain(gathering) == [ticker("C/D", 5), ticker("A/B", 2)]
    assert gathering.counts().merged == 1
    assert gathering.counts().received == 3


def test_lasting_events_are_kept_even_when_equal():
    gathering = Gathering()
    for _ in range(3):
        gathering.add(notice("same"))

    assert drain(gathering) == [notice("same")] * 3


def test_only_the_first_event_wakes_the_window():
    gathering = Gathering()

    assert gathering.add(notice("a")) is True
    assert gathering.add(notice("b")) is False
    drain(gathering)
    assert gathering.add(notice("c")) is True


@given(
    st.lists(
        st.one_of(
            st.tuples(st.just("notice"), st.integers(0, 3)),
            st.tuples(st.sampled_from(["A/B", "C/D"]), st.integers(1, 9)),
            st.tuples(st.just("run"), st.integers(0, 2)),
        )
    )
)
def test_whatever_comes_lasting_events_stay_in_order_and_the_newest_of_each_key_arrives(moves):
    gathering = Gathering()
    events: list[Event] = []
    for kind, number in moves:
        if kind == "notice":
            events.append(notice(str(number)))
        elif kind == "run":
            events.append(BacktestMoved(run=RunId(str(number)), fraction=len(events), note=""))
        else:
            events.append(ticker(kind, number))
        gathering.add(events[-1])

    taken = drain(gathering)

    assert [e for e in taken if e.merge_key is None] == [e for e in events if e.merge_key is None]
    newest = {e.merge_key: e for e in events if e.merge_key is not None}
    assert {e.merge_key: e for e in taken if e.merge_key is not None} == newest
    assert len(taken) + gathering.counts().merged == len(events)


def test_two_threads_lose_nothing():
    gathering = Gathering()
    taken: list[Event] = []

    def produce() -> None:
        for number in range(5_000):
            gathering.add(notice(str(number)))
            gathering.add(HealthMoved(part="feed", state=HealthState.GOOD, detail=str(number)))

    thread = Thread(target=produce)
    thread.start()
    while thread.is_alive():
        taken += drain(gathering)
    thread.join()
    taken += drain(gathering)

    notices = [event.text for event in taken if isinstance(event, NoticeRaised)]
    assert notices == [str(number) for number in range(5_000)]
    health = [event for event in taken if isinstance(event, HealthMoved)]
    assert health[-1].detail == "4999"
    assert len(taken) + gathering.counts().merged == 10_000
