"""Serve Binance-shaped streams of many symbols at a steady rate, and count what was sent.

usage: python stream_server.py MESSAGES_PER_SECOND_AND_SYMBOL
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections import Counter

from aiohttp import WSMsgType, web

MINUTE_MS = 60_000
KINDS = ("trade", "trade", "trade", "depth@100ms", "kline_1m", "ticker")


class StreamServer:
    """Hold the sockets; each symbol gets its messages in turns, three trades of six.

    Trades have numbers of their own without a gap, so that one that is missing shows.
    """

    def __init__(self, rate: float) -> None:
        self.rate = rate
        self.sent: Counter[str] = Counter()
        self.wanted: dict[str, web.WebSocketResponse] = {}
        self.is_muted = False
        self.number = 0
        self.trades = 0

    async def socket(self, request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        async for message in socket:
            if message.type is not WSMsgType.TEXT:
                continue
            asked = json.loads(message.data)
            for name in asked.get("params", []):
                if asked["method"] == "SUBSCRIBE":
                    self.wanted[name] = socket
                else:
                    self.wanted.pop(name, None)
            await socket.send_json({"result": None, "id": asked["id"]})
        return socket

    async def told(self, request: web.Request) -> web.Response:
        self.is_muted = request.query.get("mute") == "1"
        return web.json_response(dict(self.sent))

    async def depth(self, _request: web.Request) -> web.Response:
        snapshot = {"lastUpdateId": self.number, "bids": [["1.0", "5"]], "asks": [["2.0", "5"]]}
        return web.json_response(snapshot)

    async def run(self) -> None:
        turn, began = 0, time.monotonic()
        while True:
            due = int((time.monotonic() - began) * self.rate)
            while turn < due and not self.is_muted:
                await self._turn(KINDS[turn % len(KINDS)])
                turn += 1
            if self.is_muted:
                turn = due
            await asyncio.sleep(0.005)

    async def _turn(self, kind: str) -> None:
        """Send one message of the kind for every symbol."""
        self.number += 1
        self.trades += kind == "trade"
        for name, socket in list(self.wanted.items()):
            symbol, _, what = name.partition("@")
            if what == kind and not socket.closed:
                self.sent[kind] += 1
                await socket.send_str(self._frame(symbol.upper(), kind))

    def _frame(self, symbol: str, kind: str) -> str:
        number, now = self.number, int(time.time() * 1000)
        if kind == "trade":
            return (
                f'{{"e":"trade","E":{now},"s":"{symbol}","t":{self.trades},"p":"1.50000000",'
                f'"q":"0.01000000","T":{now},"m":true,"M":true}}'
            )
        if kind == "kline_1m":
            opened = now // MINUTE_MS * MINUTE_MS
            return (
                f'{{"e":"kline","E":{now},"s":"{symbol}","k":{{"t":{opened},"T":{opened + 59_999},'
                f'"s":"{symbol}","i":"1m","o":"1.5","c":"1.5","h":"1.5","l":"1.5","v":"9",'
                f'"x":false}}}}'
            )
        if kind == "ticker":
            return (
                f'{{"e":"24hrTicker","E":{now},"s":"{symbol}","c":"1.5","b":"1.0","a":"2.0",'
                f'"P":"0.1","v":"7"}}'
            )
        first = number - len(KINDS) + 1
        return (
            f'{{"e":"depthUpdate","E":{now},"s":"{symbol}","U":{first},"u":{number},'
            f'"b":[["1.0{number % 10}","3"]],"a":[["2.0{number % 10}","3"]]}}'
        )


async def main(rate: float) -> None:
    server = StreamServer(rate)
    app = web.Application()
    app.router.add_get("/told", server.told)
    app.router.add_get("/api/v3/depth", server.depth)
    app.router.add_get("/{tail:.*}", server.socket)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    sys.stdout.write(f"{runner.addresses[0][1]}\n")
    sys.stdout.flush()
    await server.run()


if __name__ == "__main__":
    asyncio.run(main(float(sys.argv[1])))
