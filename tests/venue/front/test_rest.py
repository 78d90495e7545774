"""The REST door: signatures, clocks, parameters and budgets, in Binance's words."""

from __future__ import annotations

from urllib.parse import quote

import pytest

from fks_desk.core.clock import SystemClock, to_ms
from fks_desk.venue.faults import Faults
from tests.fakes.venue import raw_client, running_venue

ORDER = "/api/v3/order"
LIMIT = {
    "symbol": "BTCUSDT",
    "side": "BUY",
    "type": "LIMIT",
    "timeInForce": "GTC",
    "quantity": "0.01",
    "price": "20000",
}


@pytest.fixture
async def raw(tmp_path):
    async with running_venue(tmp_path) as ready, raw_client(ready) as raw:
        yield raw


def now() -> int:
    return to_ms(SystemClock().now())


async def test_it_answers_pings_and_tells_the_time(raw):
    assert await raw.get("/api/v3/ping") == {}
    assert abs((await raw.get("/api/v3/time"))["serverTime"] - now()) < 2_000


async def test_a_request_needs_a_key_that_is_known(raw):
    query = raw.sign(f"timestamp={now()}")
    for key, code in ((None, -2014), ("bad key!", -2014), ("a" * 64, -2015)):
        status, body, _ = await raw.ask("GET", "/api/v3/account", query, key)

        assert (status, body["code"]) == (401, code)


async def test_a_request_needs_the_right_signature(raw):
    stamp = f"timestamp={now()}"
    key = raw.ready.api_key
    wrong = [
        (f"{stamp}&signature={'0' * 64}", -1022),
        (raw.sign(stamp).replace("timestamp", "recvWindow=9&timestamp"), -1022),
        (stamp, -1102),
        (raw.sign("recvWindow=5000"), -1102),
    ]
    for query, code in wrong:
        status, body, _ = await raw.ask("GET", "/api/v3/account", query, key)

        assert (status, body["code"]) == (400, code)


async def test_the_signature_covers_the_percent_encoded_text(raw):
    encoded = f"symbol=BTCUSDT&origClientOrderId={quote('a:b/c', safe='')}&timestamp={now()}"
    decoded = encoded.replace("%3A", ":").replace("%2F", "/")
    right = raw.sign(encoded)
    over_plain_text = f"{encoded}&{raw.sign(decoded).rpartition('&')[2]}"

    assert (await raw.ask("GET", ORDER, right, raw.ready.api_key))[1]["code"] == -2013
    assert (await raw.ask("GET", ORDER, over_plain_text, raw.ready.api_key))[1]["code"] == -1022


async def test_a_clock_that_is_off_is_told_so(raw):
    for stamp, window, code in (
        (now() - 9_000, 5_000, -1021),
        (now() + 3_000, 5_000, -1021),
        (now(), 70_000, -1131),
        (now() - 9_000, 20_000, None),
    ):
        _, body, _ = await raw.signed("GET", "/api/v3/account", timestamp=stamp, recvWindow=window)

        assert body.get("code") == code


async def test_parameters_are_read_strictly(raw):
    cases = [
        ({"symbol": "NOPE"}, -1121),
        ({"side": "LONG"}, -1117),
        ({"type": "STOP"}, -1116),
        ({"timeInForce": "GTX"}, -1115),
        ({"quantity": "1e5"}, -1100),
        ({"quantity": "-1"}, -1100),
        ({"quantity": "NaN"}, -1100),
        ({"quantity": "0.123456789"}, -1111),
        ({"price": None}, -1102),
        ({"quantity": None}, -1102),
        ({"quantity": "0"}, -1013),
        ({"newClientOrderId": "no spaces"}, -1100),
        ({"newClientOrderId": "x" * 37}, -1100),
        ({"type": "MARKET", "timeInForce": "GTC"}, -1106),
    ]
    for change, code in cases:
        wanted = {name: value for name, value in (LIMIT | change).items() if value is not None}
        status, body, _ = await raw.signed("POST", ORDER, **wanted)

        assert (status, body["code"]) == (400, code), change
    assert (await raw.signed("GET", "/api/v3/openOrders"))[1] == []


async def test_an_order_may_come_in_the_body_as_well(raw):
    query = raw.sign("&".join(f"{k}={v}" for k, v in LIMIT.items()) + f"&timestamp={now()}")
    async with raw.session.post(
        raw.root + ORDER,
        data=query,
        headers={
            "X-MBX-APIKEY": raw.ready.api_key,
            "Content-Type": "application/x-www-form-urlencoded",
        },
    ) as reply:
        body = await reply.json()

    assert (reply.status, body["status"]) == (200, "NEW")
    assert body["fills"] == []


async def test_a_duplicate_id_and_a_gone_order_are_named(raw):
    order = LIMIT | {"newClientOrderId": "twin"}
    first = (await raw.signed("POST", ORDER, **order))[1]
    second = (await raw.signed("POST", ORDER, **order))[1]
    gone = {"symbol": "BTCUSDT", "orderId": first["orderId"]}
    canceled = (await raw.signed("DELETE", ORDER, **gone))[1]
    again = (await raw.signed("DELETE", ORDER, **gone))[1]

    assert second == {"code": -2010, "msg": "Duplicate order sent."}
    assert (canceled["status"], canceled["origClientOrderId"]) == ("CANCELED", "twin")
    assert again == {"code": -2011, "msg": "Unknown order sent."}
    neither = (await raw.signed("GET", ORDER, symbol="BTCUSDT"))[1]
    assert neither["code"] == -1102


async def test_every_open_order_can_be_canceled_at_once(raw):
    for _ in range(3):
        await raw.signed("POST", ORDER, **LIMIT)

    status, body, _ = await raw.signed("DELETE", "/api/v3/openOrders", symbol="BTCUSDT")

    assert status == 200
    assert [item["status"] for item in body] == ["CANCELED"] * 3
    assert (await raw.signed("GET", "/api/v3/account"))[1]["balances"] == [
        {"asset": "USDT", "free": "10000.00000000", "locked": "0.00000000"}
    ]


async def test_klines_keep_binances_rules_of_start_end_and_limit(raw):
    rows = await raw.get("/api/v3/klines", symbol="BTCUSDT", interval="5m", limit=20)
    first, last = rows[3][0], rows[9][0]
    span = {"symbol": "BTCUSDT", "interval": "5m", "startTime": first, "endTime": last}

    assert await raw.get("/api/v3/klines", **span) == rows[3:10]
    assert await raw.get("/api/v3/klines", **span, limit=2) == rows[3:5]
    del span["startTime"]
    assert await raw.get("/api/v3/klines", **span, limit=4) == rows[6:10]
    assert (await raw.get("/api/v3/klines", symbol="BTCUSDT", interval="7m"))["code"] == -1120
    assert len(rows[0]) == 12
    assert rows[0][6] == rows[0][0] + 299_999


async def test_weights_are_counted_and_the_budget_has_an_end(tmp_path):
    async with (
        running_venue(tmp_path, weight_per_minute=50) as ready,
        raw_client(ready) as raw,
    ):
        headers = (await raw.ask("GET", "/api/v3/exchangeInfo"))[2]
        assert headers["X-MBX-USED-WEIGHT-1M"] == "20"
        await raw.ask("GET", "/api/v3/exchangeInfo")
        status, body, headers = await raw.ask("GET", "/api/v3/exchangeInfo")

    assert (status, body["code"]) == (429, -1003)
    assert 1 <= int(headers["Retry-After"]) <= 60


async def test_orders_are_counted_too(raw):
    headers = (await raw.signed("POST", ORDER, **LIMIT))[2]

    assert headers["X-MBX-ORDER-COUNT-10S"] == "1"


async def test_a_wrong_server_clock_is_the_clients_trouble(tmp_path):
    faults = Faults(server_clock_ms=-60_000)
    async with running_venue(tmp_path, faults=faults) as ready, raw_client(ready) as raw:
        served = (await raw.get("/api/v3/time"))["serverTime"]
        body = (await raw.signed("GET", "/api/v3/account"))[1]

    assert served < now() - 50_000
    assert body["code"] == -1021


async def test_tickers_of_one_some_and_all(raw):
    one = await raw.get("/api/v3/ticker/price", symbol="BTCUSDT")
    some = await raw.get("/api/v3/ticker/price", symbols='["BTCUSDT","ADAUSDT"]')

    assert one["symbol"] == "BTCUSDT"
    assert [row["symbol"] for row in some] == ["BTCUSDT", "ADAUSDT"]
    assert len(await raw.get("/api/v3/ticker/bookTicker")) == 5
    assert len(await raw.get("/api/v3/ticker/24hr")) == 5
    assert len(await raw.get("/api/v3/aggTrades", symbol="BTCUSDT", limit=5)) == 5
    assert (await raw.get("/api/v3/depth", symbol="NOPE"))["code"] == -1121


async def test_the_admin_door_opens_to_the_secret_alone(raw):
    status, _, _ = await raw.ask("GET", "/fks/admin/ledger")
    assert status == 403

    await raw.admin("POST", "deposit", {"asset": "BTC", "amount": "0.5"})
    order = (await raw.signed("POST", ORDER, **LIMIT))[1]
    await raw.admin("POST", "cross", {"symbol": "BTC/USDT", "price": "19999"})
    sell = LIMIT | {"side": "SELL", "price": "200000"}
    other = (await raw.signed("POST", ORDER, **sell))[1]
    await raw.admin("POST", "cancel", {"order_id": other["orderId"]})
    dump = await raw.admin("GET", "ledger")

    states = {item["id"]: item["status"] for item in dump["orders"]}
    assert states == {order["orderId"]: "FILLED", other["orderId"]: "CANCELED"}
    assert dump["balances"]["BTC"]["free"] == "0.50999000"
