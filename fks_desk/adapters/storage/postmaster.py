"""Read a server's pid file and tell whether the process it names is really that server."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psutil

PID_FILE = "postmaster.pid"
_READY_LINES = 8
_NAMES = frozenset({"postgres", "postgres.exe"})


@dataclass(frozen=True, slots=True, kw_only=True)
class PidFile:
    """Hold what a running server writes into its data folder.

    Lines of the file, as PostgreSQL documents them: pid, data folder, start
    time, port, socket folder, listen address, shared memory, state.
    """

    pid: int
    port: int | None
    socket_folder: str
    host: str
    is_ready: bool


def read_pid_file(data: Path) -> PidFile | None:
    """Return the pid file's content, or None if there is none or it is not legible yet."""
    try:
        lines = (data / PID_FILE).read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return None
    lines += [""] * (_READY_LINES - len(lines))
    pid, port = lines[0].strip(), lines[3].strip()
    if not pid.lstrip("-").isdigit():
        return None
    return PidFile(
        pid=abs(int(pid)),
        port=int(port) if port.isdigit() else None,
        socket_folder=lines[4].strip(),
        host=lines[5].strip(),
        is_ready=lines[7].strip() == "ready",
    )


def is_server_of(pid: int, data: Path) -> bool:
    """Tell whether the process is a PostgreSQL that runs in this data folder.

    A pid alone proves nothing: after a crash the number may belong to anybody.
    The server's own mark is its program name together with its working folder.
    """
    try:
        process = psutil.Process(pid)
        return process.name() in _NAMES and _works_in(process, data)
    except psutil.Error:
        return False


def servers_of(data: Path) -> Iterator[psutil.Process]:
    """Yield every PostgreSQL process that works in this data folder, children included."""
    for process in psutil.process_iter(["name"]):
        try:
            if process.info["name"] in _NAMES and _works_in(process, data):
                yield process
        except psutil.Error:
            continue


def _works_in(process: psutil.Process, data: Path) -> bool:
    if process.status() == psutil.STATUS_ZOMBIE:
        return False
    try:
        return Path(process.cwd()).samefile(data)
    except OSError:
        return str(data) in process.cmdline()
