"""Open the WebSocket API: requests by name, and the account's own events."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

import msgspec
from aiohttp import web

from fks_desk.venue.faults import FaultAction, FaultRule, OutageKind
from fks_desk.venue.front.call import Call, Counter, Endpoint, Security
from fks_desk.venue.front.errors import ApiError, missing
from fks_desk.venue.front.params import Params
from fks_desk.venue.front.signing import check_key, check_time, check_ws_signature
from fks_desk.venue.front.socket import Socket, limited_life, opened, reset
from fks_desk.venue.front.user_events import user_events
from fks_desk.venue.ledger.bookkeeper import Happening
from fks_desk.venue.requests import RequestEntry

_NEVER_DONE = {FaultAction.RESET, FaultAction.ERROR, FaultAction.HANG}


class _Client:
    """Hold one connection with its user stream subscriptions."""

    def __init__(self, socket: Socket) -> None:
        self.socket = socket
        self.subscriptions: set[int] = set()
        self.opened = 0
        self.connected_ms = 0
        self.logged_on_ms = 0


class WsApiDoor:
    """Answer named requests and tell subscribers what happens to their account."""

    def __init__(self, counter: Counter, endpoints: tuple[Endpoint, ...]) -> None:
        self._counter = counter
        self._endpoints = {item.ws_method: item for item in endpoints if item.ws_method}
        self._clients: set[_Client] = set()
        counter.exchange.bookkeeper.listen(self._on_happening)

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Serve one connection."""
        if self._counter.faults.is_out(OutageKind.CUT):
            return reset(request)
        response = await opened(request)
        script = self._counter.faults.script
        client = _Client(Socket(response, messages_per_s=script.messages_per_s))
        client.connected_ms = self._counter.server_ms()
        self._clients.add(client)
        try:
            async with limited_life(client.socket, script.socket_life_s):
                await client.socket.serve(lambda message: self._answer(client, message))
        finally:
            self._clients.discard(client)
        return response

    def drop_all(self) -> None:
        """Cut every connection."""
        for client in tuple(self._clients):
            client.socket.drop()

    def say_all(self, frame: bytes) -> None:
        """Send a message to every connection."""
        for client in self._clients:
            client.socket.send(frame)

    def revoke(self) -> None:
        """End every subscription to the account's events, and say so."""
        ended = {"e": "eventStreamTerminated", "E": self._counter.server_ms()}
        self._deliver(msgspec.json.encode(ended))
        for client in self._clients:
            client.subscriptions.clear()

    async def _answer(self, client: _Client, message: Any) -> None:
        if self._counter.faults.is_out(OutageKind.HANG):
            return
        request_id = message.get("id") if isinstance(message, dict) else None
        rule = self._rule_for(message)
        if rule is not None and rule.action in _NEVER_DONE:
            self._spoil(rule, client, request_id)
            return
        try:
            result = await self._result(client, message)
        except ApiError as error:
            reply = {"id": request_id, "status": error.status, "error": error.body}
        else:
            reply = {"id": request_id, "status": 200, "result": result}
        if rule is None:
            client.socket.send(msgspec.json.encode(reply))
        else:
            self._spoil(rule, client, request_id)

    def _rule_for(self, message: Any) -> FaultRule | None:
        """Return the fault script's rule for a request, if one hits it."""
        if not isinstance(message, dict) or not isinstance(message.get("method"), str):
            return None
        call = f"ws {message['method']}"
        self._counter.faults.count(call)
        return self._counter.faults.rule_for(call, _texts(message.get("params")))

    def _spoil(self, rule: FaultRule, client: _Client, request_id: Any) -> None:
        """Answer a request as the rule says: with an error, not at all, or by hanging up."""
        if rule.action in {FaultAction.ERROR, FaultAction.ERROR_ACCEPTED}:
            error = {"code": rule.code, "msg": rule.text}
            client.socket.send_json({"id": request_id, "status": rule.status, "error": error})
        elif rule.action in {FaultAction.RESET, FaultAction.ACCEPT_THEN_RESET}:
            client.socket.drop()

    async def _result(self, client: _Client, message: Any) -> Any:
        if not isinstance(message, dict):
            raise ApiError(-1013, "Invalid message.")
        values = _texts(message.get("params"))
        match message.get("method"):
            case "userDataStream.subscribe.signature":
                self._check(values)
                return self._subscribed(client)
            case "userDataStream.subscribe":
                if not client.logged_on_ms:
                    raise ApiError(-1002, "You are not authorized to execute this request.")
                return self._subscribed(client)
            case "userDataStream.unsubscribe":
                client.subscriptions.clear()
                return {}
            case str(method) if method.startswith("session."):
                return self._session(client, method, values)
            case str(method) if method in self._endpoints:
                return await self._call(client, self._endpoints[method], values)
            case _:
                raise ApiError(-1000, "Unknown method.")

    def _session(self, client: _Client, method: str, values: dict[str, str]) -> Any:
        """Log a connection on, so that it need not sign again, or off, or tell how it stands."""
        match method:
            case "session.logon":
                self._check(values)
                client.logged_on_ms = self._counter.server_ms()
            case "session.logout":
                client.logged_on_ms = 0
            case "session.subscriptions":
                return [{"subscriptionId": number} for number in sorted(client.subscriptions)]
            case "session.status":
                pass
            case _:
                raise ApiError(-1000, "Unknown method.")
        return {
            "apiKey": self._counter.keys.api_key if client.logged_on_ms else None,
            "authorizedSince": client.logged_on_ms or None,
            "connectedSince": client.connected_ms,
            "returnRateLimits": False,
            "serverTime": self._counter.server_ms(),
            "userDataStream": bool(client.subscriptions),
        }

    def _subscribed(self, client: _Client) -> dict[str, int]:
        number = client.opened
        client.opened += 1
        client.subscriptions.add(number)
        return {"subscriptionId": number}

    async def _call(self, client: _Client, endpoint: Endpoint, values: dict[str, str]) -> Any:
        params = Params(values)
        if endpoint.security is Security.SIGNED:
            self._note(endpoint, params)
        self._counter.budget.spend(endpoint.weigh(params))
        if endpoint.security is Security.SIGNED and client.logged_on_ms and "apiKey" not in values:
            check_time(params, self._counter.server_ms())
        elif endpoint.security is Security.SIGNED:
            self._check(values)
        return await endpoint.handler(Call(self._counter, params))

    def _check(self, values: dict[str, str]) -> None:
        if not values.get("apiKey"):
            raise missing("apiKey")
        check_key(values["apiKey"], self._counter.keys)
        check_ws_signature(values, self._counter.keys)
        check_time(Params(values), self._counter.server_ms())

    def _note(self, endpoint: Endpoint, params: Params) -> None:
        self._counter.requests.note(
            RequestEntry(
                moment_ms=self._counter.server_ms(),
                method=endpoint.method,
                path=f"ws:{endpoint.ws_method}",
                client_id=params.optional("newClientOrderId")
                or params.optional("origClientOrderId"),
                order_id=params.optional("orderId"),
            )
        )

    def _on_happening(self, happening: Happening) -> None:
        if happening.uid != self._counter.keys.uid:
            return
        for event in user_events(happening):
            if self._counter.faults.loses_user_event():
                continue
            frame = msgspec.json.encode(event)
            for delivery in self._counter.faults.deliveries(f"user@{event['e']}", frame):
                if delivery.late_s:
                    loop = asyncio.get_running_loop()
                    loop.call_later(delivery.late_s, self._deliver, delivery.frame)
                else:
                    self._deliver(delivery.frame)

    def _deliver(self, frame: bytes | None) -> None:
        """Tell every subscription an event; None cuts them off."""
        for client, number in tuple(self._subscriptions()):
            if frame is None:
                client.socket.drop()
            else:
                client.socket.send(b'{"subscriptionId":%d,"event":%s}' % (number, frame))

    def _subscriptions(self) -> Iterator[tuple[_Client, int]]:
        for client in self._clients:
            for number in client.subscriptions:
                yield client, number


def _texts(params: object) -> dict[str, str]:
    values = params if isinstance(params, dict) else {}
    return {name: _as_text(value) for name, value in values.items()}


def _as_text(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return str(value)
