"""Real money leaves only while a person has armed the account, and never by accident."""

from __future__ import annotations

from datetime import timedelta

import pytest

from fks_desk.core.clock import SteppedClock
from fks_desk.core.desk_messages import TradingArmed
from fks_desk.core.model import Account, AccountId, Mode, Origin, VenueId
from fks_desk.trading.arming import Arming, phrase_of
from tests.fakes.trading import START


def account(mode: Mode) -> Account:
    return Account(id=AccountId("main"), venue=VenueId("binance"), mode=mode, title="Main")


class Armed:
    def __init__(self, mode: Mode = Mode.LIVE) -> None:
        self.clock = SteppedClock(START)
        self.told: list[TradingArmed] = []
        self.arming = Arming(account=account(mode), clock=self.clock, publish=self.told.append)


@pytest.mark.parametrize("mode", [Mode.DEMO, Mode.PAPER, Mode.TESTNET])
def test_only_real_money_needs_arming(mode):
    assert Armed(mode).arming.refusal(Origin.HAND) is None


def test_a_fresh_live_account_refuses_with_the_phrase_that_arms_it():
    refused = Armed().arming.refusal(Origin.HAND)

    assert refused.code == "NOT_ARMED"
    assert "'trade main'" in refused.reason


@pytest.mark.parametrize("phrase", ["", "trade", "Trade main", "trade  main", "trade mains", "y"])
def test_another_phrase_arms_nothing(phrase):
    one = Armed()
    problem = one.arming.arm(phrase, 60)

    assert "Type 'trade main'" in problem
    assert not one.arming.is_armed
    assert one.told == []


@pytest.mark.parametrize("minutes", [0, -1, 481])
def test_no_account_is_armed_for_ever(minutes):
    assert "1 to 480 minutes" in Armed().arming.arm("trade main", minutes)


def test_arming_ends_by_itself_and_is_told_once():
    one = Armed()
    assert one.arming.arm(phrase_of(account(Mode.LIVE)), 60) is None
    one.clock.advance(timedelta(minutes=59, seconds=59))
    one.arming.expire()
    assert one.arming.is_armed

    one.clock.advance(timedelta(seconds=1))
    for _ in range(3):
        one.arming.expire()

    assert one.arming.refusal(Origin.HAND).code == "NOT_ARMED"
    assert [event.until for event in one.told] == [START + timedelta(minutes=60), None]


def test_disarming_is_at_once():
    one = Armed()
    one.arming.arm("trade main", 60)
    one.arming.disarm()

    assert one.arming.refusal(Origin.HAND).code == "NOT_ARMED"


def test_a_locked_account_takes_nothing_by_hand_and_lets_strategies_go_on():
    one = Armed(Mode.DEMO)
    one.arming.lock("nobody touched a key or the mouse for 15 minutes")

    refused = one.arming.refusal(Origin.HAND)
    assert refused.code == "LOCKED"
    assert "'trade main'" in refused.reason
    assert one.arming.refusal(Origin.STRATEGY) is None
    assert one.told[-1].is_locked
    assert "Type 'trade main'" in one.arming.unlock("open sesame")
    assert one.arming.refusal(Origin.HAND) == refused

    assert one.arming.unlock("trade main") is None
    assert one.arming.refusal(Origin.HAND) is None
    assert not one.told[-1].is_locked


def test_locking_real_money_disarms_it_for_everybody_and_unlocking_arms_nothing():
    one = Armed()
    one.arming.arm("trade main", 60)
    one.arming.lock("a person locked it")

    assert one.arming.refusal(Origin.STRATEGY).code == "NOT_ARMED"
    assert one.arming.refusal(Origin.HAND).code == "LOCKED"
    one.arming.unlock("trade main")
    assert one.arming.refusal(Origin.HAND).code == "NOT_ARMED"


def test_arming_unlocks():
    one = Armed()
    one.arming.lock("a person locked it")
    one.arming.arm("trade main", 60)

    assert one.arming.refusal(Origin.HAND) is None
