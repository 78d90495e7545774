"""Lend a data folder to a drill, know every process on it, and leave none behind."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import tempfile
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil

from fks_desk.adapters.storage.embedded import EmbeddedServer
from fks_desk.app.folders import Folders
from fks_desk.app.venue_child import read_state
from fks_desk.core.errors import TaskError
from fks_desk.venue.front.admin import SECRET_HEADER

HISTORY = "history.jsonl"
_PASSABLE = 0o711
_END_WITHIN_S = 60.0
_ANSWER_WITHIN_S = 60.0

Line = Mapping[str, Any]


@contextmanager
def scratch_folder(name: str) -> Iterator[Folders]:
    """Lend a data folder; what still runs on it afterwards is ended, then it is removed."""
    # As root the server runs as another user, which must be able to enter every parent.
    root = Path(tempfile.mkdtemp(prefix=f"fks-{name}-"))
    root.chmod(_PASSABLE)
    try:
        yield Folders(root=root)
    finally:
        for process in processes_of(root):
            with contextlib.suppress(psutil.Error):
                process.kill()
        psutil.wait_procs(processes_of(root), timeout=_END_WITHIN_S)
        shutil.rmtree(root, ignore_errors=True)


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
        os.kill(pid, getattr(signal, "SIGKILL", signal.SIGTERM))
    return True


def venue_answer(folders: Folders, path: str, body: Mapping[str, Any] | None = None) -> Any:
    """Ask the living venue's admin door; with a body the request is a POST."""
    link = read_state(folders.venues / "demo")
    if link is None:
        raise TaskError("the scratch exchange does not run")
    request = urllib.request.Request(
        f"http://127.0.0.1:{link.port}/fks/admin/{path}",
        data=None if body is None else json.dumps(body).encode(),
        headers={SECRET_HEADER: link.secret},
    )
    with urllib.request.urlopen(request, timeout=_ANSWER_WITHIN_S) as answer:  # noqa: S310  likewise
        return json.loads(answer.read())
