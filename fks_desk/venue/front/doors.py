"""Hold every door of the venue through which streams go out."""

from __future__ import annotations

from dataclasses import dataclass

from aiohttp import web

from fks_desk.venue.front.call import Counter
from fks_desk.venue.front.endpoints import endpoints
from fks_desk.venue.front.futures.listening import ListenKeys, PerpUserDoor
from fks_desk.venue.front.futures.streams import PerpStreams
from fks_desk.venue.front.streams import MarketStreams
from fks_desk.venue.front.user_stream import WsApiDoor

_PERP_PATHS = (
    *("/fstream/ws", "/fstream/stream", "/fstream/market/ws", "/fstream/market/stream"),
    *("/fstream/public/ws", "/fstream/public/stream"),
)


@dataclass(frozen=True, slots=True)
class Doors:
    """Know the sockets of spot and of perpetuals, the market's and the accounts'."""

    streams: MarketStreams
    user: WsApiDoor
    perp_streams: PerpStreams
    perp_user: PerpUserDoor
    listen_keys: ListenKeys

    @classmethod
    def of(cls, counter: Counter) -> Doors:
        """Return the doors of an exchange."""
        keys = ListenKeys(counter)
        return cls(
            streams=MarketStreams(counter.exchange, counter.faults),
            user=WsApiDoor(counter, endpoints()),
            perp_streams=PerpStreams(counter.perpetual, counter.faults),
            perp_user=PerpUserDoor(counter, keys),
            listen_keys=keys,
        )

    def routes(self) -> list[web.RouteDef]:
        """Return the routes for aiohttp."""
        spot = ("/ws", "/ws/{names:.*}", "/stream", "/stream/ws", "/stream/ws/{names:.*}")
        private = ("/fstream/private/ws", "/fstream/private/ws/{names:.*}")
        return [
            web.get("/ws-api/v3", self.user.handle),
            *(web.get(path, self.streams.handle) for path in spot),
            *(web.get(path, self.perp_user.handle) for path in private),
            *(web.get(path, self._perpetual) for path in _PERP_PATHS),
            *(web.get(f"{path}/{{names:.*}}", self._perpetual) for path in _PERP_PATHS),
        ]

    def drop_all(self) -> None:
        """Cut every connection."""
        for door in (self.streams, self.user, self.perp_streams, self.perp_user):
            door.drop_all()

    def say_all(self, frame: bytes) -> None:
        """Send a message to every connection."""
        for door in (self.streams, self.user, self.perp_streams, self.perp_user):
            door.say_all(frame)

    async def _perpetual(self, request: web.Request) -> web.StreamResponse:
        """Serve a market stream, or the account's own where the name is the listen key."""
        if self.perp_user.knows(request.match_info.get("names", "")):
            return await self.perp_user.handle(request)
        return await self.perp_streams.handle(request)
