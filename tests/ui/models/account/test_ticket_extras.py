from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest

from fks_desk.core.model import OrderKind, Side, TimeInForce
from fks_desk.core.terms import PLAIN, Exits
from fks_desk.ui.models.account.ticket_extras import (
    Extras,
    ExtrasForm,
    Trigger,
    end_of_day,
    expiry,
    read_extras,
    size_by_risk,
    words,
)
from fks_desk.ui.models.entry import Refusal
from tests.fakes.trading import BTC, START


def read(base: OrderKind = OrderKind.LIMIT, **typed: object) -> Extras | Refusal:
    return read_extras(ExtrasForm(**typed), base, BTC)  # type: ignore[arg-type]  # its own fields


def test_an_empty_form_is_a_plain_order() -> None:
    assert read() == Extras(kind=OrderKind.LIMIT, terms=PLAIN)


@pytest.mark.parametrize(
    ("base", "trigger", "kind"),
    [
        (OrderKind.MARKET, Trigger.STOP, OrderKind.STOP),
        (OrderKind.LIMIT, Trigger.STOP, OrderKind.STOP_LIMIT),
        (OrderKind.MARKET, Trigger.TAKE_PROFIT, OrderKind.TAKE_PROFIT),
        (OrderKind.LIMIT, Trigger.TAKE_PROFIT, OrderKind.TAKE_PROFIT_LIMIT),
    ],
)
def test_base_and_trigger_make_the_kind(base: OrderKind, trigger: Trigger, kind: OrderKind) -> None:
    extras = read(base, trigger=trigger, wake="99.996")

    assert isinstance(extras, Extras)
    assert extras.kind is kind
    assert extras.terms.trigger_price == Decimal("100.00")


def test_a_trail_is_typed_in_percent_and_leaves_at_the_market() -> None:
    extras = read(OrderKind.MARKET, trigger=Trigger.TRAIL, wake="1.5")

    assert isinstance(extras, Extras)
    assert extras.terms.trail_bps == 150
    for wrong in (read(trigger=Trigger.TRAIL, wake="1.5"),):
        assert isinstance(wrong, Refusal)
    too_far = read(OrderKind.MARKET, trigger=Trigger.TRAIL, wake="25")
    assert isinstance(too_far, Refusal)
    assert "0.1 to 20 percent" in too_far.text


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({"trigger": Trigger.STOP, "wake": ""}, "wake"),
        ({"stop": "1,000"}, "stop"),
        ({"target": "-5"}, "target"),
        ({"trigger": Trigger.STOP, "wake": "99", "is_post_only": True}, "post_only"),
    ],
)
def test_what_cannot_be_read_names_its_field(typed: dict[str, object], field: str) -> None:
    refused = read(**typed)  # type: ignore[arg-type]  # its own fields

    assert isinstance(refused, Refusal)
    assert refused.field == field


def test_two_hundred_are_lost_by_a_stop_one_percent_away() -> None:
    size = size_by_risk(
        equity=Decimal(10_000), price=Decimal(100), stop=Decimal(99), instrument=BTC
    )

    assert size == 200
    assert isinstance(
        size_by_risk(equity=Decimal(1), price=Decimal(9), stop=Decimal(9), instrument=BTC), Refusal
    )


def test_good_till_a_date_ends_with_the_day_in_utc() -> None:
    evening = START + timedelta(hours=23, minutes=59)

    assert end_of_day(evening) == START + timedelta(days=1)
    assert expiry(TimeInForce.GTD, START) == START + timedelta(days=1)
    assert expiry(TimeInForce.GTC, START) is None


def test_the_words_repeat_everything_that_was_asked_for() -> None:
    extras = read(OrderKind.LIMIT, stop="95", target="110", is_post_only=True, is_reduce_only=True)
    assert isinstance(extras, Extras)
    assert extras.terms.exits == Exits(stop=Decimal(95), target=Decimal(110))

    said = words(extras, Side.BUY)

    assert said == "post-only · reduce-only · sells at 95 as stop, sells at 110 as target"
