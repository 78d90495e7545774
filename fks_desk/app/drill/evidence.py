"""Gather what the venue, the database and the processes of one desk can tell."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

from fks_desk.adapters.storage.evidence import Row, read_tables
from fks_desk.app.drill.scratch import (
    HISTORY,
    Line,
    history,
    processes_of,
    server_of,
    venue_answer,
)
from fks_desk.app.folders import Folders


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """Hold everything that the invariants are judged by, taken while nothing moved."""

    history: Sequence[Line]
    ledger: Mapping[str, Any]
    requests: Sequence[Row]
    tables: Mapping[str, Sequence[Row]]
    secrets: Sequence[bytes]
    texts: Mapping[str, bytes]
    sockets: Sequence[str]


def gather(folders: Folders) -> Evidence:
    """Read the ledger, the rows, the logs and the processes of a desk that is settled."""
    venue = folders.venues / "demo"
    keys = json.loads((venue / "keys.json").read_text())
    requests = (venue / "requests.jsonl").read_text().splitlines()
    processes = processes_of(folders.root)
    return Evidence(
        history=history(folders),
        ledger=venue_answer(folders, "ledger"),
        requests=[json.loads(line) for line in requests],
        tables=read_tables(server_of(folders).url),
        secrets=[keys["api_key"].encode(), keys["secret"].encode()],
        texts={**_logs(folders), **_surroundings(processes)},
        sockets=[
            f"{process.name()} listens on {socket.laddr.ip}:{socket.laddr.port}"
            for process in processes
            for socket in _listening(process)
        ],
    )


def _logs(folders: Folders) -> dict[str, bytes]:
    files = (*folders.logs.glob("*"), folders.root / "stderr.txt", folders.root / HISTORY)
    return {file.name: file.read_bytes() for file in files if file.is_file()}


def _surroundings(processes: Sequence[psutil.Process]) -> dict[str, bytes]:
    """Return the arguments and the environment of each process."""
    seen = {}
    for process in processes:
        for name in ("cmdline", "environ"):
            with contextlib.suppress(OSError):
                seen[f"{name} of {process.pid}"] = Path(f"/proc/{process.pid}/{name}").read_bytes()
    return seen


def _listening(process: psutil.Process) -> list[Any]:
    with contextlib.suppress(psutil.Error):
        return [one for one in process.net_connections("inet") if one.status == psutil.CONN_LISTEN]
    return []
