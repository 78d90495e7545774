"""Real sessions become the same candles, trades and books by the hot lane and by ccxt."""

from __future__ import annotations

import asyncio
import json
from contextlib import aclosing
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from types import SimpleNamespace
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from fks_desk.adapters.exchange.gate import Gate
from fks_desk.adapters.exchange.library import open_client
from fks_desk.adapters.exchange.market import ExchangeMarket
from fks_desk.adapters.exchange.options import ExchangeOptions
from fks_desk.adapters.exchange.streams import Streams
from fks_desk.core.clock import SteppedClock
from fks_desk.core.model import Instrument, InstrumentKind, Timeframe, VenueId
from tests.fakes.market import until
from tests.fakes.recordings import Received, session

SESSIONS = {
    "BINANCE": ("binance", "spot"),
    "BINANCE_FUTURES": ("binanceusdm", "linear"),
}
NOW = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture(params=sorted(SESSIONS))
def played(request, real_data):
    exchange, kind = SESSIONS[request.param]
    return Played(session(real_data, request.param), exchange, kind)


class Played:
    """Know what a session lists, and replay it."""

    def __init__(self, received: list[Received], exchange: str, kind: str) -> None:
        self.received, self.exchange, self.kind = received, exchange, kind
        info = next(one for one in received if "exchangeInfo" in one.url)
        self.info = json.loads(info.text)
        self.snapshots = {_symbol(one): one for one in received if "/depth?" in one.url}
        self.frames = [one for one in received if not one.url and '"stream"' in one.text]

    @property
    def instruments(self) -> list[Instrument]:
        rows = [row for row in self.info["symbols"] if row["symbol"] in self.snapshots]
        return [
            Instrument(
                venue=VenueId("v"),
                kind=InstrumentKind(self.kind),
                symbol=f"{row['baseAsset']}/{row['quoteAsset']}",
                base=row["baseAsset"],
                quote=row["quoteAsset"],
                settle=row["quoteAsset"],
                tick=Decimal("0.00000001"),
                lot=Decimal("0.00000001"),
            )
            for row in rows
        ]


class Silent:
    """Be a ccxt object without a network: snapshots come when the replay reaches them."""

    def __init__(self, played: Played) -> None:
        self.clients: dict[str, Any] = {}
        self.answers = {name: asyncio.Event() for name in played.snapshots}
        self.asked: set[str] = set()
        self._played = played

    def request_id(self, _url):
        return 1

    def get_ws_url(self, _kind, group):
        return f"ws://v/{group}"

    async def watch_multiple(self, *_asked):
        await asyncio.Event().wait()

    async def publicGetDepth(self, params):
        self.asked.add(params["symbol"])
        await self.answers[params["symbol"]].wait()
        return json.loads(self._played.snapshots[params["symbol"]].text)


class Ours:
    """Read a session by the desk's own market source."""

    def __init__(self, played: Played, *, is_hot: bool) -> None:
        self.played, self.client = played, Silent(played)
        clock = SteppedClock(NOW)
        self.streams = Streams(venue="v", clock=clock, quiet_limit_s=60, is_hot=is_hot)
        self.streams.attach(self.client)
        options = ExchangeOptions(venue=VenueId("v"), prints="aggTrade", is_hot=is_hot)
        self.market = ExchangeMarket(
            options=options, clock=clock, client=self.client, streams=self.streams
        )
        self.got: dict[tuple[str, str], list[Any]] = {}

    async def play(self) -> None:
        readers = [
            asyncio.get_running_loop().create_task(self._collect(one.symbol, kind, stream))
            for one in self.played.instruments
            for kind, stream in (
                ("candles", self.market.candles(one, Timeframe.M1)),
                ("trades", self.market.trades(one)),
                ("books", self.market.books(one)),
            )
        ]
        await until(lambda: len(self.streams.arrivals.boxes) == len(readers), 30)
        for one in self.played.received:
            if "/depth?" in one.url:
                await self._answer(_symbol(one))
            elif not one.url and '"stream"' in one.text:
                self._hear(one.text)
        await until(self._is_read, 30)
        for reader in readers:
            reader.cancel()
        await asyncio.gather(*readers, return_exceptions=True)
        await self.streams.close()

    def _hear(self, text: str) -> None:
        connection = SimpleNamespace(url="ws://v")
        arrivals = self.streams.arrivals
        if not arrivals.on_frame(connection, text):
            arrivals.on_message(connection, json.loads(text)["data"])

    async def _answer(self, symbol: str) -> None:
        await until(lambda: symbol in self.client.asked, 30)
        self.client.answers[symbol].set()

    def _is_read(self) -> bool:
        return not any(len(box) for boxes in self.streams.arrivals.boxes.values() for box in boxes)

    async def _collect(self, symbol: str, kind: str, stream: Any) -> None:
        values = self.got.setdefault((symbol, kind), [])
        async with aclosing(stream) as one:
            async for value in one:
                values.append(value)


class Theirs:
    """Read a session by ccxt's own handlers."""

    def __init__(self, played: Played) -> None:
        self.played = played

    async def play(self) -> None:
        options = ExchangeOptions(
            exchange=self.played.exchange,
            venue=VenueId("v"),
            overrides={"options": {"tradesLimit": 10_000}},
        )
        client = self.client = open_client(options, Gate(venue="v", clock=SteppedClock(NOW)))
        client.options |= {"crossMarginPairsData": [], "isolatedMarginPairsData": []}
        listed = [client.parse_market(row) for row in self.played.info["symbols"]]
        client.set_markets(listed)
        url = "wss://stream.binance.com" if self.played.kind == "spot" else "wss://fstream.binance"
        socket = SimpleNamespace(url=url, subscriptions={}, resolve=_nothing, reject=_raise)
        by_id = {market["id"]: market["symbol"] for market in listed}
        self.symbols = {name: by_id[name] for name in self.played.snapshots}
        for symbol in self.symbols.values():
            client.orderbooks[symbol] = client.order_book({}, 5000)
            client.orderbooks[symbol].cache = []
        for one in self.played.received:
            if "/depth?" in one.url:
                await self._snapshot(socket, one)
            elif not one.url and '"stream"' in one.text:
                client.handle_message(socket, json.loads(one.text))
        await client.close()

    async def _snapshot(self, socket: Any, one: Received) -> None:
        symbol, body = self.symbols[_symbol(one)], json.loads(one.text)

        async def answered(*_asked):
            book = self.client.parse_order_book(body, symbol, body.get("T"))
            book["nonce"] = body["lastUpdateId"]
            return book

        self.client.fetch_rest_order_book_safe = answered
        kind = "linear" if self.played.kind == "linear" else "spot"
        subscription = {"symbol": symbol, "type": kind, "limit": 1000}
        await self.client.fetch_order_book_snapshot(socket, {}, subscription)


def _nothing(*_said):
    return None


def _raise(error, *_where):
    raise error


def _symbol(one: Received) -> str:
    return parse_qs(urlsplit(one.url).query)["symbol"][0]


async def test_the_hot_lane_and_ccxt_hold_the_same_in_the_end(played):
    ours, theirs = Ours(played, is_hot=True), Theirs(played)
    await ours.play()
    await theirs.play()

    assert ours.streams.arrivals.lane.left.total() == 0
    assert ours.streams.arrivals.lane.read > 100
    for one in played.instruments:
        symbol = theirs.symbols[f"{one.base}{one.quote}"]
        _same_book(ours.got[one.symbol, "books"][-1], theirs.client.orderbooks[symbol])
        _same_trades(ours.got[one.symbol, "trades"], theirs.client.trades.get(symbol, []))
        bars = theirs.client.ohlcvs.get(symbol, {}).get("1m", [])
        _same_candles(ours.got[one.symbol, "candles"], bars)


def _same_book(book, other) -> None:
    for levels, rows in ((book.bids, other["bids"]), (book.asks, other["asks"])):
        assert len(levels) == 20
        assert [(float(one.price), float(one.size)) for one in levels] == [
            (row[0], row[1]) for row in rows[:20]
        ]
    assert book.sequence == other["nonce"]


def _same_trades(trades, others) -> None:
    assert [(one.trade_id, float(one.price), float(one.size), one.side) for one in trades] == [
        (one["id"], one["price"], one["amount"], one["side"]) for one in others
    ]


def _same_candles(candles, bars) -> None:
    last = {
        one.opened.timestamp() * 1000: [one.open, one.high, one.low, one.close, one.volume]
        for one in candles
    }
    assert [[moment, *map(float, numbers)] for moment, numbers in last.items()] == [
        list(bar) for bar in bars
    ]


async def test_every_value_is_the_same_when_ccxt_parses_the_frames(played):
    hot, plain = Ours(played, is_hot=True), Ours(played, is_hot=False)
    await hot.play()
    await plain.play()

    assert plain.streams.arrivals.lane.read == 0
    for key, values in hot.got.items():
        if key[1] == "books":
            # States in between may be merged; the last one counts.
            assert values[-1:] == plain.got[key][-1:]
        else:
            assert values == plain.got[key]


async def test_frames_that_the_lane_cannot_read_still_arrive(played):
    ours, mixed = Ours(played, is_hot=True), Ours(played, is_hot=True)
    await ours.play()
    for number, one in enumerate(mixed.played.received):
        if not one.url and number % 3 == 0:
            # Written with spaces, as another server might.
            spaced = one.text.replace('{"e":', '{ "e":')
            mixed.played.received[number] = replace(one, text=spaced)
    await mixed.play()

    assert mixed.streams.arrivals.lane.left.total() > 50
    assert "took ccxt's slower way" in mixed.streams.arrivals.lane.detail
    for key, values in ours.got.items():
        if key[1] == "books":
            assert values[-1:] == mixed.got[key][-1:]
        else:
            assert values == mixed.got[key]
