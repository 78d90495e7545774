"""Serve as much of Kraken and of Binance's futures as the desk reads, on loopback."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Any

from aiohttp import WSMsgType, web

PAIR = {
    "altname": "XBTUSD", "wsname": "XBT/USD", "aclass_base": "currency", "base": "XXBT",
    "aclass_quote": "currency", "quote": "ZUSD", "lot": "unit", "cost_decimals": 5,
    "pair_decimals": 1, "lot_decimals": 8, "lot_multiplier": 1, "leverage_buy": [],
    "leverage_sell": [], "fees": [[0, 0.26]], "fees_maker": [[0, 0.16]],
    "fee_volume_currency": "ZUSD", "ordermin": "0.0001", "costmin": "0.5",
    "tick_size": "0.1", "status": "online",
}  # fmt: skip
ASSETS = {
    name: {"aclass": "currency", "altname": short, "decimals": 10, "status": "enabled"}
    for name, short in (("XXBT", "XBT"), ("ZUSD", "USD"))
}
ROW = [1_700_000_040, "35000.1", "35010.0", "34990.0", "35005.5", "35001.0", "12.5", 42]
TRADE = {
    "symbol": "BTC/USD", "side": "sell", "price": 35001.1, "qty": 0.00000001,
    "ord_type": "market", "trade_id": 4665906, "timestamp": "2023-11-14T22:14:00.708706Z",
}  # fmt: skip
TICKER = {
    "symbol": "BTC/USD", "bid": 35000.0, "bid_qty": 1.5, "ask": 35000.1, "ask_qty": 2.0,
    "last": 35000.1, "volume": 1234.5, "vwap": 35000.0, "low": 34000.0, "high": 36000.0,
    "change": 10.0, "change_pct": 0.25,
}  # fmt: skip
BOOK = {
    "symbol": "BTC/USD", "checksum": 0, "timestamp": "2023-11-14T22:14:00.708706Z",
    "bids": [{"price": 35000.0, "qty": 1.5}, {"price": 34999.9, "qty": 0.00000001}],
    "asks": [{"price": 35000.1, "qty": 2.0}],
}  # fmt: skip
FUTURE = {
    "symbol": "BTCUSDT", "pair": "BTCUSDT", "contractType": "PERPETUAL", "status": "TRADING",
    "baseAsset": "BTC", "quoteAsset": "USDT", "marginAsset": "USDT", "pricePrecision": 2,
    "quantityPrecision": 3, "baseAssetPrecision": 8, "quotePrecision": 8,
    "underlyingType": "COIN", "deliveryDate": 4133404800000, "onboardDate": 1569398400000,
    "filters": [
        {"filterType": "PRICE_FILTER", "minPrice": "0.1", "maxPrice": "9999", "tickSize": "0.10"},
        {"filterType": "LOT_SIZE", "minQty": "0.001", "maxQty": "1000", "stepSize": "0.001"},
        {"filterType": "MIN_NOTIONAL", "notional": "100"},
    ],
    "orderTypes": ["LIMIT"], "timeInForce": ["GTC"],
}  # fmt: skip
PREMIUM = {
    "symbol": "BTCUSDT", "markPrice": "11793.63104562", "indexPrice": "11781.80495970",
    "estimatedSettlePrice": "11781.16138815", "lastFundingRate": "0.00038246",
    "nextFundingTime": 1597392000000, "interestRate": "0.00010000", "time": 1597370495002,
}  # fmt: skip
MARK = {
    "e": "markPriceUpdate", "E": 1597370496000, "s": "BTCUSDT", "p": "11794.15000000",
    "i": "11784.62659091", "P": "11784.25641265", "r": "-0.00038167", "T": 1597392000000,
}  # fmt: skip


def bar(minute: int, close: float) -> dict[str, Any]:
    return {
        "symbol": "BTC/USD", "open": 35000.1, "high": 35010.0, "low": 34990.0, "close": close,
        "trades": 3, "volume": 0.5, "vwap": 35000.0, "interval": 1,
        "interval_begin": f"2023-11-14T22:{minute:02d}:00.000000000Z",
        "timestamp": f"2023-11-14T22:{minute:02d}:30.000000Z",
    }  # fmt: skip


class ForeignExchange:
    """Answer requests and subscriptions; what a channel says is in `said`."""

    def __init__(self) -> None:
        self.said: dict[str, list[dict[str, Any]]] = {
            "trade": [TRADE, {**TRADE, "trade_id": 4665907, "side": "buy"}],
            "ticker": [TICKER],
            "book": [BOOK],
            "ohlc": [bar(14, 35001.0), bar(14, 35002.0), bar(15, 35003.0)],
        }
        self.port = 0
        self.status = 200
        self.asked: list[str] = []

    @property
    def kraken(self) -> dict[str, Any]:
        """Return what leads ccxt's kraken here."""
        rest, socket = f"http://127.0.0.1:{self.port}", f"ws://127.0.0.1:{self.port}/kraken"
        names = ("publicWS", "public", "privateV2", "publicV2", "beta", "betaV2")
        return {
            "rateLimit": 1,
            "urls": {
                "api": {"public": rest, "private": rest, "ws": dict.fromkeys(names, socket)},
            },
            "options": {"watchOrderBook": {"checksum": False}},
        }

    @property
    def futures(self) -> dict[str, Any]:
        """Return what leads ccxt's binanceusdm here."""
        rest, socket = f"http://127.0.0.1:{self.port}", f"ws://127.0.0.1:{self.port}/futures"
        paths = {"fapiPublic": "fapi/v1", "fapiPublicV2": "fapi/v2", "fapiData": "futures/data"}
        api = {name: f"{rest}/{path}" for name, path in paths.items()}
        streams = dict.fromkeys(("future", "linear", "public", "market"), socket)
        return {"rateLimit": 1, "urls": {"api": {**api, "ws": streams}}}

    async def answer(self, request: web.Request) -> web.StreamResponse:
        if request.headers.get("Upgrade", "").lower() == "websocket":
            is_kraken = request.path.startswith("/kraken")
            return await (self._kraken(request) if is_kraken else self._futures(request))
        self.asked.append(request.path)
        if self.status != 200:
            return web.json_response({"error": ["EGeneral:Down"]}, status=self.status)
        return web.json_response(self._body(request.path))

    def _body(self, path: str) -> Any:
        name = path.rpartition("/")[2]
        if path.startswith("/0/"):
            rows = [[ROW[0] + 60 * n, *ROW[1:]] for n in range(3)]
            found = {
                "AssetPairs": {"XXBTZUSD": PAIR},
                "Assets": ASSETS,
                "OHLC": {"XXBTZUSD": rows, "last": rows[-1][0]},
                "Time": {"unixtime": 1_700_000_000, "rfc1123": ""},
            }
            return {"error": [], "result": found[name]}
        return {
            "exchangeInfo": {"symbols": [FUTURE], "rateLimits": []},
            "premiumIndex": PREMIUM,
            "openInterest": {"openInterest": "10659.509", "symbol": "BTCUSDT", "time": 1},
            "depth": {"lastUpdateId": 1, "E": 1, "bids": [["1.0", "1"]], "asks": [["2.0", "1"]]},
            "klines": [],
        }.get(name, {})

    async def _kraken(self, request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        async for message in socket:
            if message.type is not WSMsgType.TEXT:
                continue
            asked = message.json()
            if asked.get("method") != "subscribe":
                continue
            channel = asked["params"]["channel"]
            for number, said in enumerate(self.said[channel]):
                kind = "update" if number or channel == "trade" else "snapshot"
                await socket.send_json({"channel": channel, "type": kind, "data": [said]})
                # One message for each turn of the reader: ccxt keeps the newest state alone.
                await asyncio.sleep(0.05)
        return socket

    async def _futures(self, request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        async for message in socket:
            if message.type is WSMsgType.TEXT:
                await socket.send_json({"result": None, "id": message.json()["id"]})
                await socket.send_json(MARK)
        return socket


@contextlib.asynccontextmanager
async def foreign_exchange() -> AsyncIterator[ForeignExchange]:
    """Serve until the block ends."""
    exchange = ForeignExchange()
    app = web.Application()
    app.router.add_route("*", "/{tail:.*}", exchange.answer)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    exchange.port = runner.addresses[0][1]
    try:
        yield exchange
    finally:
        await runner.cleanup()
