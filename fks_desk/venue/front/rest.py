"""Open the REST door: check, count, answer, and fail on purpose where the script says."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import parse_qsl

import msgspec
from aiohttp import web

from fks_desk.venue.faults import FaultAction, FaultRule
from fks_desk.venue.front.call import Call, Counter, Endpoint, Security
from fks_desk.venue.front.errors import ApiError
from fks_desk.venue.front.params import Params
from fks_desk.venue.front.signing import check_key, check_rest_signature, check_time
from fks_desk.venue.requests import RequestEntry

log = logging.getLogger(__name__)

_PAGE = "<html><head><title>502 Bad Gateway</title></head><body>502 Bad Gateway</body></html>"
_NEVER_DONE = {
    FaultAction.RESET,
    FaultAction.HTML502,
    FaultAction.ERROR,
    FaultAction.BAN,
}
_Answer = Callable[[], Awaitable[web.StreamResponse]]


class RestDoor:
    """Answer the REST calls of every endpoint."""

    def __init__(self, counter: Counter) -> None:
        self._counter = counter

    def routes(self, endpoints: tuple[Endpoint, ...]) -> list[web.RouteDef]:
        """Return the routes for aiohttp."""
        return [web.route(item.method, item.path, self._handler(item)) for item in endpoints]

    def _handler(
        self, endpoint: Endpoint
    ) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
        async def handle(request: web.Request) -> web.StreamResponse:
            body = await request.text()
            return await self._with_faults(
                endpoint, request, lambda: self._reply(endpoint, request, body)
            )

        return handle

    async def _with_faults(
        self, endpoint: Endpoint, request: web.Request, answer: _Answer
    ) -> web.StreamResponse:
        if self._counter.faults.banned_s:
            return self._banned()
        rule = self._counter.faults.rule_for(endpoint.name)
        if rule is None:
            return await answer()
        log.info("the fault script plays %s on %s", rule.action, endpoint.name)
        if rule.action in _NEVER_DONE:
            return self._refuse(rule, request)
        if rule.action is FaultAction.DELAY_REQUEST:
            await asyncio.sleep(rule.seconds)
        reply = await answer()
        if rule.action is FaultAction.DELAY_REPLY:
            await asyncio.sleep(rule.seconds)
        return _spoiled(rule, request, reply)

    def _refuse(self, rule: FaultRule, request: web.Request) -> web.StreamResponse:
        """Answer without doing anything."""
        match rule.action:
            case FaultAction.RESET:
                return _reset(request)
            case FaultAction.HTML502:
                return web.Response(status=502, text=_PAGE, content_type="text/html")
            case FaultAction.BAN:
                self._counter.faults.ban(rule.seconds)
                return self._banned()
            case _:
                return _json({"code": rule.code, "msg": rule.text}, rule.status)

    def _banned(self) -> web.Response:
        left = self._counter.faults.banned_s
        until = self._counter.server_ms() + int(left * 1000)
        reply = _json(
            {
                "code": -1003,
                "msg": f"Way too much request weight used; IP banned until {until}. Please use "
                "WebSocket Streams for live updates to avoid bans.",
            },
            418,
        )
        reply.headers["Retry-After"] = str(int(left) + 1)
        return reply

    async def _reply(
        self, endpoint: Endpoint, request: web.Request, body: str
    ) -> web.StreamResponse:
        budget = self._counter.budget
        try:
            reply = _json(await self._answer(endpoint, request, body))
        except ApiError as error:
            reply = _json(error.body, error.status)
            if error.status == web.HTTPTooManyRequests.status_code:
                reply.headers["Retry-After"] = str(budget.retry_after_s)
        reply.headers.update(budget.headers(with_orders=endpoint.security is Security.SIGNED))
        return reply

    async def _answer(self, endpoint: Endpoint, request: web.Request, body: str) -> Any:
        query = request.raw_path.partition("?")[2]
        params = Params(dict(parse_qsl(query, True) + parse_qsl(body, True)))
        if endpoint.security is Security.SIGNED:
            self._note(endpoint, params)
        self._counter.budget.spend(endpoint.weigh(params))
        if endpoint.security is Security.SIGNED:
            check_key(request.headers.get("X-MBX-APIKEY", ""), self._counter.keys)
            check_rest_signature(query, body, params, self._counter.keys)
            check_time(params, self._counter.server_ms())
        return await endpoint.handler(Call(self._counter, params))

    def _note(self, endpoint: Endpoint, params: Params) -> None:
        self._counter.requests.note(
            RequestEntry(
                moment_ms=self._counter.server_ms(),
                method=endpoint.method,
                path=endpoint.path,
                client_id=params.optional("newClientOrderId")
                or params.optional("origClientOrderId"),
                order_id=params.optional("orderId"),
            )
        )


def _spoiled(
    rule: FaultRule, request: web.Request, reply: web.StreamResponse
) -> web.StreamResponse:
    """Return what is left of a reply to something that was done."""
    match rule.action:
        case FaultAction.ACCEPT_THEN_RESET:
            return _reset(request)
        case FaultAction.HTML502_ACCEPTED:
            return web.Response(status=502, text=_PAGE, content_type="text/html")
        case FaultAction.EMPTY_ACCEPTED:
            return web.Response(status=200, text="")
        case FaultAction.TRUNCATE_ACCEPTED if isinstance(reply, web.Response):
            whole = reply.body if isinstance(reply.body, bytes) else b""
            return web.Response(body=whole[: len(whole) // 2], content_type="application/json")
        case _:
            return reply


def _reset(request: web.Request) -> web.Response:
    """Kill the connection; what is returned reaches nobody."""
    if request.transport is not None:
        request.transport.abort()
    return web.Response()


def _json(value: Any, status: int = 200) -> web.Response:
    return web.Response(
        body=msgspec.json.encode(value), status=status, content_type="application/json"
    )
