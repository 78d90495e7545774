from __future__ import annotations

import pytest

from fks_desk.core.bus import Bus
from fks_desk.core.messages import Event, NoticeRaised, Severity, TradingStateMoved
from fks_desk.core.model import AccountId, TradingState

NOTICE = NoticeRaised(severity=Severity.INFO, text="hello")
MOVED = TradingStateMoved(account=AccountId("demo"), state=TradingState.ACTIVE, reason="")


def test_an_event_reaches_the_listeners_of_its_type_in_their_order() -> None:
    bus, heard = Bus(), []
    bus.subscribe(NoticeRaised, lambda event: heard.append(("first", event)))
    bus.subscribe(TradingStateMoved, lambda event: heard.append(("other", event)))
    bus.subscribe(NoticeRaised, lambda event: heard.append(("second", event)))
    bus.subscribe_all(lambda event: heard.append(("all", event)))

    bus.publish(NOTICE)

    assert heard == [("first", NOTICE), ("second", NOTICE), ("all", NOTICE)]


def test_a_listener_that_stopped_hears_nothing() -> None:
    bus, heard = Bus(), list[Event]()
    stop, stop_all = bus.subscribe(NoticeRaised, heard.append), bus.subscribe_all(heard.append)

    stop()
    stop_all()
    bus.publish(NOTICE)

    assert heard == []


@pytest.mark.allow_warnings
def test_a_listeners_bug_reaches_nobody_else(caplog: pytest.LogCaptureFixture) -> None:
    bus, heard = Bus(), list[Event]()

    def broken(event: NoticeRaised) -> None:
        raise ZeroDivisionError

    bus.subscribe(NoticeRaised, broken)
    bus.subscribe(NoticeRaised, heard.append)
    bus.publish(NOTICE)

    assert heard == [NOTICE]
    assert "a listener of NoticeRaised failed" in caplog.text


def test_a_listener_may_stop_while_it_is_told() -> None:
    bus, heard = Bus(), list[Event]()
    stops = [bus.subscribe(NoticeRaised, lambda event: stops[0]())]
    bus.subscribe(NoticeRaised, heard.append)

    bus.publish(NOTICE)

    assert heard == [NOTICE]


def test_an_event_without_listeners_is_nobodys_business() -> None:
    Bus().publish(MOVED)
