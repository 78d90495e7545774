"""Reach the engine's loop from the window's, also before the engine has started."""

from __future__ import annotations

import asyncio
import concurrent.futures
import logging
from collections.abc import Callable, Coroutine
from copy import copy
from dataclasses import dataclass, fields
from typing import Any, TypeVar, cast

from fks_desk.core.errors import FKSException
from fks_desk.core.messages import Command
from fks_desk.core.ports import CommandHandler, Reads
from fks_desk.ui.text import tr

log = logging.getLogger(__name__)

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Engine:
    """Hold what the window needs of a running engine.

    `handle` is started on `loop` for each command, in the order they were sent.
    """

    loop: asyncio.AbstractEventLoop
    handle: CommandHandler
    reads: Reads


class EngineLink:
    """Call the engine; calls made before it is attached wait for it."""

    def __init__(self) -> None:
        self._engine: concurrent.futures.Future[Engine] = concurrent.futures.Future()

    @property
    def engine(self) -> Engine | None:
        """Return the engine, or None while there is none."""
        is_there = self._engine.done() and self._engine.exception() is None
        return self._engine.result() if is_there else None

    def attach(self, engine: Engine) -> None:
        """Let waiting and later calls reach the engine."""
        if self._engine.done():
            self._engine = concurrent.futures.Future()
        self._engine.set_result(engine)

    def fail(self, error: FKSException) -> None:
        """Let waiting and later calls fail: there will be no engine."""
        if not self._engine.done():
            self._engine.set_exception(error)

    @property
    def failure(self) -> FKSException | None:
        """Return why there will be no engine, or None."""
        error = self._engine.exception() if self._engine.done() else None
        return error if isinstance(error, FKSException) else None

    async def call(self, work: Callable[[Engine], Coroutine[Any, Any, T]]) -> T:
        """Run a coroutine on the engine's loop and await its answer here.

        Cancelling the caller cancels the work. An `FKSException` comes back as it
        is, anything else as one that names the cause.
        """
        engine = await self._attached()
        future = submit(engine.loop, work(engine))
        try:
            return await asyncio.wrap_future(future)
        except asyncio.CancelledError:
            task = asyncio.current_task()
            if task is not None and task.cancelling():
                raise
            raise FKSException(tr("The engine stopped before it could answer.")) from None
        except FKSException as error:
            raise _own(error) from None
        except Exception as error:
            log.exception("the engine failed to answer")
            error.__traceback__ = None
            raise FKSException(
                tr("The engine failed to answer: {cause}", cause=str(error)),
                cause=type(error).__name__,
            ) from error

    async def _attached(self) -> Engine:
        try:
            # Shielded, because a caller that gives up must not close the door for the others.
            return await asyncio.shield(asyncio.wrap_future(self._engine))
        except FKSException as error:
            raise _own(error) from None


class Hop:
    """Stand for a port of the engine: each method runs over there and is awaited here."""

    def __init__(self, link: EngineLink, port: Callable[[Engine], Any]) -> None:
        self._link = link
        self._port = port

    def __getattr__(self, name: str) -> Callable[..., Coroutine[Any, Any, Any]]:
        if name.startswith("_"):
            raise AttributeError(name)

        async def call(*arguments: Any, **named: Any) -> Any:
            return await self._link.call(
                lambda engine: getattr(self._port(engine), name)(*arguments, **named)
            )

        return call


def hop_reads(link: EngineLink) -> Reads:
    """Return read ports that may be awaited from the window's loop."""
    ports = {field.name: Hop(link, _port_named(field.name)) for field in fields(Reads)}
    return Reads(**cast("dict[str, Any]", ports))


def submit(
    loop: asyncio.AbstractEventLoop, work: Coroutine[Any, Any, T]
) -> concurrent.futures.Future[T]:
    """Start a coroutine on another thread's loop, or raise `FKSException` if it has ended."""
    try:
        return asyncio.run_coroutine_threadsafe(work, loop)
    except RuntimeError as error:
        work.close()
        raise FKSException(tr("The engine has stopped; start the desk again.")) from error


async def run_command(engine: Engine, command: Command) -> None:
    """Hand a command to the engine, on the engine's loop."""
    await engine.handle(command)


def _own(error: FKSException) -> FKSException:
    """Return the error as one of the caller's own, and take its way here off the other.

    The way is made of frames, and they hold what called: panes and their models. Others
    keep the error too. One for good, of an engine that never started; and the engine's
    thread, where whatever it held last would die, which Qt does not survive.
    """
    own = copy(error)
    error.__traceback__ = None
    return own


def _port_named(name: str) -> Callable[[Engine], Any]:
    return lambda engine: getattr(engine.reads, name)
