from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from fks_desk.core.model import OrderKind, TimeInForce
from fks_desk.core.terms import PLAIN, Exits, Terms
from tests.fakes.trading import START, wish


@pytest.mark.parametrize(
    "wrong",
    [
        {"trigger_price": Decimal(0)},
        {"trigger_price": Decimal("NaN")},
        {"trail_bps": 5},
        {"trail_bps": 2001},
        {"expires": START.replace(tzinfo=None)},
    ],
)
def test_terms_that_cannot_be_never_exist(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"need|must be"):
        Terms(**wrong)


@pytest.mark.parametrize(
    "wrong",
    [{}, {"stop": Decimal(-1)}, {"stop": Decimal(90), "trail_bps": 100}, {"trail_bps": 9}],
)
def test_exits_need_a_price_that_can_be(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"exits need|must be|stands or trails|trail_bps"):
        Exits(**wrong)


def test_exits_know_whether_a_loss_is_bounded() -> None:
    assert Exits(stop=Decimal(90)).has_stop
    assert Exits(trail_bps=100).has_stop
    assert not Exits(target=Decimal(110)).has_stop


@pytest.mark.parametrize(
    ("kind", "terms"),
    [
        (OrderKind.STOP, PLAIN),
        (OrderKind.MARKET, Terms(trigger_price=Decimal(90))),
        (OrderKind.TRAILING_STOP, PLAIN),
        (OrderKind.MARKET, Terms(trail_bps=100)),
        (OrderKind.MARKET, Terms(is_post_only=True)),
        (OrderKind.MARKET, Terms(expires=START)),
    ],
)
def test_a_kind_and_its_terms_belong_together(kind: OrderKind, terms: Terms) -> None:
    with pytest.raises(ValueError, match=r"needs|no place|post-only"):
        replace(wish(limit=None), kind=kind, terms=terms)


def test_an_order_good_till_a_date_names_it() -> None:
    terms = Terms(expires=START + timedelta(hours=1))

    assert replace(wish(), time_in_force=TimeInForce.GTD, terms=terms).terms is terms
    with pytest.raises(ValueError, match="needs an expiry"):
        replace(wish(), time_in_force=TimeInForce.GTD)


def test_a_stop_counts_at_its_trigger_and_a_stop_limit_at_its_limit() -> None:
    terms = Terms(trigger_price=Decimal(110))
    stop = replace(wish(limit=None), kind=OrderKind.STOP, terms=terms)
    limited = replace(wish(limit="112"), kind=OrderKind.STOP_LIMIT, terms=terms)

    assert stop.worst_price == 110
    assert limited.worst_price == 112


def test_kinds_say_what_they_need() -> None:
    assert [kind for kind in OrderKind if kind.has_limit] == [
        OrderKind.LIMIT,
        OrderKind.STOP_LIMIT,
        OrderKind.TAKE_PROFIT_LIMIT,
    ]
    assert not OrderKind.TRAILING_STOP.has_trigger
    assert OrderKind.TRAILING_STOP.is_conditional
    assert OrderKind.TRAILING_STOP.is_stop
    assert not OrderKind.TAKE_PROFIT.is_stop
