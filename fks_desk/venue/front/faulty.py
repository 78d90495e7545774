"""Spoil the replies of the REST door as the fault script says."""

from __future__ import annotations

import asyncio
import logging
import zlib
from collections.abc import Awaitable, Callable, Mapping
from http import HTTPStatus
from typing import Any

import msgspec
from aiohttp import web

from fks_desk.venue.fault_player import GARBAGE, FaultPlayer
from fks_desk.venue.faults import FaultAction, FaultRule, OutageKind
from fks_desk.venue.front.socket import reset

log = logging.getLogger(__name__)

_PAGE = "<html><head><title>502 Bad Gateway</title></head><body>502 Bad Gateway</body></html>"
_MEGABYTE = 1 << 20
_LONGEST_HANG_S = 3600.0
_DONE = {
    FaultAction.HTML502_ACCEPTED,
    FaultAction.EMPTY_ACCEPTED,
    FaultAction.ERROR_ACCEPTED,
}

Answer = Callable[[], Awaitable[web.StreamResponse]]


class FaultyDoor:
    """Stand between a request and its answer; without a script it lets all pass."""

    def __init__(self, faults: FaultPlayer, server_ms: Callable[[], int]) -> None:
        self._faults = faults
        self._server_ms = server_ms

    async def reply(
        self, call: str, values: Mapping[str, str], request: web.Request, answer: Answer
    ) -> web.StreamResponse:
        """Return the answer, what is left of it, or something else."""
        self._faults.count(call)
        out = await self._out_of_order(request)
        if out is not None:
            return out
        rule = self._faults.rule_for(call, values)
        if rule is None:
            return await answer()
        log.info("the fault script plays %s on %s", rule.action, call)
        refused = await self._refusal(rule, request)
        if refused is not None:
            return refused
        if rule.action is FaultAction.DELAY_REQUEST:
            await asyncio.sleep(rule.seconds)
        reply = await answer()
        if rule.action is FaultAction.DELAY_REPLY:
            await asyncio.sleep(rule.seconds)
        return await self._spoiled(rule, request, reply)

    async def _out_of_order(self, request: web.Request) -> web.StreamResponse | None:
        """Answer as an exchange that is out of order, or None while it is not."""
        if self._faults.is_out(OutageKind.CUT):
            return reset(request)
        if self._faults.is_out(OutageKind.HANG):
            await asyncio.sleep(self._faults.left_s(OutageKind.HANG))
            return reset(request)
        if self._faults.is_out(OutageKind.MAINTENANCE):
            body = {"code": -1000, "msg": "Service Unavailable."}
            return json_reply(body, HTTPStatus.SERVICE_UNAVAILABLE)
        return self._banned() if self._faults.banned_s else None

    async def _refusal(self, rule: FaultRule, request: web.Request) -> web.StreamResponse | None:
        """Answer without doing anything, or None for a rule that lets the work be done."""
        match rule.action:
            case FaultAction.RESET:
                return reset(request)
            case FaultAction.HANG:
                return await _hang(request)
            case FaultAction.BAN:
                self._faults.ban(rule.seconds)
                return self._banned()
            case FaultAction.FLOOD | FaultAction.BOMB:
                return await _flood(rule, request)
            case _:
                return None if rule.action in _DONE else _instead(rule)

    async def _spoiled(
        self, rule: FaultRule, request: web.Request, reply: web.StreamResponse
    ) -> web.StreamResponse:
        """Return what is left of a reply to something that was done."""
        whole = reply.body if isinstance(reply, web.Response) else b""
        body = whole if isinstance(whole, bytes) else b""
        match rule.action:
            case FaultAction.ACCEPT_THEN_RESET:
                return reset(request)
            case FaultAction.ACCEPT_THEN_HANG:
                return await _hang(request)
            case FaultAction.DRIP_ACCEPTED:
                return await _drip(body, rule.seconds, request)
            case FaultAction.TRUNCATE_ACCEPTED:
                return web.Response(body=body[: len(body) // 2], content_type="application/json")
            case _:
                return _instead(rule) or reply

    def _banned(self) -> web.Response:
        left = self._faults.banned_s
        until = self._server_ms() + int(left * 1000)
        reply = json_reply(
            {
                "code": -1003,
                "msg": f"Way too much request weight used; IP banned until {until}. Please use "
                "WebSocket Streams for live updates to avoid bans.",
            },
            HTTPStatus.IM_A_TEAPOT,
        )
        reply.headers["Retry-After"] = str(int(left) + 1)
        return reply


def json_reply(value: Any, status: int = HTTPStatus.OK) -> web.Response:
    """Return a reply of JSON."""
    return web.Response(
        body=msgspec.json.encode(value), status=status, content_type="application/json"
    )


def _instead(rule: FaultRule) -> web.Response | None:
    """Return a whole reply that is made up, or None."""
    match rule.action:
        case FaultAction.HTML502 | FaultAction.HTML502_ACCEPTED:
            return web.Response(status=HTTPStatus.BAD_GATEWAY, text=_PAGE, content_type="text/html")
        case FaultAction.EMPTY_ACCEPTED:
            return web.Response(status=HTTPStatus.OK, text="")
        case FaultAction.ERROR | FaultAction.ERROR_ACCEPTED:
            return _error(rule)
        case FaultAction.SAY:
            return web.Response(status=rule.status, text=rule.text, content_type="application/json")
        case FaultAction.GARBAGE:
            return web.Response(body=GARBAGE, content_type="application/json")
        case _:
            return None


def _error(rule: FaultRule) -> web.Response:
    reply = json_reply({"code": rule.code, "msg": rule.text}, rule.status)
    if rule.retry_after_s:
        reply.headers["Retry-After"] = str(rule.retry_after_s)
    return reply


async def _hang(request: web.Request) -> web.Response:
    """Keep the connection open and say nothing until the other side has enough."""
    await asyncio.sleep(_LONGEST_HANG_S)
    return reset(request)


async def _drip(body: bytes, seconds: float, request: web.Request) -> web.StreamResponse:
    reply = web.StreamResponse(headers={"Content-Type": "application/json"})
    reply.content_length = len(body)
    try:
        await reply.prepare(request)
        for at in range(len(body)):
            await reply.write(body[at : at + 1])
            await asyncio.sleep(seconds)
        await reply.write_eof()
    except ConnectionError:
        log.debug("the client did not wait for the last byte")
    return reply


async def _flood(rule: FaultRule, request: web.Request) -> web.StreamResponse:
    """Send a body of so many megabytes, packed a thousandfold if it is a bomb."""
    is_packed = rule.action is FaultAction.BOMB
    packer = zlib.compressobj(wbits=31) if is_packed else None
    headers = {"Content-Type": "application/json"}
    reply = web.StreamResponse(
        headers=headers | ({"Content-Encoding": "gzip"} if is_packed else {})
    )
    megabyte = b" " * _MEGABYTE
    try:
        await reply.prepare(request)
        for _ in range(rule.megabytes):
            await reply.write(packer.compress(megabyte) if packer else megabyte)
        await reply.write((packer.flush() if packer else b"") or b" ")
        await reply.write_eof()
    except ConnectionError:
        log.debug("the client did not read %d megabytes", rule.megabytes)
    return reply
