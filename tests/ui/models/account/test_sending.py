from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from fks_desk.core.clock import SteppedClock
from fks_desk.core.messages import PlaceOrder
from fks_desk.core.model import Order, OrderKind, OrderState, Side, TimeInForce
from fks_desk.ui.models.account.sending import Outcome, Sending
from fks_desk.ui.models.staging import StagedOrder
from tests.fakes.panes import BTC, DEMO, NOON

STAGED = StagedOrder(
    instrument=BTC,
    side=Side.BUY,
    kind=OrderKind.MARKET,
    price=Decimal(64000),
    size=Decimal("0.01"),
    size_step=Decimal("0.001"),
    prompted_by="signal:7",
)


@pytest.mark.parametrize(("last", "reference"), [(Decimal(64100), 64100), (None, 64000)])
def test_a_market_order_is_judged_by_the_last_price_seen(
    last: Decimal | None, reference: int
) -> None:
    sent: list[PlaceOrder] = []
    sending = Sending(account=DEMO, send=sent.append, clock=SteppedClock(NOON))  # type: ignore[arg-type]

    sending.place(STAGED, TimeInForce.FOK, last)

    intent = sent[0].intent
    assert (intent.reference_price, intent.limit_price) == (reference, None)
    assert (intent.time_in_force, intent.prompted_by) == (TimeInForce.GTC, "signal:7")


@pytest.mark.parametrize("state", list(OrderState))
def test_every_state_but_on_its_way_ends_the_wait_with_words(state: OrderState) -> None:
    sent: list[PlaceOrder] = []
    said: list[Outcome] = []
    sending = Sending(account=DEMO, send=sent.append, clock=SteppedClock(NOON))  # type: ignore[arg-type]
    sending.said.connect(said.append)
    sending.place(STAGED, TimeInForce.GTC, None)

    sending.on_order(Order(intent=sent[0].intent, state=state, updated=NOON))

    is_on_its_way = state in {OrderState.PERSISTED, OrderState.SENDING}
    assert sending.is_waiting is is_on_its_way
    assert is_on_its_way or "Buy 0.01 BTC/USDT" in said[-1].text


def test_what_becomes_of_an_order_is_told_until_another_one_is_drawn_up() -> None:
    sent: list[PlaceOrder] = []
    said: list[Outcome] = []
    sending = Sending(account=DEMO, send=sent.append, clock=SteppedClock(NOON))  # type: ignore[arg-type]
    sending.said.connect(said.append)
    sending.place(STAGED, TimeInForce.GTC, None)
    rests = Order(intent=sent[0].intent, state=OrderState.OPEN, updated=NOON)
    sending.on_order(rests)
    sending.on_order(replace(rests, state=OrderState.FILLED, average_price=Decimal(63000)))
    assert said[-1].text == "Buy 0.01 BTC/USDT filled at 63,000."

    sending.forget()
    sending.on_order(replace(rests, state=OrderState.CANCELED))

    assert said[-1].text == "Buy 0.01 BTC/USDT filled at 63,000."


def test_an_average_of_several_fills_has_the_digits_of_a_price() -> None:
    sent: list[PlaceOrder] = []
    said: list[Outcome] = []
    sending = Sending(account=DEMO, send=sent.append, clock=SteppedClock(NOON))  # type: ignore[arg-type]
    sending.said.connect(said.append)
    sending.place(STAGED, TimeInForce.GTC, None)
    filled = Order(
        intent=sent[0].intent,
        state=OrderState.FILLED,
        filled=Decimal("0.01"),
        average_price=Decimal("65500.89234667"),
        updated=NOON,
    )

    sending.on_order(filled)

    assert said[-1].text == "Buy 0.01 BTC/USDT filled at 65,500.89."
