"""Run a crash drill beside the desk, on a scratch desk of its own, and keep what came of it."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from typing import Any, Protocol

import msgspec

from fks_desk.app.drill.scratch import scratch_folder
from fks_desk.app.drill.sweep import Sweep
from fks_desk.app.routes import Handler
from fks_desk.core.clock import Clock
from fks_desk.core.crash_drill import (
    POINTS,
    CancelCrashDrill,
    CrashDrill,
    CrashDrillMoved,
    StartCrashDrill,
    StruckPart,
    Verdict,
    VerdictState,
)
from fks_desk.core.errors import FKSException
from fks_desk.core.messages import Command, NoticeRaised, Severity
from fks_desk.core.model import Account, Mode
from fks_desk.core.nursery import Nursery
from fks_desk.core.ports import Publish

log = logging.getLogger(__name__)

_DONE = frozenset({VerdictState.PASSED, VerdictState.FAILED})
_NOT_BESIDE = frozenset({Mode.TESTNET, Mode.LIVE})

_END_WITHIN_S = 15.0

Tell = Callable[[Verdict], None]


class DrillCancelledError(Exception):
    """End a sweep because a person, or the end of the desk, wants it to."""


class RunSweep(Protocol):
    """Strike at every point, tell of each, and return what the sweep went through; blocks."""

    def __call__(self, part: StruckPart, tell: Tell, look: Callable[[], None]) -> str:
        """Run until done, or until `look` raises."""
        ...


def sweep_all(part: StruckPart, tell: Tell, look: Callable[[], None]) -> str:
    """Strike a fresh scratch desk at every point."""
    with scratch_folder("drill") as folders:
        sweep = Sweep(folders, part, look=look, is_humble=True)
        try:
            sweep.run(POINTS, tell)
            return sweep.count()
        finally:
            sweep.abandon()


class CrashDrills:
    """Be the `CrashDrillReader`, and start and cancel drills; one runs at a time."""

    def __init__(
        self,
        *,
        account: Account,
        load: Callable[[], Awaitable[Mapping[str, Any] | None]],
        save: Callable[[Mapping[str, Any]], Awaitable[None]],
        clock: Clock,
        publish: Publish,
        run: RunSweep = sweep_all,
    ) -> None:
        self._account = account
        self._load = load
        self._save = save
        self._clock = clock
        self._publish = publish
        self._run = run
        self._nursery = Nursery()
        self._stop = threading.Event()
        self._running: CrashDrill | None = None
        self._task: asyncio.Task[None] | None = None

    @property
    def handlers(self) -> Mapping[type[Command], Handler]:
        """Return which command leads where."""
        return {StartCrashDrill: self.start, CancelCrashDrill: self.cancel}

    async def last(self) -> CrashDrill | None:
        """Return the drill that runs, or else the last one."""
        if self._running is not None:
            return self._running
        stored = await self._load()
        if stored is None:
            return None
        try:
            return msgspec.convert(stored, CrashDrill)
        except (msgspec.ValidationError, ValueError) as error:
            log.warning("the last crash drill cannot be read: %s", error)
            return None

    async def start(self, command: StartCrashDrill) -> None:
        """Begin a drill, unless one runs or real money is near."""
        if self._account.mode in _NOT_BESIDE:
            self._tell(
                f"The drill burdens this machine, and this desk trades {self._account.title}: "
                "start it in a desk on the demo exchange."
            )
            return
        if self._running is not None:
            self._tell("A crash drill runs already.")
            return
        self._stop.clear()
        waiting = (Verdict(point=point, part=command.part) for point in POINTS)
        self._show(CrashDrill(began=self._clock.now(), verdicts=tuple(waiting)))
        self._task = self._nursery.start(self._drill(command.part), name="crash drill")

    async def cancel(self, _command: CancelCrashDrill) -> None:
        """End the drill; what was judged by then is kept."""
        self._stop.set()

    async def close(self) -> None:
        """End the drill and every process of it."""
        self._stop.set()
        if self._task is not None:
            await asyncio.wait({self._task}, timeout=_END_WITHIN_S)
        await self._nursery.close()

    async def _drill(self, part: StruckPart) -> None:
        loop = asyncio.get_running_loop()

        def tell(verdict: Verdict) -> None:
            with suppress(RuntimeError):  # the desk is gone, and nobody listens any more
                loop.call_soon_threadsafe(self._on_verdict, verdict)

        # Shielded: the thread ends by the event alone, and must end before the desk does.
        work = asyncio.shield(asyncio.to_thread(self._run, part, tell, self._look))
        detail = "the desk was closed"
        try:
            detail = await work
        except DrillCancelledError:
            detail = "cancelled"
        except FKSException as error:
            detail = error.message
        finally:
            self._stop.set()
            await self._finish(detail)

    async def _finish(self, detail: str) -> None:
        drill = self._running
        if drill is None:
            return
        verdicts = tuple(
            one if one.state in _DONE else replace(one, state=VerdictState.WAITING)
            for one in drill.verdicts
        )
        ended = replace(drill, verdicts=verdicts, ended=self._clock.now(), detail=detail)
        try:
            await self._save(msgspec.to_builtins(ended))
        except FKSException as error:
            log.warning("the crash drill cannot be stored: %s", error)
        self._running = None
        self._publish(CrashDrillMoved(drill=ended))

    def _on_verdict(self, verdict: Verdict) -> None:
        if self._running is None:
            return
        verdicts = tuple(
            verdict if one.point == verdict.point else one for one in self._running.verdicts
        )
        self._show(replace(self._running, verdicts=verdicts))

    def _show(self, drill: CrashDrill) -> None:
        self._running = drill
        self._publish(CrashDrillMoved(drill=drill))

    def _look(self) -> None:
        if self._stop.is_set():
            raise DrillCancelledError

    def _tell(self, text: str) -> None:
        self._publish(NoticeRaised(severity=Severity.WARNING, text=text, topic="drill"))
