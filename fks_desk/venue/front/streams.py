"""Send the market's news to whoever subscribed: trades, candles, books and tickers."""

from __future__ import annotations

import asyncio
import re
from collections import Counter, defaultdict
from typing import Any

import msgspec
from aiohttp import web

from fks_desk.core.model import Timeframe
from fks_desk.venue.fault_player import FaultPlayer
from fks_desk.venue.faults import OutageKind
from fks_desk.venue.front.events import (
    DepthDiffs,
    agg_trade_event,
    book_ticker_event,
    kline_events,
    trade_event,
)
from fks_desk.venue.front.socket import Socket, limited_life, opened, reset
from fks_desk.venue.front.ticker import mini_ticker_event, ticker_event
from fks_desk.venue.front.wire import Json
from fks_desk.venue.market.listing import wire_id
from fks_desk.venue.market.pair import PairMarket, Print
from fks_desk.venue.stage import Stage

_KLINE = re.compile(r"@kline_(\w+)$")


class _Listener:
    """Hold one connection with its subscriptions; combined ones get the stream's name too."""

    def __init__(self, socket: Socket, *, is_combined: bool) -> None:
        self.socket = socket
        self.is_combined = is_combined
        self.names: set[str] = set()


class MarketStreams:
    """Know who listens to what, and encode each message once."""

    def __init__(self, exchange: Stage, faults: FaultPlayer) -> None:
        self._exchange = exchange
        self._faults = faults
        self._listeners: dict[str, set[_Listener]] = defaultdict(set)
        self._open: set[_Listener] = set()
        self._depth = {symbol: DepthDiffs(pair) for symbol, pair in exchange.pairs.items()}
        self._candle_open: dict[str, int] = {}
        self._changed: set[str] = set()
        self.sent: Counter[str] = Counter()
        exchange.on_prints(self._on_prints)
        exchange.on_snapshot(self._send_depth)

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Serve one connection on any of the stream paths."""
        if self._faults.is_out(OutageKind.CUT):
            return reset(request)
        response = await opened(request)
        socket = Socket(response, messages_per_s=self._faults.script.messages_per_s)
        combined = request.query.get("streams", "")
        listener = _Listener(socket, is_combined=request.path.endswith("/stream"))
        self._open.add(listener)
        names = combined or request.match_info.get("names", "")
        self._subscribe(listener, [name for name in names.split("/") if "@" in name])
        try:
            async with limited_life(socket, self._faults.script.socket_life_s):
                await socket.serve(lambda message: self._answer(listener, message))
        finally:
            self._open.discard(listener)
            self._unsubscribe(listener, list(listener.names))
        return response

    def drop_all(self) -> None:
        """Cut every connection."""
        for listener in tuple(self._open):
            listener.socket.drop()

    def say_all(self, frame: bytes) -> None:
        """Send a message to every connection."""
        for listener in self._open:
            listener.socket.send(frame)

    def push_books(self) -> None:
        """Send what changed in the books since the last time."""
        for pair in self._exchange.pairs.values():
            if self._listens_to_depth(pair):
                self._send_depth(pair)

    def push_candles(self) -> None:
        """Send the forming candles that changed since the last time."""
        for name in [name for name in self._listeners if _KLINE.search(name)]:
            pair, timeframe = self._candle_of(name)
            if pair is not None and timeframe is not None and pair.symbol in self._changed:
                self._send_candles(name, pair, timeframe)
        self._changed.clear()

    def push_tickers(self) -> None:
        """Send the last 24 hours of every pair."""
        now = self._exchange.now_ms()
        for suffix, shape in (("ticker", ticker_event), ("miniTicker", mini_ticker_event)):
            everyone = f"!{suffix}@arr"
            events = []
            for pair in self._exchange.pairs.values():
                name = f"{wire_id(pair.symbol).lower()}@{suffix}"
                if self._listeners.get(name) or self._listeners.get(everyone):
                    event = shape(pair, now)
                    self._send(name, event)
                    events.append(event)
            if events:
                self._send(everyone, events)

    # --- subscriptions -----------------------------------------------------------------

    async def _answer(self, listener: _Listener, message: Any) -> None:
        """Answer a control message: SUBSCRIBE, UNSUBSCRIBE or LIST_SUBSCRIPTIONS."""
        if self._faults.is_out(OutageKind.HANG):
            return
        known = isinstance(message, dict)
        names = message.get("params", []) if known else []
        request_id = message.get("id") if known else None
        method = message.get("method") if known else None
        if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
            method = None
        result: list[str] | None = None
        if method == "SUBSCRIBE":
            self._subscribe(listener, names)
        elif method == "UNSUBSCRIBE":
            self._unsubscribe(listener, names)
        elif method == "LIST_SUBSCRIPTIONS":
            result = sorted(listener.names)
        else:
            error = {"code": 2, "msg": "Invalid request: unknown method or bad params"}
            listener.socket.send_json({"error": error, "id": request_id})
            return
        listener.socket.send_json({"result": result, "id": request_id})

    def _subscribe(self, listener: _Listener, names: list[str]) -> None:
        for name in names:
            # Books start from where they are when somebody first listens.
            for pair in self._exchange.pairs.values():
                is_first = not self._listens_to_depth(pair)
                if is_first and name.startswith(f"{wire_id(pair.symbol).lower()}@depth"):
                    self._depth[pair.symbol].restart()
            listener.names.add(name)
            self._listeners[name].add(listener)

    def _unsubscribe(self, listener: _Listener, names: list[str]) -> None:
        for name in names:
            listener.names.discard(name)
            self._listeners[name].discard(listener)
            if not self._listeners[name]:
                del self._listeners[name]
                self._candle_open.pop(name, None)

    # --- news ---------------------------------------------------------------------------

    def _on_prints(self, pair: PairMarket, prints: list[Print]) -> None:
        self._changed.add(pair.symbol)
        prefix = wire_id(pair.symbol).lower()
        now = self._exchange.now_ms()
        for suffix, shape in (("trade", trade_event), ("aggTrade", agg_trade_event)):
            name = f"{prefix}@{suffix}"
            if self._listeners.get(name):
                for item in prints:
                    self._send(name, shape(item, now))
        name = f"{prefix}@bookTicker"
        if self._listeners.get(name):
            self._send(name, book_ticker_event(pair))
        self._close_candles(pair, prefix)

    def _close_candles(self, pair: PairMarket, prefix: str) -> None:
        for name in [name for name in self._listeners if name.startswith(f"{prefix}@kline_")]:
            _, timeframe = self._candle_of(name)
            if timeframe is None:
                continue
            opened_ms = self._candle_open.get(name, pair.current_open(timeframe))
            if opened_ms != pair.current_open(timeframe):
                self._send_candles(name, pair, timeframe)

    def _send_candles(self, name: str, pair: PairMarket, timeframe: Timeframe) -> None:
        since = self._candle_open.get(name, pair.current_open(timeframe))
        self._candle_open[name] = pair.current_open(timeframe)
        for event in kline_events(pair, timeframe, since, self._exchange.now_ms()):
            self._send(name, event)

    def _send_depth(self, pair: PairMarket) -> None:
        event = self._depth[pair.symbol].take(self._exchange.now_ms())
        if event is None:
            return
        prefix = wire_id(pair.symbol).lower()
        for name in (f"{prefix}@depth", f"{prefix}@depth@100ms"):
            self._send(name, event)

    def _listens_to_depth(self, pair: PairMarket) -> bool:
        prefix = wire_id(pair.symbol).lower()
        return any(self._listeners.get(f"{prefix}@depth{rate}") for rate in ("", "@100ms"))

    def _candle_of(self, name: str) -> tuple[PairMarket | None, Timeframe | None]:
        """Return the pair and timeframe that a candle stream's name means, if both exist."""
        found = _KLINE.search(name)
        prefix = name.partition("@")[0]
        pairs = self._exchange.pairs.values()
        pair = next((item for item in pairs if wire_id(item.symbol).lower() == prefix), None)
        if pair is None or found is None or found[1] not in set(Timeframe):
            return pair, None
        timeframe = Timeframe(found[1])
        return pair, timeframe if pair.offers(timeframe) else None

    def _send(self, name: str, event: Json | list[Json]) -> None:
        listeners = self._listeners.get(name)
        if not listeners or self._faults.script.mute_market:
            return
        for delivery in self._faults.deliveries(name, msgspec.json.encode(event)):
            if delivery.late_s:
                loop = asyncio.get_running_loop()
                loop.call_later(delivery.late_s, self._deliver, name, delivery.frame)
            else:
                self._deliver(name, delivery.frame)

    def _deliver(self, name: str, frame: bytes | None) -> None:
        """Give a message to all who listen; None cuts them off."""
        listeners = tuple(self._listeners.get(name, ()))
        if frame is not None:
            self.sent[name] += len(listeners)
        for listener in listeners:
            if frame is None:
                listener.socket.drop()
            elif listener.is_combined:
                listener.socket.send(b'{"stream":"%s","data":%s}' % (name.encode(), frame))
            else:
                listener.socket.send(frame)
