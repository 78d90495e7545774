"""The whole exchange with its real client, `ccxt.pro.binance`, over loopback."""

from __future__ import annotations

import asyncio
import itertools
from decimal import Decimal

import pytest
from ccxt.base import errors as ccxt_errors

from fks_desk.core.clock import SystemClock, to_ms
from fks_desk.core.errors import ConfigError
from fks_desk.core.model import Timeframe
from fks_desk.venue.market.replay import ReplayOptions
from tests.fakes.venue import candles, ccxt_client, raw_client, running_venue

BTC = "BTC/USDT"
BUSY = 60.0  # public trades a second, so that the tests need not wait for them


@pytest.fixture
async def ready(tmp_path):
    async with running_venue(tmp_path, message_rate=BUSY) as ready:
        yield ready


@pytest.fixture
async def client(ready):
    async with ccxt_client(ready) as client:
        yield client


async def soon(awaitable):
    return await asyncio.wait_for(awaitable, 30)


async def test_the_market_is_loaded_with_its_filters(client):
    markets = await client.load_markets()

    assert list(markets) == [BTC, "ETH/USDT", "BNB/USDT", "ADA/USDT", "SOL/USDT"]
    assert markets[BTC]["precision"]["price"] == 0.01
    assert markets[BTC]["limits"]["cost"]["min"] == 5.0
    assert (await client.fetch_trading_fees())[BTC]["taker"] == 0.001
    assert (await client.fetch_status())["status"] == "ok"


async def test_candles_of_every_length_come_and_join_without_a_gap(client):
    await client.load_markets()
    for timeframe in ("1m", "5m", "1h", "4h", "1d"):
        rows = await client.fetch_ohlcv(BTC, timeframe, limit=500)

        step = client.parse_timeframe(timeframe) * 1000
        assert len(rows) == 500
        assert {later[0] - row[0] for row, later in itertools.pairwise(rows)} == {step}
        assert rows[-1][0] <= to_ms(SystemClock().now()) < rows[-1][0] + step
        again = await client.fetch_ohlcv(BTC, timeframe, since=rows[100][0], limit=50)
        assert again == rows[100:150]


async def test_quotes_agree_with_one_another(client):
    await client.load_markets()
    book = await client.fetch_order_book(BTC, 20)
    ticker = await client.fetch_ticker(BTC)
    tickers = await client.fetch_tickers()
    trades = await client.fetch_trades(BTC, limit=50)

    assert len(book["bids"]) == len(book["asks"]) == 20
    assert book["bids"][0][0] < book["asks"][0][0]
    assert ticker["low"] <= ticker["last"] <= ticker["high"]
    assert len(tickers) == 5
    assert len(trades) == 50
    assert abs(trades[-1]["price"] / ticker["last"] - 1) < 0.01


async def test_a_day_of_trading_over_rest(client):
    await client.load_markets()
    assert (await client.fetch_balance())["USDT"]["free"] == 10_000

    bought = await client.create_order(BTC, "market", "buy", 0.05)
    assert (bought["status"], bought["filled"]) == ("closed", 0.05)
    assert bought["fee"] == {"currency": "BTC", "cost": 0.00005}

    low = client.price_to_precision(BTC, bought["average"] * 0.8)
    resting = await client.create_order(
        BTC, "limit", "buy", 0.01, low, {"newClientOrderId": "my-1"}
    )
    found = await client.fetch_order(None, BTC, {"origClientOrderId": "my-1"})
    assert (found["id"], found["status"]) == (resting["id"], "open")
    assert [order["id"] for order in await client.fetch_open_orders(BTC)] == [resting["id"]]
    assert (await client.fetch_balance())["USDT"]["used"] == pytest.approx(float(low) / 100)

    canceled = await client.cancel_order(resting["id"], BTC)
    assert canceled["status"] == "canceled"
    assert await client.fetch_open_orders(BTC) == []
    assert [order["status"] for order in await client.fetch_orders(BTC)] == ["closed", "canceled"]
    fills = await client.fetch_my_trades(BTC)
    assert sum(Decimal(str(fill["amount"])) for fill in fills) == Decimal("0.05")
    assert {fill["order"] for fill in fills} == {bought["id"]}
    since = await client.fetch_my_trades(BTC, since=fills[0]["timestamp"])
    assert len(since) == len(fills)


async def test_what_breaks_a_rule_is_refused_in_binances_words(client):
    await client.load_markets()
    refusals = [
        (ccxt_errors.BadRequest, "-1013.*NOTIONAL", ("limit", "buy", 0.00002, 50_000)),
        (ccxt_errors.InsufficientFunds, "insufficient balance", ("limit", "buy", 9, 50_000)),
        (ccxt_errors.InsufficientFunds, "insufficient balance", ("market", "sell", 1, None)),
    ]
    for kind, words, order in refusals:
        with pytest.raises(kind, match=words):
            await client.create_order(BTC, *order)
    with pytest.raises(ccxt_errors.OrderNotFound, match="-2011"):
        await client.cancel_order("99", BTC)
    with pytest.raises(ccxt_errors.OrderNotFound, match="-2013"):
        await client.fetch_order("99", BTC)
    assert await client.fetch_orders(BTC) == []


async def test_market_streams_reach_the_client(client):
    await client.load_markets()

    async def candle():
        while not (rows := await client.watch_ohlcv(BTC, "1m")):
            pass
        return rows[-1]

    row, trades, ticker, tickers, quotes = await soon(
        asyncio.gather(
            candle(),
            client.watch_trades("ETH/USDT"),
            client.watch_ticker("SOL/USDT", {"name": "ticker"}),
            client.watch_tickers(None),
            client.watch_bids_asks([BTC]),
        )
    )
    assert row[3] <= row[4] <= row[2]
    assert trades[-1]["symbol"] == "ETH/USDT"
    assert ticker["bid"] < ticker["ask"]
    assert len(tickers) == 5
    assert quotes[BTC]["bid"] < quotes[BTC]["ask"]


async def test_the_streamed_book_equals_the_venues_at_every_shared_number(client):
    await client.load_markets()
    compared = 0
    for _ in range(30):
        streamed = await soon(client.watch_order_book(BTC))
        shown = await client.fetch_order_book(BTC, 50)
        if streamed["nonce"] == shown["nonce"]:
            for side in ("bids", "asks"):
                assert [list(level) for level in streamed[side][:50]] == shown[side]
            compared += 1
        if compared == 3:
            return
    pytest.fail("the stream and the snapshot never met at one number")


async def test_the_user_stream_tells_of_orders_fills_and_balances(client):
    await client.load_markets()
    orders = asyncio.create_task(client.watch_orders())
    fills = asyncio.create_task(client.watch_my_trades())
    balance = asyncio.create_task(client.watch_balance())
    await asyncio.sleep(1.0)  # the subscription is on its way

    placed = await client.create_order(BTC, "market", "buy", 0.001)

    assert (await soon(orders))[-1]["id"] == placed["id"]
    fill = (await soon(fills))[-1]
    assert (fill["order"], fill["takerOrMaker"]) == (placed["id"], "taker")
    assert fill["fee"]["currency"] == "BTC"
    assert (await soon(balance))["BTC"]["free"] == 0.000999


async def test_a_restart_keeps_account_orders_and_keys(tmp_path):
    async with running_venue(tmp_path) as first, ccxt_client(first) as client:
        await client.load_markets()
        bought = await client.create_order(BTC, "market", "buy", 0.02)
        low = client.price_to_precision(BTC, bought["average"] * 0.7)
        resting = await client.create_order(BTC, "limit", "buy", 0.01, low)
        before = await client.fetch_balance()
        history = await client.fetch_ohlcv(BTC, "5m", limit=10)
    async with running_venue(tmp_path) as second, ccxt_client(second) as client:
        await client.load_markets()
        assert (second.api_key, second.uid) == (first.api_key, first.uid)
        assert (await client.fetch_balance())["total"] == before["total"]
        assert [order["id"] for order in await client.fetch_open_orders(BTC)] == [resting["id"]]
        again = await client.fetch_ohlcv(BTC, "5m", since=history[0][0], limit=9)
        assert again == history[:9]
        newer = await client.create_order(BTC, "market", "buy", 0.001)
        assert int(newer["id"]) > int(resting["id"])
    assert (tmp_path / "keys.json").stat().st_mode & 0o077 == 0
    assert first.secret not in repr(first)


async def test_a_replayed_candle_fills_a_limit_when_its_price_crosses(tmp_path):
    rows = [(100.0, 101.0, 99.0, 100.0)] * 20 + [(100.0, 100.0, 90.0, 95.0)] * 6
    replay = ReplayOptions(
        symbol="XYZ/USDT", timeframe=Timeframe.M5, frame=candles(rows), live_candles=8, speed=600
    )
    async with running_venue(tmp_path, replay=replay) as ready, ccxt_client(ready) as client:
        assert list(await client.load_markets()) == ["XYZ/USDT"]
        order = await client.create_order("XYZ/USDT", "limit", "buy", 2, 92.0)
        assert order["status"] == "open"
        while order["status"] == "open":
            await asyncio.sleep(0.05)
            order = await soon(client.fetch_order(order["id"], "XYZ/USDT"))

        fill = (await client.fetch_my_trades("XYZ/USDT"))[0]
        assert (fill["price"], fill["takerOrMaker"]) == (92.0, "maker")
        assert replay.frame.time[20] <= fill["timestamp"]
        assert fill["timestamp"] <= replay.frame.time[-1] + 300_000
        hours = await client.fetch_ohlcv("XYZ/USDT", "1h")
        assert hours[0][1] == 100.0
        assert await client.fetch_ohlcv("XYZ/USDT", "1m") == []


async def test_a_taken_port_is_one_clear_sentence(tmp_path, ready):
    with pytest.raises(ConfigError, match=f"Port {ready.port} on 127.0.0.1 cannot be used"):
        async with running_venue(tmp_path / "other", port=ready.port):
            pass


async def test_an_unknown_pair_is_one_clear_sentence(tmp_path):
    with pytest.raises(ConfigError, match="does not list 'ABC/USDT'"):
        async with running_venue(tmp_path, symbols=("ABC/USDT",)):
            pass


async def test_the_ledger_behind_it_all_adds_up(client, ready):
    await client.load_markets()
    await client.create_order(BTC, "market", "buy", 0.05, None, {"newClientOrderId": "one"})
    async with raw_client(ready) as raw:
        dump = await raw.admin("GET", "ledger")

    for asset in ("BTC", "USDT"):
        held = dump["balances"][asset]
        parts = (held["free"], held["locked"], dump["fees"].get(asset, 0), dump["market"][asset])
        assert sum(map(Decimal, parts)) == Decimal(dump["deposits"].get(asset, 0))
    posts = [item for item in dump["requests"] if item["method"] == "POST"]
    assert [item["client_id"] for item in posts] == ["one"]
