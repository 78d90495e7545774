"""Bring each message of a stream to every mailbox that waits for it."""

from __future__ import annotations

import logging
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any

from fks_desk.adapters.exchange.handover import Handover
from fks_desk.adapters.exchange.hot.frames import Frame, stream_of
from fks_desk.adapters.exchange.hot.lane import HotLane
from fks_desk.adapters.exchange.mailbox import Mailbox
from fks_desk.adapters.exchange.stamps import in_ms
from fks_desk.adapters.exchange.wire import UNREADABLE, Message
from fks_desk.core.clock import Clock, from_ms
from fks_desk.core.errors import FeedUnavailable

log = logging.getLogger(__name__)

Box = Mailbox[Frame | Message]

_SHUTDOWN = "serverShutdown"

_STREAM_OF: dict[str, Callable[[Message], str]] = {
    "trade": lambda message: f"{message['s'].lower()}@trade",
    "aggTrade": lambda message: f"{message['s'].lower()}@aggTrade",
    "kline": lambda message: f"{message['s'].lower()}@kline_{message['k']['i']}",
    "24hrTicker": lambda message: f"{message['s'].lower()}@ticker",
    "depthUpdate": lambda message: f"{message['s'].lower()}@depth@100ms",
}
_NUMBER_OF: dict[str, Callable[[Message], int]] = {
    "trade": lambda message: int(message["t"]),
    "aggTrade": lambda message: int(message["a"]),
    "kline": lambda message: (message["k"]["t"] + message["E"]) * 2 + bool(message["k"]["x"]),
    "24hrTicker": lambda message: int(message["E"]),
    "depthUpdate": lambda message: int(message["u"]),
}
_BUSY = frozenset(_STREAM_OF) - {"24hrTicker"}


class Arrivals:
    """Hear every connection's frames, the busy ones before ccxt parses them.

    `received` counts messages by event (`trade`, `kline`, `24hrTicker`,
    `depthUpdate`), `malformed` those that could not be told apart, `heard` says
    when each connection last spoke, `ending` names those about to be closed and
    `retired` those that another one replaced: what they still say is known.
    """

    def __init__(self, *, venue: str, clock: Clock, is_hot: bool = True) -> None:
        self.lane = HotLane(venue=venue, is_on=is_hot)
        self.received: Counter[str] = Counter()
        self.malformed = 0
        self.boxes: dict[str, list[Box]] = defaultdict(list)
        self.heard: dict[str, float] = {}
        self.handovers: list[Handover] = []
        self.ending: set[str] = set()
        self.retired: set[str] = set()
        self._venue = venue
        self._clock = clock
        self._newest_ms: int | None = None

    @property
    def market_time(self) -> datetime | None:
        """Return the newest moment that any message told of."""
        return None if self._newest_ms is None else from_ms(self._newest_ms)

    def on_frame(self, connection: Any, text: object) -> bool:
        """Take a frame as it came; return False for what has to be parsed by ccxt."""
        frame = self.lane.take(text)
        if frame is None:
            return False
        self._note(connection.url, frame.event, frame.E)
        self._deliver(connection.url, stream_of(frame), frame.number, frame)
        return True

    def on_message(self, connection: Any, message: Any) -> bool:
        """Take a decoded message; return False for what ccxt should handle."""
        if not isinstance(message, dict):
            # ccxt's reading loop ends for good on what is no object.
            self.malformed += 1
            log.warning("%s sent a message that is no object", self._venue)
            return True
        event = message.get("e")
        if event == _SHUTDOWN:
            self.ending.add(connection.url)
        name_of = _STREAM_OF.get(event) if isinstance(event, str) else None
        if name_of is None or event is None:
            return False
        if event in _BUSY:
            self.lane.note_left(event)
        try:
            self._note(connection.url, event, int(message["E"]))
            number = _NUMBER_OF[event](message) if self.handovers else 0
            self._deliver(connection.url, name_of(message), number, message)
        except (*UNREADABLE, AttributeError) as error:
            # Raising would end ccxt's reading loop for good.
            self.malformed += 1
            log.warning("a %s message of %s is malformed: %r", event, self._venue, error)
        return True

    def finish(self, handover: Handover) -> None:
        """End a handover and deliver what waited in it."""
        self.handovers.remove(handover)
        for name, frames in handover.finish().items():
            for frame in frames:
                self._put(name, frame)

    def fail(self, names: Iterable[str], error: FeedUnavailable) -> None:
        """End streams with an error that every reader gets."""
        for name in names:
            for box in self.boxes.pop(name, []):
                box.fail(error)

    def _note(self, url: str, event: str, moment_ms: int) -> None:
        self.heard[url] = self._clock.monotonic()
        self.received[event] += 1
        stamp = in_ms(moment_ms)
        if self._newest_ms is None or stamp > self._newest_ms:
            self._newest_ms = stamp

    def _deliver(self, url: str, name: str, number: int, frame: Frame | Message) -> None:
        if url in self.retired:
            return
        for handover in self.handovers:
            if url in {handover.old, handover.new}:
                for one in handover.take(url, name, number, frame):
                    self._put(name, one)
                return
        self._put(name, frame)

    def _put(self, name: str, frame: Frame | Message) -> None:
        for box in self.boxes.get(name, ()):
            box.put(frame)
