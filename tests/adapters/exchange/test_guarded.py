"""Nothing is signed for, sent to or dialled at a machine that is not the exchange's own."""

from __future__ import annotations

import pytest

from fks_desk.adapters.exchange import library
from fks_desk.adapters.exchange.gate import Gate
from fks_desk.adapters.exchange.hosts import StrangeHost, hosts_of, require_own
from fks_desk.adapters.exchange.options import LOOPBACK, Credentials, ExchangeOptions, Site
from fks_desk.core.clock import SystemClock
from fks_desk.core.errors import ConfigError, OrderRefused
from fks_desk.core.model import AccountId, VenueId
from fks_desk.core.secret import Secret

ELSEWHERE = "https://api.binance.com.evil.example/api/v3"


def a_client(exchange: str, site: Site, *, is_signing: bool = True):
    options = ExchangeOptions(
        exchange=exchange,
        venue=VenueId(exchange),
        account=AccountId("main"),
        credentials=Credentials(key=Secret("canary-key"), secret=Secret("canary-secret")),
        site=site,
        hosts=hosts_of(exchange, site),
    )
    gate = Gate(venue=exchange, clock=SystemClock())
    return library.open_client(options, gate, is_signing=is_signing)


@pytest.mark.parametrize("site", Site)
@pytest.mark.parametrize("exchange", ["binance", "binanceusdm"])
async def test_each_site_signs_for_its_own_machines(exchange, site):
    client = a_client(exchange, site)
    name = "private" if exchange == "binance" else "fapiPrivate"
    signed = client.sign("order", [name], "GET", {"symbol": "BTCUSDT"})

    require_own(signed["url"], hosts_of(exchange, site), exchange)
    assert "signature=" in signed["url"]
    await client.close()


async def test_real_and_practice_machines_have_nothing_in_common():
    for exchange in ("binance", "binanceusdm"):
        assert not hosts_of(exchange, Site.REAL) & hosts_of(exchange, Site.TEST)


async def test_a_changed_address_is_refused_before_anything_is_signed(monkeypatch):
    client = a_client("binance", Site.REAL)
    client.urls["api"]["private"] = ELSEWHERE
    signed = []
    monkeypatch.setattr(client, "hmac", lambda *args, **named: signed.append(args))
    with pytest.raises(StrangeHost, match=r"nothing signed for binance goes to api\.binance\.com"):
        client.sign("order", ["private"], "POST", {"symbol": "BTCUSDT"})

    assert signed == []
    await client.close()


async def test_the_private_stream_is_not_signed_on_elsewhere(monkeypatch):
    client = a_client("binance", Site.REAL)
    client.urls["api"]["ws"]["ws-api"]["spot"] = "wss://evil.example/ws-api/v3"
    with pytest.raises(StrangeHost):
        client.sign_params({})
    with pytest.raises(StrangeHost):
        client.client("wss://evil.example/ws-api/v3")
    await client.close()


async def test_a_client_with_a_key_fetches_from_nowhere_else():
    client = a_client("binance", Site.REAL)
    with pytest.raises(StrangeHost):
        await client.fetch("https://evil.example/", "GET")
    await client.close()


async def test_an_order_for_elsewhere_was_surely_not_sent(desk):
    client = desk.connection.broker._sending._client
    client.urls["api"]["private"] = ELSEWHERE
    with pytest.raises(OrderRefused, match="was not sent: nothing signed for"):
        await desk.broker.submit(desk.intent())

    assert await desk.posts() == 0


def test_what_is_signed_is_encrypted_too():
    with pytest.raises(StrangeHost, match="unencrypted"):
        require_own("http://api.binance.com/api", frozenset({"api.binance.com"}), "binance")
    require_own("http://127.0.0.1:5/api", LOOPBACK, "demo")


def test_accounts_are_opened_at_exchanges_whose_machines_are_known():
    with pytest.raises(ConfigError, match="binance, binanceusdm, was 'kraken'"):
        hosts_of("kraken", Site.REAL)


def test_whoever_names_no_machines_signs_for_this_one_alone():
    options = ExchangeOptions(venue=VenueId("binance"))

    assert options.hosts == LOOPBACK
