"""Show the ledger to tests and let them play fate; loopback only, guarded by the secret."""

from __future__ import annotations

import hmac
from collections.abc import Awaitable, Callable, Collection
from decimal import Decimal, InvalidOperation
from typing import Any

import msgspec
from aiohttp import web

from fks_desk.core.errors import FKSException, TradingError
from fks_desk.venue.evidence import evidence_of
from fks_desk.venue.faults import Faults, check_calls
from fks_desk.venue.front.call import Counter
from fks_desk.venue.front.streams import MarketStreams

SECRET_HEADER = "X-FKS-SECRET"  # noqa: S105  the name of a header, not a secret


class AdminDoor:
    """Answer `/fks/admin/...`."""

    def __init__(
        self,
        counter: Counter,
        streams: MarketStreams,
        drop_streams: Callable[[], None],
        calls: Collection[str],
    ) -> None:
        self._counter = counter
        self._calls_known = calls
        self._streams = streams
        self._drop_streams = drop_streams

    def routes(self) -> list[web.RouteDef]:
        """Return the routes for aiohttp."""
        return [
            web.get("/fks/admin/ledger", self._guarded(self._ledger)),
            web.get("/fks/admin/sent", self._guarded(self._sent)),
            web.get("/fks/admin/calls", self._guarded(self._calls)),
            web.post("/fks/admin/evidence", self._guarded(self._evidence)),
            web.post("/fks/admin/deposit", self._guarded(self._deposit)),
            web.post("/fks/admin/cross", self._guarded(self._cross)),
            web.post("/fks/admin/cancel", self._guarded(self._cancel)),
            web.post("/fks/admin/faults", self._guarded(self._faults)),
            web.post("/fks/admin/drop", self._guarded(self._drop)),
        ]

    def _guarded(
        self, answer: Callable[[bytes], Awaitable[Any]]
    ) -> Callable[[web.Request], Awaitable[web.Response]]:
        async def handle(request: web.Request) -> web.Response:
            secret = request.headers.get(SECRET_HEADER, "")
            if not hmac.compare_digest(secret.encode(), self._counter.keys.secret.encode()):
                raise web.HTTPForbidden(text=f"send the demo secret as {SECRET_HEADER}")
            try:
                value = await answer(await request.read())
            except (msgspec.DecodeError, InvalidOperation, KeyError, FKSException) as error:
                raise web.HTTPBadRequest(text=str(error)) from error
            return web.Response(body=msgspec.json.encode(value), content_type="application/json")

        return handle

    async def _ledger(self, _body: bytes) -> Any:
        """Return everything: balances, orders, fills, fees and the signed requests."""
        await self._counter.exchange.settle()
        ledger = self._counter.exchange.ledger
        return {
            "uid": self._counter.keys.uid,
            "balances": ledger.holdings(self._counter.keys.uid),
            "orders": ledger.all_orders(),
            "fills": ledger.all_fills(),
            "fees": ledger.fees,
            "market": ledger.market,
            "deposits": ledger.deposits,
            "requests": list(self._counter.requests.entries),
            "perpetual": await self._perpetual(),
        }

    async def _perpetual(self) -> Any:
        """Return the margin ledger as a snapshot would hold it."""
        await self._counter.perpetual.settle()
        return self._counter.perpetual.ledger.state()

    async def _evidence(self, body: bytes) -> Any:
        """Return what a crash drill compares the desk with: {"since_ms": 1700000000000}."""
        since_ms = msgspec.json.decode(body, type=dict[str, int])["since_ms"]
        counter = self._counter
        await counter.exchange.settle()
        requests, uid = counter.requests.entries, counter.keys.uid
        return evidence_of(counter.exchange.ledger, requests, uid, since_ms)

    async def _sent(self, _body: bytes) -> Any:
        """Return how many messages each market stream has sent to all its listeners."""
        return dict(self._streams.sent)

    async def _calls(self, _body: bytes) -> Any:
        """Return how often each call was made since the fault script began."""
        return self._counter.faults.calls

    async def _deposit(self, body: bytes) -> Any:
        """Move money in, or out if negative: {"asset": "USDT", "amount": "100"}.

        With {"wallet": "perpetual"} it is the margin account's.
        """
        wanted = msgspec.json.decode(body, type=dict[str, str])
        if wanted.get("wallet") == "perpetual":
            amount = Decimal(wanted["amount"])
            await self._counter.perpetual.deposit(self._counter.keys.uid, amount)
            return {}
        await self._counter.exchange.deposit(
            self._counter.keys.uid, wanted["asset"], Decimal(wanted["amount"])
        )
        return {}

    async def _cross(self, body: bytes) -> Any:
        """Let somebody trade at a price: {"symbol": "BTC/USDT", "price": "60000", "size": "1"}.

        Without a size it is enough for everybody.
        """
        wanted = msgspec.json.decode(body, type=dict[str, str])
        size = Decimal(wanted["size"]) if "size" in wanted else None
        for stage in (self._counter.exchange, self._counter.perpetual):
            await stage.cross(wanted["symbol"], Decimal(wanted["price"]), size)
        return {}

    async def _cancel(self, body: bytes) -> Any:
        """Cancel an order behind the client's back: {"order_id": 1001}."""
        wanted = msgspec.json.decode(body, type=dict[str, int])
        order = self._counter.exchange.ledger.order(wanted["order_id"])
        if order is None or not order.status.is_open:
            raise TradingError("there is no such open order", order_id=wanted["order_id"])
        return await self._counter.exchange.cancel(order, "admin")

    async def _faults(self, body: bytes) -> Any:
        """Replace the fault script, which begins now."""
        script = msgspec.json.decode(body, type=Faults)
        check_calls(script, self._calls_known)
        self._counter.faults.load(script)
        return {}

    async def _drop(self, _body: bytes) -> Any:
        """Cut every stream, market and user."""
        self._drop_streams()
        return {}
