from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from fks_desk.core.model import Order, OrderKind, OrderState, Side
from fks_desk.core.terms import Exits, Family, ParentId, Role, Terms
from fks_desk.trading.working.cover import Cover, Decision, Step, decide, left
from tests.fakes.trading import START, wish

EXITS = Exits(stop=Decimal(95), target=Decimal(110))
PARENT = ParentId("e")


def entry(filled: str, state: OrderState = OrderState.PARTIAL) -> Order:
    intent = replace(wish(size="1", client_id="e"), terms=Terms(exits=EXITS))
    return Order(intent=intent, state=state, filled=Decimal(filled), updated=START)


def guard(role: Role, size: str, state: OrderState, *, number: int = 0, filled: str = "0") -> Order:
    plain = wish(Side.SELL, size, None, client_id=f"{role}{number}{state}")
    is_stop = role is Role.STOP
    intent = replace(
        plain,
        kind=OrderKind.STOP if is_stop else OrderKind.LIMIT,
        limit_price=None if is_stop else Decimal(110),
        terms=Terms(trigger_price=Decimal(95) if is_stop else None, is_reduce_only=True),
        family=Family(parent=PARENT, role=role, number=number),
    )
    return Order(intent=intent, state=state, filled=Decimal(filled), updated=START)


def step(filled: str, *guards: Order, **changes: object) -> Decision:
    one = entry(filled)
    values: dict[str, object] = {
        "entry": one,
        "guards": guards,
        "exits": EXITS,
        "wanted": left(one, guards),
        "lot": Decimal("0.001"),
        "least": Decimal("0.05"),
        "is_native": True,
    }
    return decide(Cover(**{**values, **changes}))  # type: ignore[arg-type]  # its own fields


S, T = Role.STOP, Role.TARGET
OPEN, HELD, GONE = OrderState.OPEN, OrderState.HELD, OrderState.CANCELED


def test_a_first_fill_gets_its_exits() -> None:
    assert step("0.4") == Decision(step=Step.ATTACH, size=Decimal("0.4"))


def test_too_little_for_an_exit_waits_while_more_may_come() -> None:
    assert step("0.01").step is Step.SHORT
    assert step("0.01", entry=entry("0.01", OrderState.CANCELED)).step is Step.ATTACH


def test_a_guard_that_fits_is_left_alone() -> None:
    pair = guard(S, "0.4", OPEN), guard(T, "0.4", OPEN)

    assert step("0.4", *pair, guarded=Decimal("0.4")).step is Step.NOTHING


def test_a_further_fill_is_held_before_anything_is_taken_back() -> None:
    pair = guard(S, "0.4", OPEN), guard(T, "0.4", OPEN)

    assert step("0.6", *pair, guarded=Decimal("0.4")) == Decision(
        step=Step.HOLD, size=Decimal("0.6")
    )
    assert step("0.6", *pair, guarded=Decimal("0.4"), is_paced=True).step is Step.LATER


def test_the_smaller_pair_goes_once_the_larger_stop_is_held() -> None:
    pair = guard(S, "0.4", OPEN), guard(T, "0.4", OPEN)
    bridge = guard(S, "0.6", HELD, number=1)

    found = step("0.6", *pair, bridge, guarded=Decimal("0.6"))

    assert (found.step, found.orders) == (Step.DROP, pair)


def test_the_venue_gets_the_larger_pair_once_the_smaller_is_gone() -> None:
    pair = guard(S, "0.4", GONE), guard(T, "0.4", GONE)
    bridge = guard(S, "0.6", HELD, number=1)

    assert step("0.6", *pair, bridge, guarded=Decimal("0.6")).step is Step.ATTACH


def test_the_held_stop_goes_once_the_larger_pair_rests() -> None:
    bridge = guard(S, "0.6", HELD, number=1)
    pair = guard(S, "0.6", OPEN, number=2), guard(T, "0.6", OPEN, number=2)

    found = step("0.6", bridge, *pair, guarded=Decimal("0.6"))

    assert (found.step, found.orders) == (Step.DROP, (bridge,))


def test_a_larger_pair_that_was_refused_leaves_the_held_stop_and_rests_a_target() -> None:
    bridge = guard(S, "0.6", HELD, number=1)
    refused = (
        guard(S, "0.6", OrderState.REJECTED, number=2),
        guard(T, "0.6", OrderState.REJECTED, number=2),
    )

    assert step("0.6", bridge, *refused, guarded=Decimal("0.6")).step is Step.TARGET


@pytest.mark.parametrize(
    "state",
    [OrderState.SENDING, OrderState.CANCEL_PENDING, OrderState.UNKNOWN, OrderState.PERSISTED],
)
def test_nothing_is_done_while_an_exit_is_on_its_way(state: OrderState) -> None:
    assert step("0.6", guard(S, "0.4", state), guarded=Decimal("0.4")).step is Step.NOTHING


def test_an_exit_that_fills_ends_the_rest_of_its_entry() -> None:
    stop = guard(S, "0.4", OrderState.FILLED, filled="0.4")

    assert step("0.4", stop).step is Step.END_ENTRY


def test_a_stop_that_the_venue_ended_for_its_target_is_held_for_the_rest() -> None:
    stop = guard(S, "0.4", OrderState.EXPIRED)
    target = guard(T, "0.4", OrderState.PARTIAL, filled="0.1")

    found = step("0.4", stop, target, entry=entry("0.4", OrderState.CANCELED))

    assert found == Decision(step=Step.HOLD, size=Decimal("0.3"))


def test_a_stop_that_was_taken_back_by_hand_stays_away() -> None:
    pair = guard(S, "0.4", GONE), guard(T, "0.4", GONE)

    assert step("0.4", *pair, guarded=Decimal("0.4")).step is Step.NOTHING
    assert step("0.6", *pair, guarded=Decimal("0.4")).step is Step.NOTHING


@pytest.mark.parametrize(
    ("refusals", "wanted"),
    [(1, Step.HOLD), (3, Step.HOLD), (4, Step.CLOSE), (5, Step.NOTHING)],
)
def test_a_refused_stop_is_tried_three_times_then_closed_once(refusals: int, wanted: Step) -> None:
    stops = [guard(S, "0.4", OrderState.REJECTED, number=number) for number in range(refusals)]

    assert step("0.4", *stops, guarded=Decimal("0.4")).step is wanted


def test_what_a_fee_took_is_not_guarded_again() -> None:
    stop = guard(S, "0.999", OrderState.FILLED, filled="0.999")

    assert left(entry("1", OrderState.FILLED), (stop,)) == 0
    assert left(entry("1", OrderState.FILLED), ()) == 1


def test_targets_without_a_stop_rest_beside_one_another() -> None:
    exits = Exits(target=Decimal(110))
    first = guard(T, "0.4", OPEN)

    found = step("0.6", first, exits=exits, guarded=Decimal("0.4"))

    assert found == Decision(step=Step.TARGET, size=Decimal("0.2"))
    assert step("0.41", first, exits=exits, guarded=Decimal("0.4")).step is Step.NOTHING


def test_a_family_without_an_entry_counts_from_its_largest_exit() -> None:
    stop = guard(S, "0.4", HELD)

    assert left(None, (stop,)) == Decimal("0.4")
    assert step("0", stop, entry=None, wanted=Decimal("0.4")).step is not Step.HOLD


def test_apart_a_target_that_filled_leaves_a_stop_to_end() -> None:
    stop = guard(S, "0.4", OPEN)
    done = entry("0.4", OrderState.FILLED)
    pair = stop, guard(T, "0.4", OrderState.FILLED, filled="0.4")
    asked = step("0.4", *pair, entry=done, is_apart=True)

    assert asked == Decision(step=Step.DROP, orders=(stop,))
    assert step("0.4", *pair, entry=done).step is Step.NOTHING


def test_apart_a_stop_that_filled_leaves_a_target_to_end() -> None:
    target = guard(T, "0.4", OPEN)
    pair = target, guard(S, "0.4", OrderState.FILLED, filled="0.4")
    done = entry("0.4", OrderState.FILLED)

    assert step("0.4", *pair, entry=done, is_apart=True).orders == (target,)


def test_apart_a_target_that_filled_in_part_leaves_a_smaller_stop() -> None:
    stop = guard(S, "0.4", OPEN)
    target = guard(T, "0.4", OrderState.PARTIAL, filled="0.1")
    done = entry("0.4", OrderState.FILLED)
    values = {"entry": done, "is_apart": True, "guarded": Decimal("0.4")}
    held = guard(S, "0.3", HELD, number=1)

    assert step("0.4", stop, target, **values) == Decision(step=Step.HOLD, size=Decimal("0.3"))
    assert step("0.4", stop, target, held, **values).orders == (stop,)
    gone = guard(S, "0.4", GONE)
    assert step("0.4", gone, target, held, **values).step is Step.NOTHING


def test_apart_a_stop_that_fills_in_part_is_let_finish() -> None:
    pair = guard(S, "0.4", OrderState.PARTIAL, filled="0.1"), guard(T, "0.4", OPEN)
    values = {"entry": entry("0.4", OrderState.FILLED), "guarded": Decimal("0.4")}

    assert step("0.4", *pair, is_apart=True, **values).step is Step.NOTHING


def test_apart_both_go_once_a_larger_or_moved_stop_is_held_and_come_back_as_two() -> None:
    """At a venue with pairs the end of one is the end of both; here the desk ends each."""
    stop, target = guard(S, "0.4", OPEN), guard(T, "0.4", OPEN)
    bridge = guard(S, "0.4", HELD, number=1)
    values = {"is_apart": True, "guarded": Decimal("0.4")}
    gone = guard(S, "0.4", GONE), guard(T, "0.4", GONE)

    assert set(step("0.4", stop, target, bridge, **values).orders) == {stop, target}
    assert step("0.4", *gone, bridge, **values).step is Step.ATTACH


def test_apart_a_target_whose_stop_was_refused_rests_on() -> None:
    refused, target = guard(S, "0.4", OrderState.REJECTED), guard(T, "0.4", OPEN)
    held = guard(S, "0.4", HELD, number=1)
    values = {"is_apart": True, "guarded": Decimal("0.4")}

    assert step("0.4", refused, target, **values).step is Step.HOLD
    assert step("0.4", refused, target, held, **values).step is Step.NOTHING


def test_apart_a_target_that_was_refused_is_tried_again_beside_its_stop() -> None:
    stop = guard(S, "0.4", OPEN)
    values = {"is_apart": True, "guarded": Decimal("0.4")}
    refused = [guard(T, "0.4", OrderState.REJECTED, number=n) for n in range(5)]

    assert step("0.4", stop, refused[0], **values) == Decision(
        step=Step.TARGET, size=Decimal("0.4")
    )
    assert step("0.4", stop, *refused, **values).step is Step.NOTHING
    taken_back = guard(T, "0.4", GONE)
    assert step("0.4", stop, taken_back, **values).step is Step.NOTHING
