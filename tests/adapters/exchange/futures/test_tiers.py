"""What a venue wants kept behind a position is read from the venue, tier by tier."""

from __future__ import annotations

from decimal import Decimal

import pytest

from fks_desk.adapters.exchange.futures import wire
from fks_desk.core.model import Side
from fks_desk.venue.faults import FaultAction, FaultRule
from fks_desk.venue.perpetual.margin import BRACKETS
from tests.adapters.exchange.places import USDM, opened

CALL = "GET /fapi/v1/leverageBracket"


async def test_a_positions_line_carries_the_venues_tiers(tmp_path):
    async with opened(USDM, tmp_path) as place:
        await place.broker.submit(place.intent(Side.SELL))
        (line,) = await place.connection.account.margins()

        assert [tier.cap for tier in line.tiers] == [one.cap for one in BRACKETS]
        assert [tier.maintenance for tier in line.tiers] == [one.maintenance for one in BRACKETS]
        assert line.tier_of(Decimal(600_000)) == line.tiers[1]
        assert line.tier_of(Decimal("1e15")) is None


@pytest.mark.parametrize("action", [FaultAction.HTML502, FaultAction.GARBAGE, FaultAction.ERROR])
async def test_positions_are_read_although_the_tiers_cannot_be(tmp_path, action):
    async with opened(USDM, tmp_path) as place:
        await place.script(FaultRule(on=CALL, action=action))
        (line,) = await place.connection.account.margins()

        assert line.tiers == ()


def test_tiers_come_smallest_first_and_nonsense_is_unreadable():
    rows = [
        {"notionalCap": "200", "maintMarginRatio": "0.02", "cum": "1"},
        {"notionalCap": "100", "maintMarginRatio": "0.01", "cum": "0"},
    ]

    assert [tier.cap for tier in wire.tiers({"brackets": rows})] == [100, 200]
    with pytest.raises(ValueError, match="maintenance"):
        wire.tiers({"brackets": [{**rows[0], "maintMarginRatio": "1.5"}]})
