"""Start the simulated exchange as a child process, or find the one that outlived us."""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from fks_desk.app.caretaker import take_care
from fks_desk.core.errors import ConfigError, FeedUnavailable
from fks_desk.venue.ledger.lock import is_held

log = logging.getLogger(__name__)

STATE_FILE = "venue.json"
START_WITHIN_S = 30.0
STOP_WITHIN_S = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class VenueLink:
    """Hold what a client needs to reach a running venue."""

    pid: int
    port: int
    api_key: str = field(repr=False)
    secret: str = field(repr=False)


class VenueChild:
    """Own one venue process per folder.

    A venue that survived a crash of the desk is attached to, not started again:
    its ledger is the truth that the desk reconciles with.
    """

    def __init__(self, *, folder: Path, arguments: Sequence[str]) -> None:
        self._folder = folder
        self._arguments = tuple(arguments)
        self._process: subprocess.Popen[bytes] | None = None
        self.link: VenueLink | None = None
        self.was_running = False

    async def start(self) -> VenueLink:
        """Return the link to a running venue, or raise `FeedUnavailable`."""
        take_care(self._folder)
        self.link = read_state(self._folder)
        self.was_running = self.link is not None
        if self.link is None:
            self.link = await self._spawn()
        return self.link

    async def revive(self) -> VenueLink | None:
        """Start a venue that died where its clients look for it, or return None if it lives."""
        if self.link is None or self.is_alive():
            return None
        self.link = await self._spawn("--port", str(self.link.port))
        return self.link

    async def stop(self) -> None:
        """End the venue in order; its ledger stays."""
        link, self.link = self.link, None
        if link is None:
            return
        with contextlib.suppress(psutil.NoSuchProcess):
            process = psutil.Process(link.pid)
            process.send_signal(signal.SIGTERM)
            await asyncio.to_thread(_wait_gone, process)
        self._bury()
        (self._folder / STATE_FILE).unlink(missing_ok=True)

    def is_alive(self) -> bool:
        """Tell whether the venue's process is there."""
        return self.link is not None and _is_venue(self.link.pid, self._folder)

    def _bury(self) -> None:
        """Ask an ended child for its exit status, so that it leaves no zombie."""
        if self._process is not None:
            with contextlib.suppress(subprocess.TimeoutExpired):
                # A killed process looks gone a moment before the system has ended it.
                self._process.wait(1.0)

    async def _spawn(self, *more: str) -> VenueLink:
        self._bury()
        process = self._process = self._launched(*more)
        try:
            link = await self._reported(process)
        except BaseException:
            # Also when cancelled: nobody else knows of the process yet.
            process.kill()
            process.wait()
            raise
        if not _is_started_by(link.pid, process.pid):
            # Another desk's venue was quicker, and ours would only fail on its ledger.
            process.kill()
            process.wait()
        log.info("the venue runs as process %d on port %d", link.pid, link.port)
        return link

    async def _reported(self, process: subprocess.Popen[bytes]) -> VenueLink:
        """Wait until the process tells where it listens."""
        try:
            async with asyncio.timeout(START_WITHIN_S):
                while (link := read_state(self._folder)) is None:
                    # Another one that is still starting has the folder: a desk before us
                    # was killed right after it had started that venue.
                    if process.poll() is not None and not is_held(self._folder):
                        raise ConfigError(self._last_words())
                    await asyncio.sleep(0.02)
        except TimeoutError:
            raise FeedUnavailable(
                f"the demo exchange did not start within {START_WITHIN_S:.0f} s; see "
                f"{self._folder / 'venue.err'}"
            ) from None
        return link

    def _launched(self, *more: str) -> subprocess.Popen[bytes]:
        # Not asyncio's: its transport ends the process together with our loop, and the
        # selector loop on Windows has none.
        with (self._folder / "venue.err").open("wb") as errors:
            return subprocess.Popen(  # noqa: S603  our own program
                [
                    sys.executable, "-m", "fks_desk", "venue", "--data", str(self._folder),
                    "--quiet", *self._arguments, *more,
                ],
                stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=errors,
                # A session of its own: a signal to the desk's group must not end it.
                start_new_session=True,
            )  # fmt: skip

    def _last_words(self) -> str:
        lines = (self._folder / "venue.err").read_text(errors="replace").strip().splitlines()
        reason = lines[-1].removeprefix("fks-desk: ") if lines else "it gave no reason"
        return f"the demo exchange did not start: {reason}"


def write_state(folder: Path, *, port: int, api_key: str, secret: str) -> None:
    """Tell later desks where the venue listens, for this user's eyes alone."""
    state = {"pid": os.getpid(), "port": port, "api_key": api_key, "secret": secret}
    draft = folder / f"{STATE_FILE}.new"
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        json.dump(state, file)
    draft.replace(folder / STATE_FILE)


def read_state(folder: Path) -> VenueLink | None:
    """Return the link to the venue that runs on this folder, or None."""
    try:
        link = VenueLink(**json.loads((folder / STATE_FILE).read_text()))
    except (OSError, ValueError, TypeError):
        return None
    return link if _is_venue(link.pid, folder) else None


def _is_venue(pid: int, folder: Path) -> bool:
    # A pid alone may have been given to somebody else meanwhile, be it another venue.
    with contextlib.suppress(psutil.Error):
        process = psutil.Process(pid)
        if process.status() != psutil.STATUS_ZOMBIE:
            words = process.cmdline()
            return "venue" in words and (str(folder) in words or "--data" not in words)
    return False


def _is_started_by(pid: int, started: int) -> bool:
    # On Windows a virtual environment's program starts the real one as its child.
    with contextlib.suppress(psutil.Error):
        return pid == started or started in {one.pid for one in psutil.Process(pid).parents()}
    return False


def _wait_gone(process: psutil.Process) -> None:
    try:
        process.wait(STOP_WITHIN_S)
    except psutil.TimeoutExpired:
        log.warning("the venue did not end within %.0f s and is killed", STOP_WITHIN_S)
        process.kill()
