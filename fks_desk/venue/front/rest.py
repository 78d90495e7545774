"""Open the REST door: check, count, answer, and fail on purpose where the script says."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import parse_qsl

from aiohttp import web

from fks_desk.venue.front.call import Call, Counter, Endpoint, Security
from fks_desk.venue.front.errors import ApiError
from fks_desk.venue.front.faulty import FaultyDoor, json_reply
from fks_desk.venue.front.params import Params
from fks_desk.venue.front.signing import check_key, check_rest_signature, check_time
from fks_desk.venue.requests import RequestEntry


class RestDoor:
    """Answer the REST calls of every endpoint."""

    def __init__(self, counter: Counter) -> None:
        self._counter = counter
        self._door = FaultyDoor(counter.faults, counter.server_ms)

    def routes(self, endpoints: tuple[Endpoint, ...]) -> list[web.RouteDef]:
        """Return the routes for aiohttp."""
        return [web.route(item.method, item.path, self._handler(item)) for item in endpoints]

    def _handler(
        self, endpoint: Endpoint
    ) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
        async def handle(request: web.Request) -> web.StreamResponse:
            body = await request.text()
            values = _values(request, body)
            return await self._door.reply(
                endpoint.name, values, request, lambda: self._reply(endpoint, request, body)
            )

        return handle

    async def _reply(
        self, endpoint: Endpoint, request: web.Request, body: str
    ) -> web.StreamResponse:
        budget = self._counter.budget
        try:
            reply = json_reply(await self._answer(endpoint, request, body))
        except ApiError as error:
            reply = json_reply(error.body, error.status)
            if error.status == web.HTTPTooManyRequests.status_code:
                reply.headers["Retry-After"] = str(budget.retry_after_s)
        reply.headers.update(budget.headers(with_orders=endpoint.security is Security.SIGNED))
        return reply

    async def _answer(self, endpoint: Endpoint, request: web.Request, body: str) -> Any:
        params = Params(_values(request, body))
        if endpoint.security is Security.SIGNED:
            self._note(endpoint, params)
        self._counter.budget.spend(endpoint.weigh(params))
        if endpoint.security is not Security.OPEN:
            check_key(request.headers.get("X-MBX-APIKEY", ""), self._counter.keys)
        if endpoint.security is Security.SIGNED:
            check_rest_signature(_query(request), body, params, self._counter.keys)
            check_time(params, self._counter.server_ms())
        return await endpoint.handler(Call(self._counter, params, endpoint.is_perpetual))

    def _note(self, endpoint: Endpoint, params: Params) -> None:
        self._counter.requests.note(
            RequestEntry(
                moment_ms=self._counter.server_ms(),
                method=endpoint.method,
                path=endpoint.path,
                client_id=params.optional("newClientOrderId")
                or params.optional("clientAlgoId")
                or params.optional("origClientOrderId"),
                order_id=params.optional("orderId"),
            )
        )


def _values(request: web.Request, body: str) -> dict[str, str]:
    """Return the parameters of query and body."""
    return dict(parse_qsl(_query(request), True) + parse_qsl(body, True))


def _query(request: web.Request) -> str:
    """Return the query as it was written, which is what was signed."""
    return request.raw_path.partition("?")[2]
