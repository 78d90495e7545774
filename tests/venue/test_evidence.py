"""What a crash drill may rely on: the venue's own count of what was sent, placed and filled."""

from __future__ import annotations

import contextlib

import aiohttp
import msgspec

from fks_desk.core.clock import SystemClock, to_ms
from fks_desk.venue.evidence import Evidence
from fks_desk.venue.faults import FaultAction, FaultRule, Faults
from tests.fakes.venue import raw_client, running_venue

ORDER = "/api/v3/order"
BUY = {"symbol": "BTCUSDT", "side": "BUY", "type": "MARKET", "quantity": "0.01"}


async def gathered(raw, since_ms: int) -> Evidence:
    answer = await raw.admin("POST", "evidence", {"since_ms": since_ms})
    return msgspec.convert(answer, Evidence, strict=False)


async def test_each_wish_is_counted_as_sent_and_as_placed(tmp_path):
    lost = FaultRule(on="POST /api/v3/order", action=FaultAction.ACCEPT_THEN_RESET, nth=1)
    never = FaultRule(on="POST /api/v3/order", action=FaultAction.RESET, nth=2)
    script = Faults(rules=(lost, never))
    begun = to_ms(SystemClock().now())
    async with running_venue(tmp_path, faults=script) as ready, raw_client(ready) as raw:
        for name in ("answer lost", "never came", "plain"):
            with contextlib.suppress(aiohttp.ClientError):
                await raw.signed("POST", ORDER, **BUY, newClientOrderId=name.replace(" ", "-"))
        found = await gathered(raw, begun)
        later = await gathered(raw, to_ms(SystemClock().now()) + 60_000)

    placed = {item.client_id: len(item.orders) for item in found.orders}
    assert placed["answer-lost"] == placed["plain"] == 1
    assert placed.get("never-came", 0) == 0
    assert found.doubled == []
    assert found.is_balanced
    assert {fill.client_id for fill in found.fills} == {"answer-lost", "plain"}
    assert (later.orders, later.fills) == ([], [])


async def test_a_wish_that_was_sent_twice_is_named(tmp_path):
    async with running_venue(tmp_path) as ready, raw_client(ready) as raw:
        for _ in range(2):
            await raw.signed("POST", ORDER, **BUY, newClientOrderId="again")
        found = await gathered(raw, 0)

    assert [(item.client_id, item.sent) for item in found.doubled] == [("again", 2)]
    assert len(found.doubled[0].orders) == 2
