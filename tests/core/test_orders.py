from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fks_desk.core.errors import TradingError
from fks_desk.core.model import OrderState
from fks_desk.core.orders import (
    MOVES,
    OPEN_STATES,
    TERMINAL_STATES,
    OrderMove,
    is_correction,
    is_legal,
    next_state,
)

FILLS = {OrderMove.FILL_PART, OrderMove.FILL_ALL}
SILENCE = {OrderMove.LOSE_SIGHT, OrderMove.SEND, OrderMove.ASK_CANCEL, OrderMove.CANCEL_REFUSED}


def test_the_plain_life_of_an_order() -> None:
    state = OrderState.PERSISTED
    for move, expected in (
        (OrderMove.SEND, OrderState.SENDING),
        (OrderMove.ACCEPT, OrderState.OPEN),
        (OrderMove.FILL_PART, OrderState.PARTIAL),
        (OrderMove.ASK_CANCEL, OrderState.CANCEL_PENDING),
        (OrderMove.FILL_ALL, OrderState.FILLED),
    ):
        state = next_state(state, move)
        assert state is expected


def test_an_illegal_move_names_both() -> None:
    assert not is_legal(OrderState.FILLED, OrderMove.CANCEL)
    with pytest.raises(TradingError, match="that is filled cannot cancel"):
        next_state(OrderState.FILLED, OrderMove.CANCEL)


def test_every_state_is_open_or_final() -> None:
    assert set(OrderState) == OPEN_STATES | TERMINAL_STATES
    assert not OPEN_STATES & TERMINAL_STATES
    assert {state for state in OrderState if is_correction(state)} == TERMINAL_STATES


def test_a_final_state_is_left_only_by_executions_or_by_proof_against_absence() -> None:
    leaving = {
        (state, move)
        for (state, move), after in MOVES.items()
        if state in TERMINAL_STATES and after is not state
    }

    assert {move for _, move in leaving - {(OrderState.ABSENT, OrderMove.ACCEPT)}} <= FILLS


def test_nothing_that_is_silence_leads_out_of_the_unknown() -> None:
    assert not [move for (state, move) in MOVES if state is OrderState.UNKNOWN and move in SILENCE]


def test_an_order_with_fills_comes_to_rest_as_partial() -> None:
    for state, move in (
        (OrderState.CANCEL_PENDING, OrderMove.CANCEL_REFUSED),
        (OrderState.UNKNOWN, OrderMove.ACCEPT),
    ):
        assert next_state(state, move) is OrderState.OPEN
        assert next_state(state, move, is_part_filled=True) is OrderState.PARTIAL


@given(st.lists(st.sampled_from(OrderMove), max_size=20))
def test_whatever_happens_a_filled_order_stays_filled(moves: list[OrderMove]) -> None:
    state, was_filled = OrderState.SENDING, False
    for move in moves:
        if is_legal(state, move):
            state = next_state(state, move)
        was_filled = was_filled or state is OrderState.FILLED

        assert not was_filled or state is OrderState.FILLED
