"""Kill the desk, its database or both at every named point of an order's life, on made-up time.

Twenty seeds each in CI; FKS_SWEEP_SEEDS=500 is the long run.
"""

from __future__ import annotations

import os
import random
from decimal import Decimal

import pytest

from fks_desk.core.crash_drill import CLOSING, MIGRATING, POINTS, StruckPart
from fks_desk.core.model import OrderState, Side
from tests.faults.drill import Drill

pytestmark = pytest.mark.allow_warnings

SEEDS = int(os.environ.get("FKS_SWEEP_SEEDS", "20"))
# A migration needs a database that remembers; `test_points` kills a real one.
ALL = [point for point in POINTS if point != MIGRATING]
# The first look at an account is one visit, and a desk shuts down once.
VISITS = {"reconcile.mid": 2, CLOSING: 1, "cancel.sent_before_ack": 2}
# So few lives of a dozen deeds may pass a point by; more than these would be no drill.
FEWEST = 0.3


def trade(drill: Drill, chance: random.Random) -> None:
    """Do what a busy trader and a busy market would."""
    for _ in range(14):
        deed = chance.choice(("buy", "buy", "sell", "market", "cancel", "replace", "tick", "tick"))
        turns = chance.choice((0, 3, 40))
        size, price = str(Decimal(chance.randint(1, 50)) / 100), str(chance.randint(96, 104))
        if deed == "tick":
            drill.tick(price, chance.choice(("0.3", "1")))
        elif deed == "cancel":
            drill.cancel(chance.randint(0, 20), turns)
        elif deed == "replace":
            drill.replace(chance.randint(0, 20), None, price, turns)
        else:
            side = Side.SELL if deed == "sell" else Side.BUY
            drill.place(side, size, None if deed == "market" else price, turns)
        if chance.random() < 0.5:
            drill.wait(chance.uniform(0.01, 0.4))
    drill.cancel_all()
    drill.wait(0.1)


def live_and_die(drill: Drill, point: str, part: StruckPart, chance: random.Random) -> bool:
    """Run a life in which the point is struck, and return whether it got there."""
    before = drill.strikes
    drill.start()
    drill.crash_at(point, chance.randint(1, VISITS.get(point, 4)), part)
    trade(drill, chance)
    drill.quit()
    return drill.strikes > before


def strike_and_recover(point: str, part: StruckPart, seed: int) -> bool:
    """Strike at a point, let the market go on, come back and compare."""
    chance = random.Random(f"{point} {part} {seed}")
    drill = Drill()
    try:
        drill.has_replace = chance.random() < 0.5
        was_struck = live_and_die(drill, point, part, chance)
        drill.tick(str(chance.randint(96, 104)))
        drill.settle()
        drill.place(Side.BUY, "0.1", "95")
        drill.settle()
    finally:
        drill.end()
    return was_struck


@pytest.mark.parametrize("part", StruckPart)
@pytest.mark.parametrize("point", ALL)
def test_whatever_dies_at_any_point_loses_and_doubles_nothing(point: str, part: StruckPart) -> None:
    strikes = [strike_and_recover(point, part, seed) for seed in range(SEEDS)]

    assert sum(strikes) > SEEDS * FEWEST, f"hardly any life came to {point}"


@pytest.mark.parametrize("point", ["intent.persisted", "order.before_send"])
def test_an_order_that_never_left_is_declared_absent_in_the_end(point: str) -> None:
    drill = Drill()
    try:
        drill.start()
        drill.wait(1)
        drill.crash_at(point)
        drill.place(Side.BUY, "0.1", "99", turns=40)
        assert drill.strikes == 1
        drill.settle()

        posted = set(drill.venue.posts)
        lost = [one for one in drill.rows.orders.values() if one.client_id not in posted]
        assert lost
        assert {order.state for order in lost} == {OrderState.ABSENT}
    finally:
        drill.end()


@pytest.mark.parametrize("seed", range(4))
def test_a_crash_during_recovery_is_recovered_from(seed: int) -> None:
    chance = random.Random(seed)
    drill = Drill()
    try:
        live_and_die(drill, "order.sent_before_ack", StruckPart.DESK, chance)
        live_and_die(drill, "reconcile.mid", StruckPart.BOTH, chance)
        drill.settle()
    finally:
        drill.end()
