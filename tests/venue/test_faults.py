"""The fault script: what is lost, and what was done all the same."""

from __future__ import annotations

import asyncio
import json
import re
from pathlib import Path

import aiohttp
import pytest

from fks_desk.core.errors import ConfigError
from fks_desk.venue.faults import (
    FaultAction,
    FaultRule,
    Faults,
    FrameAction,
    OutageKind,
    check_calls,
    read_faults,
)
from fks_desk.venue.front.endpoints import call_names
from tests.fakes.venue import raw_client, running_venue
from tests.venue.front.test_rest import LIMIT, ORDER

POST = "POST /api/v3/order"


@pytest.fixture
async def raw(tmp_path):
    async with running_venue(tmp_path) as ready, raw_client(ready) as raw:
        yield raw


async def load(raw, *rules: FaultRule, **script) -> None:
    import msgspec

    faults = Faults(rules=rules, **script)
    await raw.admin("POST", "faults", json.loads(msgspec.json.encode(faults)))


async def place(raw, client_id: str):
    return await raw.signed("POST", ORDER, **LIMIT, newClientOrderId=client_id)


async def known(raw, client_id: str) -> bool:
    body = (await raw.signed("GET", ORDER, symbol="BTCUSDT", origClientOrderId=client_id))[1]
    return body.get("code") != -2013


async def test_a_reply_may_be_lost_after_the_order_was_taken(raw):
    await load(raw, FaultRule(on=POST, nth=2, action=FaultAction.ACCEPT_THEN_RESET))

    assert (await place(raw, "a"))[0] == 200
    with pytest.raises(aiohttp.ClientError):
        await place(raw, "b")
    assert (await place(raw, "c"))[0] == 200
    assert await known(raw, "b")
    entries = (await raw.admin("GET", "ledger"))["requests"]
    assert [item["client_id"] for item in entries if item["method"] == "POST"] == ["a", "b", "c"]


async def test_a_connection_may_die_before_the_order_was_read(raw):
    await load(raw, FaultRule(on=POST, action=FaultAction.RESET))

    with pytest.raises(aiohttp.ClientError):
        await place(raw, "a")
    assert not await known(raw, "a")


@pytest.mark.parametrize(
    ("action", "status", "is_done"),
    [
        (FaultAction.HTML502, 502, False),
        (FaultAction.HTML502_ACCEPTED, 502, True),
        (FaultAction.EMPTY_ACCEPTED, 200, True),
    ],
)
async def test_a_proxy_may_answer_instead(raw, action, status, is_done):
    await load(raw, FaultRule(on=POST, action=action))

    reply = await place(raw, "a")

    assert reply[0] == status
    assert await known(raw, "a") is is_done


async def test_half_a_reply_is_no_json(raw):
    await load(raw, FaultRule(on=POST, action=FaultAction.TRUNCATE_ACCEPTED))

    with pytest.raises(json.JSONDecodeError):
        await place(raw, "a")
    assert await known(raw, "a")


async def test_an_error_of_choice_comes_back(raw):
    await load(
        raw,
        FaultRule(on=POST, action=FaultAction.ERROR, status=503, code=-1008, text="busy"),
    )

    assert (await place(raw, "a"))[:2] == (503, {"code": -1008, "msg": "busy"})


async def test_a_reply_may_come_too_late(raw):
    await load(raw, FaultRule(on=POST, action=FaultAction.DELAY_REPLY, seconds=0.5))

    with pytest.raises(TimeoutError):
        await asyncio.wait_for(place(raw, "a"), 0.2)
    assert await known(raw, "a")


async def test_queries_may_lag_behind_the_book(raw):
    await load(raw, query_lag_s=0.4)

    await place(raw, "a")
    assert not await known(raw, "a")
    assert (await raw.signed("GET", "/api/v3/openOrders"))[1] == []
    await asyncio.sleep(0.5)
    assert await known(raw, "a")


async def test_a_ban_covers_everything_and_ends(raw):
    await load(raw, ban_s=0.3)

    status, body, headers = await raw.ask("GET", "/api/v3/ping")
    assert (status, body["code"], headers["Retry-After"]) == (418, -1003, "1")
    assert (await place(raw, "a"))[0] == 418
    await asyncio.sleep(0.4)
    assert (await raw.ask("GET", "/api/v3/ping"))[0] == 200


async def test_scripts_are_read_from_toml_and_json(tmp_path):
    toml, text, bad = tmp_path / "a.toml", tmp_path / "a.json", tmp_path / "b.toml"
    toml.write_text(
        'query_lag_s = 5\n[[rules]]\non = "POST /api/v3/order"\nnth = 3\n'
        'action = "accept_then_reset"\n'
    )
    text.write_text('{"mute_user": true}')
    bad.write_text("querylag = 5")

    rule = FaultRule(on=POST, nth=3, action=FaultAction.ACCEPT_THEN_RESET)
    assert read_faults(toml) == Faults(query_lag_s=5.0, rules=(rule,))
    assert read_faults(text) == Faults(mute_user=True)
    for path in (bad, tmp_path / "none.toml"):
        with pytest.raises(ConfigError, match="fault script"):
            read_faults(path)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('[[rules]]\non = "POST /api/v3/order"\naction = "forget"',
         "rules, entry 1, action: Invalid enum value 'forget', known are reset, accept_then_reset"),
        ('[[rules]]\non = "order"\naction = "reset"', "on must name a call such as"),
        ('[[frames]]\non = "trades"\naction = "drop"', "on must name a stream such as"),
        ('[[frames]]\non = "*"\naction = "drop"\nnth = 1\nevery = 2', "name one of them"),
        ('[[frames]]\non = "*"\naction = "drop"\nchance = 2.0', "at most 1, was 2.0"),
        ('[[outages]]\nkind = "cut"\nagain_s = 5', "needs 0 < for_s < again_s, were 0.0 and 5"),
        ('[[outages]]\nkind = "clock"', "a wrong clock needs milliseconds"),
        ('[[outages]]\nkind = "cut"\nfrom_s = -1', "entry 1: from_s must be zero or more, was -1"),
    ],
)  # fmt: skip
def test_a_wrong_line_is_named_with_what_would_be_right(tmp_path, text, words):
    path = tmp_path / "script.toml"
    path.write_text(text)

    with pytest.raises(ConfigError, match=re.escape(words)):
        read_faults(path)


def test_a_rule_for_no_call_of_the_exchange_is_named():
    script = Faults(rules=(FaultRule(on="POST /api/v3/ordering", action=FaultAction.RESET),))

    with pytest.raises(ConfigError, match=r"rule 1 .* did you mean 'POST /api/v3/order'"):
        check_calls(script, call_names())
    check_calls(Faults(rules=(FaultRule(on="*", action=FaultAction.RESET),)), call_names())


def test_a_rule_counts_calls():
    every = FaultRule(on=POST, every=3, action=FaultAction.RESET)
    once = FaultRule(on=POST, nth=2, action=FaultAction.RESET)

    assert [count for count in range(1, 10) if every.hits(count)] == [3, 6, 9]
    assert [count for count in range(1, 10) if once.hits(count)] == [2]


def test_the_script_in_the_documents_can_be_played_and_every_word_is_there(tmp_path):
    page = (Path(__file__).parents[2] / "resources/docs/outages.md").read_text()
    script = tmp_path / "outage.toml"
    script.write_text(page.partition("```toml\n")[2].partition("```")[0])
    faults = read_faults(script)
    check_calls(faults, call_names())

    assert (len(faults.rules), len(faults.frames), len(faults.outages)) == (2, 1, 1)
    for kind in (FaultAction, FrameAction, OutageKind):
        assert [word.value for word in kind if f"`{word.value}`" not in page] == []
