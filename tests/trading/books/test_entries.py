from __future__ import annotations

import json
from decimal import Decimal

import pytest

from fks_desk.core.errors import DataError
from fks_desk.core.model import Order, OrderState
from fks_desk.trading.books.entries import account_entry, as_json, order_entry, order_type
from tests.fakes.trading import DEMO, START, wish


def test_an_entry_is_json_with_exact_numbers() -> None:
    order = Order(
        intent=wish(size="0.00000001", limit=None),
        state=OrderState.SENDING,
        filled=Decimal("1E-8"),
        updated=START,
    )

    entry = order_entry(order, causation="command:PlaceOrder", at=START)
    payload = json.loads(json.dumps(entry.payload))

    assert payload["intent"]["size"] == "0.00000001"
    assert payload["filled"] == "0.00000001"
    assert payload["intent"]["limit_price"] is None
    assert payload["updated"] == "2026-03-01T00:00:00+00:00"
    assert (entry.correlation, entry.causation) == (order.client_id, "command:PlaceOrder")
    assert (entry.origin, entry.account, entry.type) == ("hand", DEMO.id, "order.sending")


def test_every_state_of_an_order_has_a_name_in_the_journal() -> None:
    names = {order_type(state) for state in OrderState}

    assert len(names) == len(OrderState)
    assert all(name.startswith("order.") for name in names)


def test_an_account_entry_tells_of_no_order() -> None:
    entry = account_entry(DEMO.id, "trading.halted", {"reason": "x"}, START)

    assert (entry.correlation, entry.causation, entry.origin) == ("", "", "")


def test_plain_values_stay_as_they_are() -> None:
    assert as_json({"a": 1}) == {"a": 1}
    assert as_json("text") == "text"


def test_a_number_that_is_not_finite_is_refused() -> None:
    with pytest.raises(DataError, match="not finite"):
        as_json({"a": float("nan")}["a"])
