"""Give out listen keys, and tell who holds one what happens to the account."""

from __future__ import annotations

import asyncio
import secrets
from typing import Any

import msgspec
from aiohttp import web

from fks_desk.venue.faults import OutageKind
from fks_desk.venue.front.call import Call, Counter
from fks_desk.venue.front.errors import ApiError
from fks_desk.venue.front.futures.events import perp_events
from fks_desk.venue.front.socket import Socket, limited_life, opened, reset
from fks_desk.venue.front.wire import Json
from fks_desk.venue.perpetual.exchange import PerpHappening

LIFE_S = 3_600.0
_UNKNOWN_KEY = (-1125, "This listenKey does not exist.")


class ListenKeys:
    """Remember which key is good, and until when."""

    def __init__(self, counter: Counter, life_s: float = LIFE_S) -> None:
        self._counter = counter
        self._life_s = life_s
        self._key = ""
        self._ends = 0.0

    @property
    def current(self) -> str:
        """Return the key that is good now, empty if none is."""
        return self._key if self._counter.clock.monotonic() < self._ends else ""

    async def open(self, _call: Call) -> Json:
        """Give out a key, the same as long as it lives, and let it live on."""
        if not self.current:
            self._key = secrets.token_hex(32)
        self._lengthen()
        return {"listenKey": self._key}

    async def keep(self, _call: Call) -> Json:
        """Let a key live on, or -1125 if it is gone."""
        if not self.current:
            raise ApiError(*_UNKNOWN_KEY)
        self._lengthen()
        return {"listenKey": self._key}

    async def close(self, _call: Call) -> Json:
        """End a key."""
        self.end()
        return {}

    def end(self) -> str:
        """Let no key be good, and return the one that was."""
        key, self._key, self._ends = self._key, "", 0.0
        return key

    def has_lapsed(self) -> bool:
        """Tell whether a key was given out and has outlived its hour."""
        return bool(self._key) and not self.current

    def _lengthen(self) -> None:
        self._ends = self._counter.clock.monotonic() + self._life_s


class PerpUserDoor:
    """Serve the connections of those who hold the listen key."""

    def __init__(self, counter: Counter, keys: ListenKeys) -> None:
        self._counter = counter
        self._keys = keys
        self._sockets: set[Socket] = set()
        counter.perpetual.listen(self._on_happening)

    def knows(self, name: str) -> bool:
        """Tell whether a stream's name is the listen key."""
        return bool(name) and name == self._keys.current

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Serve one connection; a wrong key hears nothing."""
        if self._counter.faults.is_out(OutageKind.CUT):
            return reset(request)
        key = request.query.get("listenKey", "") or request.match_info.get("names", "")
        response = await opened(request)
        script = self._counter.faults.script
        socket = Socket(response, messages_per_s=script.messages_per_s)
        if self.knows(key):
            self._sockets.add(socket)
        try:
            async with limited_life(socket, script.socket_life_s):
                await socket.serve(lambda message: self._answer(socket, message))
        finally:
            self._sockets.discard(socket)
        return response

    def drop_all(self) -> None:
        """Cut every connection."""
        for socket in tuple(self._sockets):
            socket.drop()

    def say_all(self, frame: bytes) -> None:
        """Send a message to every connection."""
        for socket in tuple(self._sockets):
            socket.send(frame)

    def revoke(self) -> None:
        """End the listen key, and say so."""
        now = self._counter.server_ms()
        key = self._keys.end()
        self.say_all(msgspec.json.encode({"e": "listenKeyExpired", "E": now, "listenKey": key}))
        self._sockets.clear()

    def tend(self) -> None:
        """End the listen key when its hour is over."""
        if self._keys.has_lapsed():
            self.revoke()

    async def _answer(self, socket: Socket, message: Any) -> None:
        request_id = message.get("id") if isinstance(message, dict) else None
        socket.send_json({"result": None, "id": request_id})

    def _on_happening(self, happening: PerpHappening) -> None:
        if happening.uid != self._counter.keys.uid:
            return
        for event in perp_events(happening, self._counter.perpetual):
            if self._counter.faults.loses_user_event():
                continue
            frame = msgspec.json.encode(event)
            for delivery in self._counter.faults.deliveries(f"user@{event['e']}", frame):
                self._deliver(delivery.frame, delivery.late_s)

    def _deliver(self, frame: bytes | None, late_s: float = 0.0) -> None:
        """Tell every connection an event; None cuts them off."""
        if late_s:
            asyncio.get_running_loop().call_later(late_s, self._deliver, frame)
        elif frame is None:
            self.drop_all()
        else:
            self.say_all(frame)
