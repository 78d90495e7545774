from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from fks_desk.core.errors import TradingError
from fks_desk.core.model import Order, OrderState, VenueOrderId
from fks_desk.core.orders import OrderMove
from fks_desk.core.ports import VenueOrder
from fks_desk.trading.books.transitions import move_of, moved, owes_fills, with_venue_id
from tests.fakes.trading import START, wish

ORDER = Order(intent=wish(size="1"), state=OrderState.SENDING, updated=START)


def said(state: str, filled: str | None = "0") -> VenueOrder:
    return VenueOrder(
        client_id=ORDER.client_id,
        venue_order_id=VenueOrderId("7"),
        instrument=ORDER.intent.instrument,
        state=state,
        intent=None,
        filled=None if filled is None else Decimal(filled),
        average_price=None,
        updated=START,
    )


@pytest.mark.parametrize(
    ("state", "word", "filled", "move"),
    [
        (OrderState.SENDING, "open", "0", OrderMove.ACCEPT),
        (OrderState.SENDING, "rejected", "0", OrderMove.REJECT),
        (OrderState.SENDING, "expired", "0", OrderMove.EXPIRE),
        (OrderState.UNKNOWN, "canceled", "0", OrderMove.CANCEL),
        (OrderState.UNKNOWN, "filled", "1", OrderMove.ACCEPT),
        # The end is believed after its executions; that the order is there, at once.
        (OrderState.UNKNOWN, "canceled", "0.5", OrderMove.ACCEPT),
        (OrderState.OPEN, "canceled", "0.5", None),
        (OrderState.OPEN, "open", "0", None),
        (OrderState.OPEN, "rejected", "0", None),
        (OrderState.OPEN, "filled", "1", None),
        (OrderState.CANCEL_PENDING, "open", "0", None),
        (OrderState.FILLED, "canceled", "0", None),
        (OrderState.ABSENT, "open", "0", OrderMove.ACCEPT),
        (OrderState.SENDING, "expired_in_match", "0", None),
        (OrderState.SENDING, "unknown", None, None),
    ],
)
def test_the_venues_word_proves_one_move_or_none(
    state: OrderState, word: str, filled: str | None, move: OrderMove | None
) -> None:
    assert move_of(replace(ORDER, state=state), said(word, filled)) is move


def test_fills_are_owed_while_the_venue_tells_of_more() -> None:
    assert owes_fills(ORDER, said("filled", "1"))
    assert not owes_fills(replace(ORDER, filled=Decimal(1)), said("filled", "1"))
    assert not owes_fills(ORDER, said("open", None))


def test_the_venues_id_is_learned_once() -> None:
    named = with_venue_id(ORDER, said("open"))

    assert named.venue_order_id == "7"
    assert with_venue_id(named, said("open")) is named
    assert with_venue_id(ORDER, replace(said("open"), venue_order_id=VenueOrderId(""))) is ORDER


def test_an_illegal_move_is_an_error() -> None:
    with pytest.raises(TradingError):
        moved(replace(ORDER, state=OrderState.FILLED), OrderMove.CANCEL, at=START)
