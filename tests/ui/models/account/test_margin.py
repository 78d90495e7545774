"""A ticket for a perpetual counts margin, leverage and how far forced closing is."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from fks_desk.core.margin import MarginLine, MarginTier
from fks_desk.core.model import Account, AccountId, InstrumentKind, MarginMode, Mode, Side, VenueId
from fks_desk.ui.models.account.ticket_check import (
    CheckedOrder,
    TicketFacts,
    TicketForm,
    check_ticket,
    size_for_share,
)
from fks_desk.ui.models.account.ticket_text import liquidation, summary
from fks_desk.ui.models.entry import Refusal
from tests.fakes.trading import BTC as COIN

BTC = replace(COIN, kind=InstrumentKind.LINEAR, min_notional=Decimal(5))
ACCOUNT = Account(
    id=AccountId("perpetual"), venue=VenueId("demo"), mode=Mode.DEMO, title="Perpetuals"
)


def line(size: str = "0", leverage: int = 10, mode: MarginMode = MarginMode.CROSS) -> MarginLine:
    return MarginLine(
        instrument=BTC.id,
        size=Decimal(size),
        entry=Decimal(100),
        mark=Decimal(100),
        liquidation=None,
        margin=abs(Decimal(size)) * 100 / leverage,
        unrealised=Decimal(0),
        leverage=Decimal(leverage),
        mode=mode,
    )


def facts(free: str = "1000", **named: object) -> TicketFacts:
    return TicketFacts(
        account=ACCOUNT,
        instrument=BTC,
        ticker=None,
        balances={},
        fee_bps=Decimal(4),
        margin=line(**named),  # type: ignore[arg-type]  # its own fields
        free_margin=Decimal(free),
    )


def form(size: str, side: Side = Side.BUY) -> TicketForm:
    return TicketForm(side=side, size=size, price="100")


@pytest.mark.parametrize("side", Side)
def test_both_ways_open_up_to_what_the_margin_carries(side):
    assert isinstance(check_ticket(form("100", side), facts()), CheckedOrder)
    refused = check_ticket(form("100.1", side), facts())

    assert isinstance(refused, Refusal)
    assert "the free margin carries" in refused.text


def test_what_only_closes_needs_no_margin():
    held = facts("0", size="5")

    assert isinstance(check_ticket(form("5", Side.SELL), held), CheckedOrder)
    assert isinstance(check_ticket(form("6", Side.SELL), held), Refusal)


def test_a_share_is_one_of_the_buying_power():
    assert size_for_share(form("", Side.SELL), facts(), 50) == Decimal("49.75")


def test_the_summary_tells_margin_and_liquidation():
    order = check_ticket(form("10"), facts())
    lines = dict(summary(order, facts(), None))

    assert lines["Margin"].endswith("at 10×")
    assert lines["Free margin"].startswith("1,000")
    assert "away" in lines["Liquidation"] or "none" in lines["Liquidation"]


@pytest.mark.parametrize(
    ("side", "distance"), [(Side.BUY, Decimal("-9.5")), (Side.SELL, Decimal("9.5"))]
)
def test_an_isolated_position_is_closed_when_its_own_margin_is_used_up(side, distance):
    there = facts(mode=MarginMode.ISOLATED)
    order = check_ticket(form("10", side), there)

    assert f"{abs(distance)} % away" in liquidation(order, there)


def test_closing_leaves_nothing_to_liquidate():
    there = facts(size="5")
    order = check_ticket(form("5", Side.SELL), there)

    assert "closed" in liquidation(order, there)


TIERS = (
    MarginTier(cap=Decimal(500), maintenance=Decimal("0.004"), deducted=Decimal(0)),
    MarginTier(cap=Decimal(5_000), maintenance=Decimal("0.02"), deducted=Decimal(8)),
)


@pytest.mark.parametrize("side", Side)
@pytest.mark.parametrize("size", ["2", "10"])
def test_the_price_of_forced_closing_is_where_the_margin_meets_the_venues_tier(side, size):
    there = facts(mode=MarginMode.ISOLATED)
    there = replace(there, margin=replace(there.margin, tiers=TIERS))
    order = check_ticket(form(size, side), there)
    told = liquidation(order, there)
    price = Decimal(told.removeprefix("about ").split(",")[0])
    signed = side.sign * Decimal(size)
    left = abs(signed) * 10 + signed * (price - 100)
    tier = TIERS[0] if size == "2" else TIERS[1]

    assert told.startswith("about ")
    assert abs(left - (abs(signed) * price * tier.maintenance - tier.deducted)) < Decimal("0.1")


@pytest.mark.parametrize("tiers", [(), TIERS[:1]])
def test_without_the_venues_tier_the_price_is_called_a_guess(tiers):
    there = facts(mode=MarginMode.ISOLATED)
    there = replace(there, margin=replace(there.margin, tiers=tiers))
    order = check_ticket(form("10"), there)

    assert liquidation(order, there).startswith("guessed ")
    assert "tiers are not known" in liquidation(order, there)
