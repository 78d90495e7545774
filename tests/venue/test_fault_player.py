"""Play scripts by hand: what is counted, held back, and put out of order, and when."""

from __future__ import annotations

from datetime import timedelta

import pytest

from fks_desk.core.clock import SteppedClock
from fks_desk.venue.fault_player import FaultPlayer, shutdown_event
from fks_desk.venue.faults import (
    FaultAction,
    FaultRule,
    Faults,
    FrameAction,
    FrameRule,
    Outage,
    OutageKind,
)
from tests.fakes.market import START

POST = "POST /api/v3/order"
TRADES = "btcusdt@trade"


def player(**script: object) -> tuple[FaultPlayer, SteppedClock]:
    clock = SteppedClock(START)
    return FaultPlayer(clock, Faults(**script)), clock  # type: ignore[arg-type]  # checked by msgspec


def sent(play: FaultPlayer, count: int, name: str = TRADES) -> list[bytes | None]:
    frames = [one for n in range(count) for one in play.deliveries(name, b"%d" % n)]
    return [one.frame for one in frames]


def test_a_rule_counts_the_calls_that_fit_it():
    rule = FaultRule(on=POST, action=FaultAction.RESET, nth=2, where={"side": "BUY"})
    play, _ = player(rules=(rule,))

    sides = ["BUY", "SELL", "BUY", "BUY"]
    assert [play.rule_for(POST, {"side": side}) is rule for side in sides] == [
        False, False, True, False,
    ]  # fmt: skip


def test_a_rule_holds_in_its_time_and_so_often():
    rule = FaultRule(on="* /api/v3/*", action=FaultAction.RESET, times=2, from_s=5, for_s=10)
    play, clock = player(rules=(rule,))
    told = []
    for _ in range(6):
        told.append(play.rule_for("GET /api/v3/time") is not None)
        clock.advance(timedelta(seconds=4))

    assert told == [False, False, True, True, False, False]


def test_chance_is_the_same_for_the_same_seed():
    rules = (FrameRule(on="*", action=FrameAction.DROP, chance=0.3),)
    first, second, other = (sent(player(seed=seed, frames=rules)[0], 200) for seed in (1, 1, 2))

    assert first == second != other
    assert 100 < len(first) < 180


@pytest.mark.parametrize(
    ("action", "heard"),
    [
        (FrameAction.DROP, [b"0", b"2"]),
        (FrameAction.DUPLICATE, [b"0", b"1", b"1", b"2"]),
        (FrameAction.REORDER, [b"0", b"2", b"1"]),
        (FrameAction.CUT, [b"0", None, b"2"]),
        (FrameAction.SAY, [b"0", b"null", b"2"]),
        (FrameAction.TRUNCATE, [b"0", b"", b"2"]),
    ],
)
def test_a_frame_of_a_stream_is_spoiled(action, heard):
    play, _ = player(frames=(FrameRule(on="*@trade", action=action, nth=2),))

    assert sent(play, 3) == heard
    assert sent(play, 3, "btcusdt@depth") == [b"0", b"1", b"2"]


def test_a_late_frame_says_how_late():
    play, _ = player(frames=(FrameRule(on="*", action=FrameAction.DELAY, seconds=1.5),))

    (delivery,) = play.deliveries(TRADES, b"x")
    assert (delivery.frame, delivery.late_s) == (b"x", 1.5)


def test_an_outage_begins_once_ends_and_comes_again():
    cut = Outage(kind=OutageKind.CUT, from_s=10, for_s=5, again_s=20)
    play, clock = player(outages=(cut,))
    is_out, begun = [], []
    for _ in range(9):
        is_out.append(play.is_out(OutageKind.CUT))
        begun.append(play.begun())
        clock.advance(timedelta(seconds=5))

    assert is_out == [False, False, True, False, False, False, True, False, False]
    assert [one for one in begun if one] == [[cut], [cut]]


def test_a_mute_stream_is_named_and_the_clock_is_off_only_meanwhile():
    play, clock = player(
        server_clock_ms=100,
        outages=(
            Outage(kind=OutageKind.MUTE, on="*@trade", for_s=30),
            Outage(kind=OutageKind.CLOCK, milliseconds=-6000, for_s=30),
            Outage(kind=OutageKind.BAN, from_s=10, for_s=20),
        ),
    )

    assert sent(play, 1) == []
    assert sent(play, 1, "btcusdt@depth") == [b"0"]
    assert (play.clock_ms, play.banned_s) == (-5900, 0)
    clock.advance(timedelta(seconds=12))
    assert play.banned_s == 18
    clock.advance(timedelta(seconds=30))
    assert (sent(play, 1), play.clock_ms, play.banned_s) == ([b"0"], 100, 0)


def test_a_new_script_counts_and_times_afresh():
    rule = FaultRule(on=POST, action=FaultAction.RESET, nth=1)
    play, clock = player(rules=(rule,), outages=(Outage(kind=OutageKind.SHUTDOWN),))
    assert play.rule_for(POST) is rule
    assert len(play.begun()) == 1
    play.count(POST)
    clock.advance(timedelta(seconds=9))
    play.load(play.script)

    assert (play.now_s, play.calls) == (0, {})
    assert play.rule_for(POST) is rule
    assert len(play.begun()) == 1


def test_the_word_of_a_shutdown_is_binance_s():
    assert shutdown_event(5) == b'{"e":"serverShutdown","E":5}'
