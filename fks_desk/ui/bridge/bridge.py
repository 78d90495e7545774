"""Carry commands down to the engine and events up to the window."""

from __future__ import annotations

import concurrent.futures
import logging
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from PySide6.QtCore import QObject, Qt, QTimer, Signal

from fks_desk.core.bus import Bus
from fks_desk.core.clock import Clock, SystemClock
from fks_desk.core.errors import FKSException
from fks_desk.core.messages import (
    Command,
    Event,
    NoticeRaised,
    OrderDenied,
    OrderFilled,
    OrderMoved,
    PositionMoved,
    Severity,
)
from fks_desk.core.ports import Reads
from fks_desk.ui.bridge.engine import Engine, EngineLink, Hop, hop_reads, run_command, submit
from fks_desk.ui.bridge.gather import Gathering
from fks_desk.ui.bridge.watch import FrameWatch
from fks_desk.ui.text import tr

log = logging.getLogger(__name__)

FRAME_S = 1 / 60
# What one delivery may cost; the rest of a flood waits for the next frame, so that
# painting and keys come in between.
BUDGET_S = 0.008
# Timers count whole milliseconds. What that loses is made up with the next frame, or sixty
# a second would be fifty-eight; a delivery that came later than this begins a new count.
ROUNDING_S = 0.002
# What a person has just asked for waits for no frame that the market has filled.
_AT_ONCE = (OrderDenied, OrderMoved, OrderFilled, PositionMoved)

E = TypeVar("E", bound=Event)


@dataclass(frozen=True, slots=True, kw_only=True)
class BridgeCounts:
    """Count events from the engine to the window since the start."""

    received: int
    merged: int
    delivered: int
    waiting: int
    most_waiting: int
    deliveries: int
    sent: int


class Bridge(QObject):
    """Join the two loops. Lives on the GUI thread; only `post` may be called from others."""

    _woken = Signal()
    _hurried = Signal()

    def __init__(self, *, clock: Clock | None = None, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._clock = clock or SystemClock()
        self._bus = Bus()
        self._gathering = Gathering()
        self._link = EngineLink()
        self._reads = hop_reads(self._link)
        self._held: deque[Command] = deque()
        self._delivered = self._deliveries = self._sent = 0
        self._due = float("-inf")
        self._is_closed = self._is_hurried = False
        self._timer = QTimer(self)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self._deliver)
        self._woken.connect(self._schedule, Qt.ConnectionType.QueuedConnection)
        self._hurried.connect(self._hurry, Qt.ConnectionType.QueuedConnection)
        self.watch = FrameWatch(clock=self._clock, parent=self)

    @property
    def reads(self) -> Reads:
        """Return the read ports; every call may be awaited on the GUI loop at any time."""
        return self._reads

    def attach(self, engine: Engine) -> None:
        """Connect a running engine; commands held so far go out first, in order."""
        self._link.attach(engine)
        while self._held:
            self._hand_over(engine, self._held.popleft())

    def fail(self, error: FKSException) -> None:
        """Refuse reads and commands, held ones too: the engine could not start."""
        self._link.fail(error)
        self._held.clear()

    @property
    def failure(self) -> FKSException | None:
        """Return why the engine could not start, or None."""
        return self._link.failure

    def send(self, command: Command) -> None:
        """Hand a command to the engine; what goes wrong comes back as a notice."""
        self._sent += 1
        engine, failure = self._link.engine, self._link.failure
        if engine is not None:
            self._hand_over(engine, command)
        elif failure is not None:
            self._report(command, failure)
        else:
            self._held.append(command)

    def hop(self, port: object) -> Any:
        """Return a stand-in whose methods run on the engine's loop and are awaited here.

        Typed Any because it takes the shape of whatever port it stands for.
        """
        return Hop(self._link, lambda _engine: port)

    def subscribe(self, kind: type[E], handler: Callable[[E], None]) -> Callable[[], None]:
        """Call the handler on the GUI thread for each event of exactly this type."""
        return self._bus.subscribe(kind, handler)

    def subscribe_all(self, handler: Callable[[Event], None]) -> Callable[[], None]:
        """Call the handler on the GUI thread for every event."""
        return self._bus.subscribe_all(handler)

    def post(self, event: Event) -> None:
        """Take an event from any thread; it comes with the next frame, an order's at once."""
        if self._is_closed:
            return
        is_first = self._gathering.add(event)
        if isinstance(event, _AT_ONCE):
            # Noted before it is told, so that what comes meanwhile tells once more.
            if not self._is_hurried:
                self._is_hurried = True
                self._hurried.emit()
        elif is_first:
            self._woken.emit()

    def close(self) -> None:
        """Take nothing more from the engine; what still waits is delivered first."""
        self._is_closed = True
        self.watch.stop()
        self._timer.stop()
        self.flush()

    def flush(self) -> None:
        """Deliver everything that waits, now: for tests and for the last moment."""
        while (event := self._gathering.take()) is not None:
            self._tell(event)

    def counts(self) -> BridgeCounts:
        """Return what was counted since the start."""
        gathered = self._gathering.counts()
        return BridgeCounts(
            received=gathered.received,
            merged=gathered.merged,
            delivered=self._delivered,
            waiting=gathered.waiting,
            most_waiting=gathered.most_waiting,
            deliveries=self._deliveries,
            sent=self._sent,
        )

    def _schedule(self) -> None:
        if self._timer.isActive():
            return
        self._wait(self._due - self._clock.monotonic())

    def _hurry(self) -> None:
        """Deliver in place of the next frame, which then falls out: 60 a second stay 60."""
        self._is_hurried = False
        if self._is_closed:
            return
        wait_s = self._due - FRAME_S - self._clock.monotonic()
        if wait_s > 0:
            self._wait(wait_s)
            return
        self._timer.stop()
        self._deliver()

    def _wait(self, wait_s: float) -> None:
        # Rounded up: a timer that fires early would make more than 60 a second.
        self._timer.start(max(0, -int(-wait_s * 1000 // 1)) if wait_s > 0 else 0)

    def _deliver(self) -> None:
        start = self._clock.monotonic()
        is_in_time = start - self._due <= ROUNDING_S
        self._due = (self._due if is_in_time else start) + FRAME_S
        self._deliveries += 1
        while self._clock.monotonic() - start < BUDGET_S:
            event = self._gathering.take()
            if event is None:
                return
            self._tell(event)
        if self._gathering.counts().waiting:
            self._schedule()

    def _tell(self, event: Event) -> None:
        self._delivered += 1
        self._bus.publish(event)

    def _hand_over(self, engine: Engine, command: Command) -> None:
        try:
            future = submit(engine.loop, run_command(engine, command))
        except FKSException as error:
            self._report(command, error)
            return
        future.add_done_callback(lambda done: self._on_handled(command, done))

    def _on_handled(self, command: Command, done: concurrent.futures.Future[None]) -> None:
        # Runs on the engine thread, so it may only post.
        if done.cancelled():
            return
        error = done.exception()
        if error is not None:
            self._report(command, error)

    def _report(self, command: Command, error: BaseException) -> None:
        name = type(command).__name__
        if isinstance(error, FKSException):
            log.warning("%s was refused: %s", name, error)
            text = error.message
        else:
            log.error("%s failed", name, exc_info=error)
            text = tr("{command} failed: {cause}", command=name, cause=str(error))
        self.post(NoticeRaised(severity=Severity.ERROR, text=text, topic="engine"))
