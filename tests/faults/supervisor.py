"""Know this repository, and whether anything of a data folder still runs."""

from __future__ import annotations

import time
from pathlib import Path

from fks_desk.app.drill.scratch import processes_of

REPOSITORY = Path(__file__).resolve().parents[2]


def orphans_of(root: Path, *, within_s: float = 2.0) -> list[str]:
    """Return the processes that are still there after a moment."""
    deadline = time.monotonic() + within_s
    while (left := processes_of(root)) and time.monotonic() < deadline:
        time.sleep(0.05)
    return [f"{process.pid} {' '.join(process.cmdline())}" for process in left]
