"""Own every background coroutine, so that none is dropped and no failure is silent."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine
from typing import Any

log = logging.getLogger(__name__)

ASK_AGAIN_S = 1.0


class Nursery:
    """Start coroutines, keep them referenced, report their failures and end them together."""

    def __init__(self, on_failure: Callable[[str, BaseException], None] | None = None) -> None:
        self._tasks: set[asyncio.Task[Any]] = set()
        self._on_failure = on_failure

    def __len__(self) -> int:
        return len(self._tasks)

    def start(self, work: Coroutine[Any, Any, Any], *, name: str) -> asyncio.Task[Any]:
        """Run the coroutine on the current loop under a name that logs will show."""
        task = asyncio.get_running_loop().create_task(work, name=name)
        self._tasks.add(task)
        task.add_done_callback(self._collect)
        return task

    async def close(self, timeout_s: float = 5.0) -> None:
        """Cancel everything that still runs and wait for it to end."""
        loop = asyncio.get_running_loop()
        deadline = loop.time() + timeout_s
        pending = {task for task in self._tasks if not task.done()}
        while pending and (left := deadline - loop.time()) > 0:
            # Asked again now and then: some libraries swallow a cancel that
            # meets them in the middle of connecting.
            for task in pending:
                task.cancel()
            _, pending = await asyncio.wait(pending, timeout=min(left, ASK_AGAIN_S))
        for task in pending:
            log.warning("task %s did not end within %.1f s", task.get_name(), timeout_s)

    def _collect(self, task: asyncio.Task[Any]) -> None:
        self._tasks.discard(task)
        if task.cancelled():
            return
        error = task.exception()
        if error is None:
            return
        log.error("task %s failed: %s", task.get_name(), error, exc_info=error)
        if self._on_failure is not None:
            self._on_failure(task.get_name(), error)
