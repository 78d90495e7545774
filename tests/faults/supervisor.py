"""Start a whole desk as a process, wait for it, kill parts of it, and clear up after it."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil

from fks_desk.adapters.storage.embedded import EmbeddedServer
from fks_desk.app.folders import Folders
from fks_desk.app.venue_child import read_state
from fks_desk.venue.front.admin import SECRET_HEADER

REPOSITORY = Path(__file__).resolve().parents[2]
HISTORY = "history.jsonl"
# Vectors of words: a sentence model takes longer to load than a life of these drills lasts.
QUICK = {"FKS_ASSISTANT__EMBEDDINGS": "words"}

Line = Mapping[str, Any]


@contextmanager
def data_folder(name: str) -> Iterator[Folders]:
    """Lend a data folder; what still runs on it afterwards is ended, then it is removed."""
    # Not under pytest's own folder: as root the server runs as another user, which
    # must be able to enter every parent.
    root = Path(tempfile.mkdtemp(prefix=f"fks-{name}-"))
    root.chmod(0o711)
    try:
        yield Folders(root=root)
    finally:
        for process in processes_of(root):
            with contextlib.suppress(psutil.Error):
                process.kill()
        psutil.wait_procs(processes_of(root), timeout=60)
        shutil.rmtree(root, ignore_errors=True)


class DeskProcess:
    """Hold one life of the desk on a data folder."""

    def __init__(
        self, folders: Folders, *, seed: int = 0, environment: Mapping[str, str] | None = None
    ) -> None:
        self._folders = folders
        self._read = self._size()
        self._lines: list[Line] = []
        self.began = time.monotonic()
        errors = (folders.root / "stderr.txt").open("ab")
        with errors:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "tests.faults.desk_process", str(folders.root),
                 "--seed", str(seed)],
                stdin=subprocess.PIPE, stderr=errors, cwd=REPOSITORY, text=True,
                env={**os.environ, **QUICK, **(environment or {})},
            )  # fmt: skip

    def ask(self, word: str) -> None:
        """Tell the desk to `trade`, `settle` or `quit`."""
        assert self.process.stdin is not None
        self.process.stdin.write(f"{word}\n")
        self.process.stdin.flush()

    def wait_for(
        self, what: str, *, timeout_s: float = 60.0, after: int = 0, **fields: Any
    ) -> float:
        """Return the seconds since the start at which the history told it."""

        def told() -> bool:
            wanted = {"what": what, **fields}.items()
            return any(wanted <= line.items() for line in self.lines()[after:])

        self.wait_until(told, f"{what} {fields}", timeout_s)
        return time.monotonic() - self.began

    def wait_until(self, is_so: Callable[[], bool], what: str, timeout_s: float = 60.0) -> None:
        """Wait; a desk that ends meanwhile or takes too long fails the test with its words."""
        deadline = time.monotonic() + timeout_s
        while not is_so():
            ended = self.process.poll()
            assert ended is None, f"the desk ended with {ended} before {what}: {self._words()}"
            assert time.monotonic() < deadline, f"no {what} in {timeout_s} s: {self._words()}"
            time.sleep(0.02)

    def lines(self) -> list[Line]:
        """Return what this life has written down so far."""
        with contextlib.suppress(FileNotFoundError):
            data = self._path.read_bytes()[self._read :]
            whole = data[: data.rfind(b"\n") + 1]
            self._read += len(whole)
            self._lines += [json.loads(line) for line in whole.splitlines()]
        return self._lines

    def kill(self) -> None:
        """End the process as a power cut would, unless it is gone already."""
        self.process.kill()
        self._forget()

    def wait_dead(self, timeout_s: float = 60.0) -> int:
        """Wait for the process to end by itself and return its exit code."""
        code = self.process.wait(timeout_s)
        self._forget()
        return code

    def quit(self, timeout_s: float = 60.0) -> tuple[int, float]:
        """End the desk in order; return its exit code and the seconds it took."""
        began = time.monotonic()
        self.ask("quit")
        code = self.process.wait(timeout_s)
        self._forget()
        return code, time.monotonic() - began

    @property
    def _path(self) -> Path:
        return self._folders.root / HISTORY

    def _size(self) -> int:
        return self._path.stat().st_size if self._path.exists() else 0

    def _forget(self) -> None:
        self.process.wait(10)
        assert self.process.stdin is not None
        with contextlib.suppress(BrokenPipeError):
            self.process.stdin.close()

    def _words(self) -> str:
        told = [str(dict(line)) for line in self.lines()[-5:]]
        errors = (self._folders.root / "stderr.txt").read_text(errors="replace")[-1500:]
        return "\n".join([*told, errors])


def history(folders: Folders) -> list[Line]:
    """Return what every life has written down, oldest first."""
    return [json.loads(line) for line in (folders.root / HISTORY).read_bytes().splitlines()]


def server_of(folders: Folders) -> EmbeddedServer:
    """Return the folder's database server, which this process did not start."""
    return EmbeddedServer(folders.database)


def kill_database(folders: Folders) -> bool:
    """Kill the postmaster as a power cut would; return whether there was one."""
    pid = server_of(folders).pid
    if pid is None:
        return False
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)
    return True


def venue_answer(folders: Folders, path: str, body: Mapping[str, Any] | None = None) -> Any:
    """Ask the living venue's admin door; with a body the request is a POST."""
    link = read_state(folders.venues / "demo")
    assert link is not None, "the venue does not run"
    request = urllib.request.Request(
        f"http://127.0.0.1:{link.port}/fks/admin/{path}",
        data=None if body is None else json.dumps(body).encode(),
        headers={SECRET_HEADER: link.secret},
    )
    with urllib.request.urlopen(request, timeout=60) as answer:
        return json.loads(answer.read())


def processes_of(root: Path) -> list[psutil.Process]:
    """Return every process that has the data folder in its arguments or works inside it."""
    found = []
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error):
            if process.pid == os.getpid() or process.status() == psutil.STATUS_ZOMBIE:
                continue
            named = any(str(root) in part for part in process.cmdline())
            if named or process.cwd().startswith(str(root)):
                found.append(process)
    return found


def orphans_of(root: Path, *, within_s: float = 2.0) -> list[str]:
    """Return the processes that are still there after a moment."""
    deadline = time.monotonic() + within_s
    while (left := processes_of(root)) and time.monotonic() < deadline:
        time.sleep(0.05)
    return [f"{process.pid} {' '.join(process.cmdline())}" for process in left]
