"""Give the engine a thread and an asyncio loop of its own."""

from __future__ import annotations

import asyncio
import gc
import logging
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING

from fks_desk.core.errors import FKSException
from fks_desk.core.messages import HealthMoved, HealthState, NoticeRaised, Severity
from fks_desk.core.ports import Publish

if TYPE_CHECKING:
    from fks_desk.app.engine import Engine

log = logging.getLogger(__name__)

END_WITHIN_S = 60.0  # a first start that is still making its database takes long to turn back
_NEXT_STEP = "Mend what the sentence says, then start the desk again."


class EngineThread:
    """Run an engine until told to stop.

    `make` is called on the thread, so that its heavy imports do not hold the
    window up. `failure` says why an engine did not start; `on_failure` is told of
    it on the engine's thread. A selector loop on every system: the database driver refuses the
    other kind that Windows has.
    """

    def __init__(
        self,
        *,
        make: Callable[[], Engine],
        listen: Publish,
        on_failure: Callable[[FKSException], None] = lambda _error: None,
    ) -> None:
        self.failure: FKSException | None = None
        self._make = make
        self._listen = listen
        self._on_failure = on_failure
        self._thread = threading.Thread(target=self._run, name="engine", daemon=True)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stop: asyncio.Event | None = None
        self._has_loop = threading.Event()

    @property
    def loop(self) -> asyncio.AbstractEventLoop:
        """Return the engine's loop; waits for the thread to have it."""
        self._has_loop.wait()
        assert self._loop is not None  # noqa: S101  set before the event
        return self._loop

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def is_alive(self) -> bool:
        """Tell whether the engine still runs."""
        return self._thread.is_alive()

    def stop(self) -> None:
        """Ask the engine to end; returns at once."""
        self._has_loop.wait()
        if self._loop is not None and self._stop is not None and self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._stop.set)

    def join(self, timeout_s: float = END_WITHIN_S) -> bool:
        """Wait for the end and tell whether it came."""
        self._thread.join(timeout_s)
        return not self._thread.is_alive()

    def _run(self) -> None:
        with asyncio.Runner(loop_factory=asyncio.SelectorEventLoop) as runner:
            self._loop = runner.get_loop()
            runner.run(self._main())

    async def _main(self) -> None:
        self._stop = asyncio.Event()
        self._has_loop.set()
        engine = self._make()
        starting = asyncio.get_running_loop().create_task(engine.start(), name="start the engine")
        stopping = asyncio.get_running_loop().create_task(self._stop.wait(), name="stop wanted")
        try:
            await asyncio.wait({starting, stopping}, return_when=asyncio.FIRST_COMPLETED)
            self._report(starting)
            # What is loaded by now stays to the end: later collections, which halt the
            # window too, need not look at it again.
            gc.freeze()
            await stopping
        finally:
            starting.cancel()
            await asyncio.wait({starting})
            await engine.close()

    def _report(self, starting: asyncio.Task[None]) -> None:
        error = starting.exception() if starting.done() and not starting.cancelled() else None
        if error is None:
            return
        if isinstance(error, FKSException):
            log.error("the engine did not start: %s", error)
            self.failure = error
        else:
            log.error("the engine did not start", exc_info=error)
            self.failure = FKSException(
                f"the engine did not start: {error}; error.log has the details"
            )
        text = self.failure.message
        self._listen(
            HealthMoved(part="engine", state=HealthState.BAD, detail=text, next_step=_NEXT_STEP)
        )
        self._listen(NoticeRaised(severity=Severity.ERROR, text=text, topic="engine"))
        self._on_failure(self.failure)
