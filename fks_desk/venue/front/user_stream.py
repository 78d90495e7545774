"""Open the WebSocket API: requests by name, and the account's own events."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec
from aiohttp import web

from fks_desk.venue.front.call import Call, Counter, Endpoint, Security
from fks_desk.venue.front.errors import ApiError, missing
from fks_desk.venue.front.params import Params
from fks_desk.venue.front.signing import check_key, check_time, check_ws_signature
from fks_desk.venue.front.socket import Socket, opened
from fks_desk.venue.front.user_events import user_events
from fks_desk.venue.ledger.bookkeeper import Happening
from fks_desk.venue.requests import RequestEntry


class _Client:
    """Hold one connection with its user stream subscriptions."""

    def __init__(self, socket: Socket) -> None:
        self.socket = socket
        self.subscriptions: set[int] = set()
        self.opened = 0


class WsApiDoor:
    """Answer named requests and tell subscribers what happens to their account."""

    def __init__(self, counter: Counter, endpoints: tuple[Endpoint, ...]) -> None:
        self._counter = counter
        self._endpoints = {item.ws_method: item for item in endpoints if item.ws_method}
        self._clients: set[_Client] = set()
        counter.exchange.bookkeeper.listen(self._on_happening)

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Serve one connection."""
        response = await opened(request)
        client = _Client(Socket(response))
        self._clients.add(client)
        try:
            await client.socket.serve(lambda message: self._answer(client, message))
        finally:
            self._clients.discard(client)
        return response

    def drop_all(self) -> None:
        """Cut every connection."""
        for client in tuple(self._clients):
            client.socket.drop()

    async def _answer(self, client: _Client, message: Any) -> None:
        request_id = message.get("id") if isinstance(message, dict) else None
        try:
            result = await self._result(client, message)
        except ApiError as error:
            reply = {"id": request_id, "status": error.status, "error": error.body}
        else:
            reply = {"id": request_id, "status": 200, "result": result}
        client.socket.send(msgspec.json.encode(reply))

    async def _result(self, client: _Client, message: Any) -> Any:
        if not isinstance(message, dict):
            raise ApiError(-1013, "Invalid message.")
        values = {name: _as_text(value) for name, value in (message.get("params") or {}).items()}
        match message.get("method"):
            case "userDataStream.subscribe.signature":
                self._check(values)
                return self._subscribed(client)
            case "userDataStream.unsubscribe":
                client.subscriptions.clear()
                return {}
            case str(method) if method in self._endpoints:
                return await self._call(self._endpoints[method], values)
            case _:
                raise ApiError(-1000, "Unknown method.")

    def _subscribed(self, client: _Client) -> dict[str, int]:
        number = client.opened
        client.opened += 1
        client.subscriptions.add(number)
        return {"subscriptionId": number}

    async def _call(self, endpoint: Endpoint, values: dict[str, str]) -> Any:
        params = Params(values)
        if endpoint.security is Security.SIGNED:
            self._note(endpoint, params)
        self._counter.budget.spend(endpoint.weigh(params))
        if endpoint.security is Security.SIGNED:
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
            for client, number in self._subscriptions():
                client.socket.send_json({"subscriptionId": number, "event": event})

    def _subscriptions(self) -> Iterator[tuple[_Client, int]]:
        for client in self._clients:
            for number in client.subscriptions:
                yield client, number


def _as_text(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return str(value)
