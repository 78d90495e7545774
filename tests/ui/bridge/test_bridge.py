import itertools
import time
from datetime import UTC, datetime, timedelta

import pytest

from fks_desk.core.clock import SteppedClock
from fks_desk.core.errors import TradingError
from fks_desk.core.messages import (
    HealthMoved,
    HealthState,
    NoticeRaised,
    OrderDenied,
    ResumeTrading,
    Severity,
    StartTask,
)
from fks_desk.ui.bridge import bridge as module
from tests.fakes.engine import FakeEngine
from tests.fakes.trading import wish


def notice(text: str) -> NoticeRaised:
    return NoticeRaised(severity=Severity.INFO, text=text)


def health(detail: str) -> HealthMoved:
    return HealthMoved(part="feed", state=HealthState.GOOD, detail=detail)


def test_events_of_the_engine_thread_arrive_on_the_gui_thread_in_order(qtbot, bridge, fake_engine):
    seen: list[str] = []
    bridge.subscribe(NoticeRaised, lambda event: seen.append(event.text))
    bridge.subscribe(HealthMoved, lambda event: seen.append(event.detail))

    def post() -> None:
        for number in range(200):
            bridge.post(notice(f"n{number}"))
            bridge.post(health(f"h{number}"))

    fake_engine.call(post)
    qtbot.waitUntil(lambda: "h199" in seen, timeout=30_000)

    assert [text for text in seen if text[0] == "n"] == [f"n{number}" for number in range(200)]
    counts = bridge.counts()
    assert counts.received == 400
    assert counts.delivered + counts.merged == 400
    assert counts.waiting == 0


@pytest.mark.load
def test_deliveries_stay_under_sixty_a_second(qtbot, bridge, fake_engine):
    turns: list[float] = []
    bridge.subscribe(HealthMoved, lambda event: turns.append(time.monotonic()))
    start = time.monotonic()
    number = 0
    while time.monotonic() - start < 0.5:
        number += 1
        bridge.post(health(str(number)))
        qtbot.wait(1)
    lasted = time.monotonic() - start

    assert bridge.counts().deliveries <= lasted * 60 + 2
    assert len(turns) >= 10
    gaps = [later - sooner for sooner, later in itertools.pairwise(turns)]
    assert min(gaps) > 0.014


def test_what_a_timer_rounds_away_is_made_up_with_the_next_frame(qtbot):
    clock = SteppedClock(datetime(2026, 1, 1, tzinfo=UTC))
    bridge, waits = module.Bridge(clock=clock), []
    bridge._timer.start = waits.append  # type: ignore[method-assign]  # time is ours
    for _ in range(60):
        bridge._schedule()
        clock.advance(timedelta(milliseconds=waits[-1]))
        bridge._deliver()

    # The first is due at once, and 59 frames later it is 59 sixtieths of a second later.
    assert 59 / 60 <= clock.monotonic() < 59 / 60 + 0.002
    assert set(waits[1:]) == {16, 17}
    clock.advance(timedelta(seconds=1))
    bridge._deliver()
    bridge._schedule()
    assert waits[-1] == 17
    bridge.close()


def test_what_becomes_of_an_order_waits_for_no_frame_and_takes_the_next_one_s_place(qtbot):
    clock = SteppedClock(datetime(2026, 3, 1, tzinfo=UTC))
    bridge = module.Bridge(clock=clock)
    seen: list[object] = []
    bridge.subscribe_all(seen.append)
    bridge.post(health("the first frame"))
    qtbot.waitUntil(lambda: len(seen) == 1, timeout=30_000)
    denied = OrderDenied(intent=wish(), code="RATE", reason="too many")
    bridge.post(health("before it"))
    bridge.post(denied)
    qtbot.waitUntil(lambda: len(seen) == 3, timeout=30_000)
    held = bridge._due - clock.monotonic()

    assert seen[2] is denied
    assert bridge.counts().deliveries == 2
    assert held == pytest.approx(2 * module.FRAME_S)
    bridge.post(denied)
    qtbot.wait(1)
    assert len(seen) == 3
    clock.advance(timedelta(seconds=module.FRAME_S))
    qtbot.waitUntil(lambda: len(seen) == 4, timeout=30_000)
    bridge.close()


def test_a_flood_is_delivered_over_several_frames_so_that_keys_come_in_between(
    qtbot, bridge, monkeypatch
):
    monkeypatch.setattr(module, "BUDGET_S", 0.002)
    seen: list[str] = []

    def slow(event: NoticeRaised) -> None:
        time.sleep(0.001)
        seen.append(event.text)

    bridge.subscribe(NoticeRaised, slow)
    for number in range(20):
        bridge.post(notice(str(number)))
    qtbot.waitUntil(lambda: len(seen) == 20, timeout=30_000)

    assert seen == [str(number) for number in range(20)]
    assert bridge.counts().deliveries >= 5


def test_a_subscriber_can_stop_listening(bridge):
    seen: list[object] = []
    stop = bridge.subscribe(NoticeRaised, seen.append)
    stop()
    bridge.post(notice("unheard"))
    bridge.flush()

    assert seen == []


def test_commands_reach_the_engine_in_order(qtbot, bridge, fake_engine):
    commands = [StartTask(job=str(number)) for number in range(50)]
    for command in commands:
        bridge.send(command)
    qtbot.waitUntil(lambda: len(fake_engine.commands) == 50, timeout=30_000)

    assert fake_engine.commands == commands


def test_commands_sent_before_the_engine_is_there_wait_for_it(qtbot, bridge):
    bridge.send(StartTask(job="early"))
    engine = FakeEngine()
    engine.attach_to(bridge)
    bridge.send(StartTask(job="late"))
    qtbot.waitUntil(lambda: len(engine.commands) == 2, timeout=30_000)
    engine.stop()

    assert [command.job for command in engine.commands] == ["early", "late"]


@pytest.mark.usefixtures("allow_warnings")
def test_a_command_that_fails_comes_back_as_a_notice(qtbot, bridge, fake_engine):
    seen: list[NoticeRaised] = []
    bridge.subscribe(NoticeRaised, seen.append)
    fake_engine.refusal = TradingError("the size is below the lot", size="0")
    bridge.send(ResumeTrading())
    qtbot.waitUntil(lambda: len(seen) == 1, timeout=30_000)

    assert seen[0].text == "the size is below the lot"
    assert seen[0].severity is Severity.ERROR


@pytest.mark.usefixtures("allow_warnings")
def test_a_bug_in_a_handler_comes_back_as_a_notice_that_names_the_command(
    qtbot, bridge, fake_engine
):
    seen: list[NoticeRaised] = []
    bridge.subscribe(NoticeRaised, seen.append)
    fake_engine.refusal = RuntimeError("boom")
    bridge.send(ResumeTrading())
    qtbot.waitUntil(lambda: len(seen) == 1, timeout=30_000)

    assert seen[0].text == "ResumeTrading failed: boom"


@pytest.mark.usefixtures("allow_warnings")
def test_a_command_after_the_engine_ended_says_so(qtbot, bridge, fake_engine):
    seen: list[NoticeRaised] = []
    bridge.subscribe(NoticeRaised, seen.append)
    fake_engine.stop()
    bridge.send(ResumeTrading())
    bridge.flush()

    assert [event.text for event in seen] == ["The engine has stopped; start the desk again."]


@pytest.mark.usefixtures("allow_warnings")
def test_a_bug_in_one_listener_does_not_reach_the_others(bridge):
    seen: list[object] = []
    bridge.subscribe(NoticeRaised, lambda event: 1 / 0)
    bridge.subscribe(NoticeRaised, seen.append)
    bridge.post(notice("hear me"))
    bridge.flush()

    assert seen == [notice("hear me")]


def test_a_closed_bridge_delivers_what_waits_and_takes_no_more_turns(qtbot, bridge):
    seen: list[object] = []
    bridge.subscribe(NoticeRaised, seen.append)
    bridge.post(notice("last"))
    bridge.close()
    bridge.post(notice("too late"))
    qtbot.wait(40)

    assert seen == [notice("last")]
