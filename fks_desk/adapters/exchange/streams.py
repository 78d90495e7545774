"""Keep subscriptions to public streams over ccxt's connections.

ccxt opens, paces, pings and closes the connections. The desk takes each market
message from it before it is parsed: so nothing is merged, and numbers are still
text.
"""

from __future__ import annotations

import asyncio
import logging
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from functools import partial
from typing import Any

from fks_desk.adapters.exchange.library import Client, answer, foreign_errors
from fks_desk.adapters.exchange.mailbox import Mailbox
from fks_desk.adapters.exchange.wire import UNREADABLE, Message
from fks_desk.core.clock import Clock, from_ms
from fks_desk.core.errors import FeedUnavailable
from fks_desk.core.nursery import Nursery

log = logging.getLogger(__name__)

_GATHER_S = 0.02
_LONGEST_SUBSCRIPTION = 100  # streams in one message

_STREAM_OF: dict[str, Callable[[Message], str]] = {
    "trade": lambda message: f"{message['s'].lower()}@trade",
    "kline": lambda message: f"{message['s'].lower()}@kline_{message['k']['i']}",
    "24hrTicker": lambda message: f"{message['s'].lower()}@ticker",
    "depthUpdate": lambda message: f"{message['s'].lower()}@depth@100ms",
}


class Streams:
    """Bring each message of a stream to every mailbox that asked for it.

    `received` counts messages by event (`trade`, `kline`, `24hrTicker`,
    `depthUpdate`), `malformed` those that could not be told apart, and
    `market_time` is the newest moment that any message told of.
    """

    def __init__(self, *, venue: str, clock: Clock, quiet_limit_s: float) -> None:
        self.received: Counter[str] = Counter()
        self.malformed = 0
        self.market_time: datetime | None = None
        self._venue = venue
        self._clock = clock
        self._quiet_limit_s = quiet_limit_s
        self._client: Client | None = None
        self._boxes: dict[str, list[Mailbox]] = defaultdict(list)
        self._wanted: dict[str, list[str]] = defaultdict(list)
        self._heard: dict[str, float] = {}
        self._nursery = Nursery()
        self._watch: asyncio.Task[Any] | None = None

    def attach(self, client: Client) -> None:
        """Use this ccxt object, whose tap is `on_message`."""
        self._client = client

    def open(self, names: Sequence[str], box: Mailbox, *, group: str) -> Callable[[], None]:
        """Fill the box with messages of the streams; return the way to stop.

        Streams of one group share a connection. All that are asked for within a
        moment go out in one message.
        """
        if self._watch is None:
            self._watch = self._nursery.start(self._watch_silence(), name="watch silent streams")
        for name in names:
            if not self._boxes[name]:
                if not self._wanted[group]:
                    self._nursery.start(self._subscribe(group), name=f"subscribe {group}")
                self._wanted[group].append(name)
            self._boxes[name].append(box)
        return partial(self._leave, names, box, group)

    async def close(self) -> None:
        """End every stream."""
        for name in list(self._boxes):
            self._fail([name], FeedUnavailable(f"the connection to {self._venue} was closed"))
        await self._nursery.close()

    def on_message(self, connection: Any, message: Any) -> bool:
        """Take a decoded message; return False for what ccxt should handle."""
        event = message.get("e") if isinstance(message, dict) else None
        name_of = _STREAM_OF.get(event) if isinstance(event, str) else None
        if name_of is None or event is None:
            return False
        self._heard[connection.url] = self._clock.monotonic()
        self.received[event] += 1
        try:
            self._see(from_ms(int(message["E"])))
            boxes = self._boxes.get(name_of(message), ())
        except (*UNREADABLE, AttributeError) as error:
            # Raising would end ccxt's reading loop for good.
            self.malformed += 1
            log.warning("a %s message of %s is malformed: %r", event, self._venue, error)
            return True
        for box in boxes:
            box.put(message)
        return True

    def _see(self, moment: datetime) -> None:
        if self.market_time is None or moment > self.market_time:
            self.market_time = moment

    async def _subscribe(self, group: str) -> None:
        await asyncio.sleep(_GATHER_S)
        wanted, self._wanted[group] = self._wanted[group], []
        names = [name for name in dict.fromkeys(wanted) if self._boxes.get(name)]
        for start in range(0, len(names), _LONGEST_SUBSCRIPTION):
            part = names[start : start + _LONGEST_SUBSCRIPTION]
            self._nursery.start(self._live(part, group), name=f"{group} streams")

    async def _live(self, names: list[str], group: str) -> None:
        """Hold a subscription; its future never resolves, it only fails with the connection."""
        try:
            await self._request(names, group)
        except foreign_errors() as error:
            said = answer(error)
            self._fail(names, FeedUnavailable(f"{self._venue} lost its {group}: {said.text}"))
        except asyncio.CancelledError:
            self._fail(names, FeedUnavailable(f"{self._venue} closed its {group}"))
            if not _was_closed_by_ccxt():
                raise

    def _request(self, names: list[str], group: str) -> Any:
        client = self._require_client()
        url = self._url(group)
        number = client.request_id(url)
        hashes = [f"desk:{name}" for name in names]
        self._heard[url] = self._clock.monotonic()
        request = {"method": "SUBSCRIBE", "params": names, "id": number}
        return client.watch_multiple(url, hashes, request, hashes, {"id": number})

    def _url(self, group: str) -> str:
        client = self._require_client()
        return f"{client.get_ws_url('spot', group)}/{client.stream('spot', f'desk:{group}')}"

    def _require_client(self) -> Client:
        if self._client is None:
            raise FeedUnavailable(f"the connection to {self._venue} is not open")
        return self._client

    def _leave(self, names: Iterable[str], box: Mailbox, group: str) -> None:
        unheard = []
        for name in names:
            boxes = self._boxes.get(name, [])
            if box in boxes:
                boxes.remove(box)
            if not boxes and self._boxes.pop(name, None) is not None:
                unheard.append(name)
        if unheard:
            self._forget(unheard, group)

    def _forget(self, names: list[str], group: str) -> None:
        """Tell the exchange that nobody listens any more, if it can still hear."""
        client = self._client
        connection = client.clients.get(self._url(group)) if client is not None else None
        if connection is None:
            return
        known = [name for name in names if connection.subscriptions.pop(f"desk:{name}", None)]
        if known and not connection.closed():
            number = self._require_client().request_id(connection.url)
            request = {"method": "UNSUBSCRIBE", "params": known, "id": number}
            self._nursery.start(_send(connection, request), name=f"unsubscribe {group}")

    def _fail(self, names: Iterable[str], error: FeedUnavailable) -> None:
        for name in names:
            for box in self._boxes.pop(name, []):
                box.fail(error)

    async def _watch_silence(self) -> None:
        """Cut connections that say nothing though they are open: pings alone prove nothing."""
        while True:
            await asyncio.sleep(self._quiet_limit_s / 6)
            client = self._require_client()
            now = self._clock.monotonic()
            for url, connection in list((client.clients or {}).items()):
                if now - self._heard.get(url, now) > self._quiet_limit_s:
                    log.info("%s is silent on %s; connecting anew", self._venue, url)
                    self._heard.pop(url, None)
                    connection.on_error(TimeoutError(f"silent for {self._quiet_limit_s:.0f} s"))


async def _send(connection: Any, request: Message) -> None:
    try:
        await connection.send(request)
    except (OSError, RuntimeError) as error:
        log.debug("unsubscribing failed, the connection is gone: %s", error)


def _was_closed_by_ccxt() -> bool:
    """Tell a future that ccxt cancelled while closing from a cancelled task of ours."""
    task = asyncio.current_task()
    return task is not None and task.cancelling() == 0
