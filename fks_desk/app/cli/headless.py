"""Run the desk without a window."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Annotated, Any

import typer

from fks_desk.app.cli.accounts import passphrase_from_environment
from fks_desk.app.cli.failing import exits_cleanly
from fks_desk.app.cli.options import FileTimeframe, NeededSymbol, Replay, Speed
from fks_desk.app.cli.telling import note, patiently, tell
from fks_desk.app.cli.workplace import Workplace, run, workplace
from fks_desk.core.errors import ConfigError
from fks_desk.core.messages import Event, NoticeRaised, Severity
from fks_desk.core.model import Timeframe
from fks_desk.core.nursery import Nursery

if TYPE_CHECKING:
    from fks_desk.app.accounts.access import Access
    from fks_desk.app.engine import Engine
    from fks_desk.app.world import World


@exits_cleanly
def headless(
    replay: Replay = None,
    symbol: NeededSymbol = "BTC/USDT",
    timeframe: FileTimeframe = None,
    speed: Speed = 60.0,
    seconds: Annotated[
        float | None,
        typer.Option(
            "--seconds",
            min=0.0,
            metavar="SECONDS",
            help="End by itself after so long; for scripts.",
        ),
    ] = None,
    log_to_stderr: Annotated[
        bool, typer.Option("--log", help="Write the log to stderr as well.")
    ] = False,
) -> None:
    """Run the desk without a window until Ctrl+C or SIGTERM.

    Feeds, orders, tasks and the database run as behind the window. One line
    starting with READY is printed when everything is up.

    Exit codes: 0 ended in order, 1 a part could not start, 2 the command or
    the settings are wrong, or a desk works on the data folder already.
    """
    with End() as end:
        from fks_desk.app.claim import claimed  # noqa: PLC0415  psutil loads slowly

        with workplace(log_to_stderr=log_to_stderr) as place, claimed(place.folders.root):
            world, access = chosen_world(place, replay, symbol, timeframe, speed), None
            if replay is None and place.settings.account.id is not None:
                world, access = _named_account(place)
            run(_serve(place, world, seconds, end, access))


def chosen_world(
    place: Workplace, replay: Path | None, symbol: str, timeframe: Timeframe | None, speed: float
) -> World:
    """Return the demo exchange's world or, with a file, the world of its candles."""
    from fks_desk.adapters.files.names import guess_from_name  # noqa: PLC0415  pandas is slow
    from fks_desk.app.instruments import read_symbol  # noqa: PLC0415  see above
    from fks_desk.app.world import demo_world, replay_world  # noqa: PLC0415  see above

    if replay is None:
        return demo_world(place.settings.demo)
    if not replay.is_file():
        raise ConfigError(f"there is no file {replay} to replay; give the path of a candle file")
    length = timeframe or guess_from_name(replay).timeframe
    if length is None:
        raise ConfigError(
            f"which timeframe has {replay.name}? Its name does not tell; "
            "say so with --timeframe, such as --timeframe 5m"
        )
    return replay_world(
        replay,
        symbol=read_symbol(symbol),
        timeframe=length,
        speed=speed,
        settings=place.settings.demo,
    )


def _named_account(place: Workplace) -> tuple[World, Access | None]:
    """Return the account that the settings name; without a person nothing else is opened."""
    from fks_desk.app.accounts.book import AccountBook  # noqa: PLC0415  keyring loads slowly
    from fks_desk.app.world import world_of  # noqa: PLC0415  see above

    book = AccountBook(
        folders=place.folders,
        clock=place.clock,
        named=place.settings.account.id,
        stand_in=place.settings.account.stand_in,
        hide=place.logging.hide,
    )
    entry = book.opened()
    world = world_of(entry, place.settings)
    passphrase = passphrase_from_environment() if entry.needs_key else None
    return world, None if world.is_built_in else book.access(entry, passphrase)


class End:
    """Hear Ctrl+C and a polite end of the process from the first moment on.

    A KeyboardInterrupt in the middle of an import can be swallowed by a library's
    C code, and the desk would go on.
    """

    def __init__(self) -> None:
        self._is_wanted = False
        self._wake: Callable[[], object] | None = None
        self._before: dict[int, Any] = {}

    def __enter__(self) -> End:
        for kind in (signal.SIGTERM, signal.SIGINT):
            self._before[kind] = signal.signal(kind, self._on_signal)
        return self

    def __exit__(self, *_error: object) -> None:
        for kind, handler in self._before.items():
            signal.signal(kind, handler)

    def event(self) -> asyncio.Event:
        """Return what is set on the running loop once the end is wanted."""
        stop, loop = asyncio.Event(), asyncio.get_running_loop()
        self._wake = lambda: loop.is_closed() or loop.call_soon_threadsafe(stop.set)
        if self._is_wanted:
            stop.set()
        return stop

    def _on_signal(self, _number: int, _frame: FrameType | None) -> None:
        self._is_wanted = True
        if self._wake is not None:
            self._wake()


async def _serve(
    place: Workplace, world: World, seconds: float | None, end: End, access: Access | None
) -> None:
    stop = end.event()
    from fks_desk.app.engine import Engine  # noqa: PLC0415  loads ccxt, numba and the rest

    engine = Engine(
        settings=place.settings,
        folders=place.folders,
        world=world,
        clock=place.clock,
        listen=_on_event,
        hide=place.logging.hide,
        access=access,
    )
    began = place.clock.monotonic()
    try:
        with patiently("starting the desk"):
            is_up = await _started(engine, stop)
        if is_up:
            took = place.clock.monotonic() - began
            account = world.account
            tell(
                f"READY account={account.id} venue={account.venue} pid={os.getpid()} "
                f"seconds={took:.1f}"
            )
            await _waited(stop, seconds)
    finally:
        await engine.close()


async def _started(engine: Engine, stop: asyncio.Event) -> bool:
    """Return whether the engine is up; False if the end was wanted before it was."""
    nursery = Nursery()
    starting = nursery.start(engine.start(), name="start the engine")
    stopping = nursery.start(stop.wait(), name="wait for the end")
    try:
        await asyncio.wait({starting, stopping}, return_when=asyncio.FIRST_COMPLETED)
        if starting.done():
            starting.result()
        return starting.done()
    finally:
        await nursery.close()


async def _waited(stop: asyncio.Event, seconds: float | None) -> None:
    try:
        async with asyncio.timeout(seconds):
            await stop.wait()
    except TimeoutError:
        return


def _on_event(event: Event) -> None:
    if isinstance(event, NoticeRaised) and event.severity is not Severity.INFO:
        note(event.text)
