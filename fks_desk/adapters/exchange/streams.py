"""Keep subscriptions to public streams over ccxt's connections.

ccxt opens, paces, pings and closes the connections. The desk takes each market
message from it before it is merged: so none is lost, and numbers are still text.
"""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from functools import partial
from typing import Any

from fks_desk.adapters.exchange.arrivals import Arrivals, Box
from fks_desk.adapters.exchange.handover import Handover
from fks_desk.adapters.exchange.keepalive import Attention
from fks_desk.adapters.exchange.library import PACE, Client, answer, foreign_errors
from fks_desk.adapters.exchange.lines import Line, Lines
from fks_desk.adapters.exchange.wire import Message
from fks_desk.core.clock import Clock
from fks_desk.core.errors import FeedUnavailable
from fks_desk.core.nursery import Nursery

log = logging.getLogger(__name__)

_GATHER_S = 0.02
_LONGEST_SUBSCRIPTION = 100  # streams in one message
_LIFE_S = 23 * 3600.0  # Binance ends every connection after 24 hours
_HANDOVER_S = 10.0
_LOOKS = 50  # at a handover, to see whether it is over
_TRY_AGAIN_S = 600.0
_SPREAD = 0.05  # so that connections opened together are not renewed together


class Streams:
    """Open and leave streams, and renew their connections before the venue ends them."""

    def __init__(
        self,
        *,
        venue: str,
        clock: Clock,
        quiet_limit_s: float,
        is_hot: bool = True,
        life_s: float = _LIFE_S,
        handover_s: float = _HANDOVER_S,
    ) -> None:
        self.arrivals = Arrivals(venue=venue, clock=clock, is_hot=is_hot)
        self.renewals = 0
        self._venue = venue
        self._clock = clock
        self._quiet_limit_s = quiet_limit_s
        self._life_s = life_s
        self._handover_s = handover_s
        self._client: Client | None = None
        self._lines = Lines()
        self._due: dict[str, float] = {}
        self._nursery = Nursery()
        self._watch: asyncio.Task[Any] | None = None

    @property
    def market_time(self) -> datetime | None:
        """Return the newest moment that any message told of."""
        return self.arrivals.market_time

    def attach(self, client: Client) -> None:
        """Use this ccxt object, whose taps are those of `arrivals`."""
        self._client = client

    def open(self, names: Sequence[str], box: Box, *, group: str) -> Callable[[], None]:
        """Fill the box with messages of the streams; return the way to stop.

        Streams of one group share connections. All that are asked for within a
        moment go out in one message.
        """
        if self._watch is None:
            self._watch = self._nursery.start(self._watch_lines(), name="watch streams")
        for name in names:
            if not self.arrivals.boxes[name]:
                line = self._lines.place(name, group)
                if not line.wanted:
                    self._nursery.start(self._subscribe(line), name=f"subscribe {line.title}")
                line.wanted.append(name)
            self.arrivals.boxes[name].append(box)
        return partial(self._leave, names, box)

    def cut(self, reason: str) -> None:
        """Break every connection, so that each stream is made anew."""
        client = self._client
        for url, connection in list((client.clients or {}).items() if client is not None else ()):
            self.arrivals.heard.pop(url, None)
            connection.on_error(TimeoutError(reason))

    async def close(self) -> None:
        """End every stream."""
        closed = FeedUnavailable(f"the connection to {self._venue} was closed")
        self.arrivals.fail(list(self.arrivals.boxes), closed)
        await self._nursery.close()

    # --- asking for streams ---------------------------------------------------------------

    async def _subscribe(self, line: Line) -> None:
        await asyncio.sleep(_GATHER_S)
        wanted, line.wanted = line.wanted, []
        names = [name for name in dict.fromkeys(wanted) if self.arrivals.boxes.get(name)]
        self._ask(names, line)

    def _ask(self, names: Sequence[str], line: Line) -> None:
        for start in range(0, len(names), _LONGEST_SUBSCRIPTION):
            part = names[start : start + _LONGEST_SUBSCRIPTION]
            self._nursery.start(self._live(part, line), name=f"{line.title} streams")

    async def _live(self, names: Sequence[str], line: Line) -> None:
        """Hold a subscription; its future never resolves, it only fails with the connection."""
        url = ""
        try:
            url = self._url(line)
            await self._request(names, url)
        except foreign_errors() as error:
            said = answer(error)
            self._end(names, url, f"{self._venue} lost its {line.group}: {said.text}")
        except asyncio.CancelledError:
            self._end(names, url, f"{self._venue} closed its {line.group}")
            if not _was_closed_by_ccxt():
                raise

    def _end(self, names: Sequence[str], url: str, reason: str) -> None:
        if url in self.arrivals.retired:
            return
        self._due.pop(url, None)
        for handover in self.arrivals.handovers:
            if handover.new == url and handover.names >= set(names):
                handover.has_failed = True
                return
        for name in names:
            self._lines.leave(name)
        self.arrivals.fail(names, FeedUnavailable(reason))

    def _request(self, names: Sequence[str], url: str) -> Any:
        client = self._require_client()
        number = client.request_id(url)
        hashes = [f"desk:{name}" for name in names]
        now = self._clock.monotonic()
        self.arrivals.heard[url] = now
        life = self._life_s * random.uniform(1 - _SPREAD, 1)  # noqa: S311  jitter
        self._due.setdefault(url, now + life)
        request = {"method": "SUBSCRIBE", "params": list(names), "id": number}
        return client.watch_multiple(url, hashes, request, hashes, {"id": number})

    def _url(self, line: Line) -> str:
        client = self._require_client()
        return f"{client.get_ws_url('spot', line.group)}/{line.address}"

    def _require_client(self) -> Client:
        if self._client is None:
            raise FeedUnavailable(f"the connection to {self._venue} is not open")
        return self._client

    # --- leaving streams ------------------------------------------------------------------

    def _leave(self, names: Iterable[str], box: Box) -> None:
        unheard: dict[Line, list[str]] = {}
        for name in names:
            boxes = self.arrivals.boxes.get(name, [])
            if box in boxes:
                boxes.remove(box)
            if not boxes and self.arrivals.boxes.pop(name, None) is not None:
                line = self._lines.leave(name)
                if line is not None:
                    unheard.setdefault(line, []).append(name)
        for line, gone in unheard.items():
            self._forget(gone, line)

    def _forget(self, names: list[str], line: Line) -> None:
        """Tell the exchange that nobody listens any more, if it can still hear."""
        client = self._client
        connection = client.clients.get(self._url(line)) if client is not None else None
        if connection is None:
            return
        known = [name for name in names if connection.subscriptions.pop(f"desk:{name}", None)]
        if known and not connection.closed():
            number = self._require_client().request_id(connection.url)
            request = {"method": "UNSUBSCRIBE", "params": known, "id": number}
            self._nursery.start(_send(connection, request), name=f"unsubscribe {line.title}")

    # --- watching connections --------------------------------------------------------------

    async def _watch_lines(self) -> None:
        attention = Attention(self._clock.monotonic)
        while True:
            if await attention.sleep(min(self._quiet_limit_s, self._life_s) / 6):
                self._cut_silent()
            for line in self._lines.all:
                self._renew_if_due(line)

    def _cut_silent(self) -> None:
        """Cut connections that say nothing though they are open: pings alone prove nothing."""
        client, now = self._require_client(), self._clock.monotonic()
        for url, connection in list((client.clients or {}).items()):
            if now - self.arrivals.heard.get(url, now) > self._quiet_limit_s:
                log.info("%s is silent on %s; connecting anew", self._venue, url)
                self.arrivals.heard.pop(url, None)
                connection.on_error(TimeoutError(f"silent for {self._quiet_limit_s:.0f} s"))

    def _renew_if_due(self, line: Line) -> None:
        if not line.names:
            return
        url = self._url(line)
        is_ending = url in self.arrivals.ending
        if is_ending or self._clock.monotonic() >= self._due.get(url, float("inf")):
            self.arrivals.ending.discard(url)
            self._due.pop(url, None)
            self._nursery.start(self._renew(line, url), name=f"renew {line.title}")

    async def _renew(self, line: Line, old: str) -> None:
        """Make a new connection, let every stream pass to it, then break the old one."""
        before, line.address = line.address, self._lines.new_address()
        names = sorted(line.names)
        handover = Handover(names, old=old, new=self._url(line))
        self.arrivals.handovers.append(handover)
        log.info("the connection of %s's %s is renewed", self._venue, line.group)
        self._ask(names, line)
        for _ in range(_LOOKS):
            await asyncio.sleep(self._handover_s / _LOOKS)
            if handover.is_over or handover.has_failed:
                break
        if handover.has_failed or not self._is_connected(handover.new):
            self.arrivals.handovers.remove(handover)
            line.address = before
            self._due[old] = self._clock.monotonic() + _TRY_AGAIN_S
            return
        self.arrivals.finish(handover)
        self.arrivals.retired.add(old)
        self.renewals += 1
        self._break(old)

    def _is_connected(self, url: str) -> bool:
        connection = self._require_client().clients.get(url)
        return connection is not None and not connection.closed()

    def _break(self, url: str) -> None:
        connection = self._require_client().clients.get(url)
        self.arrivals.heard.pop(url, None)
        if connection is not None:
            connection.on_error(TimeoutError("replaced by a new connection"))


async def _send(connection: Any, request: Message) -> None:
    try:
        await connection.throttle(PACE)
        await connection.send(request)
    except (OSError, RuntimeError) as error:
        log.debug("unsubscribing failed, the connection is gone: %s", error)


def _was_closed_by_ccxt() -> bool:
    """Tell a future that ccxt cancelled while closing from a cancelled task of ours."""
    task = asyncio.current_task()
    return task is not None and task.cancelling() == 0
