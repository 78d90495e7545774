"""Measure how long the desk takes to open, from the process to a moving market."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from fks_desk.app.drill.scratch import scratch_folder
from tests.benchmarks.measure import Measure, less_is_better
from tests.faults.window_process import REPORT

ROOT = Path(__file__).resolve().parents[2]
STARTS = 3
ALLOWED_S = {"painted": 2.0, "moving": 8.0, "ready": 10.0}


def measures() -> Iterator[Measure]:
    """Yield the command line's help, the first start of all, and the median of later ones."""
    yield _measure("help", min(_help() for _ in range(STARTS)), 0.5)
    with scratch_folder("start") as folders:
        first = _start(folders.root)
        later = [_start(folders.root) for _ in range(STARTS)]
    for moment, allowed in ALLOWED_S.items():
        yield _measure(f"first_{moment}", first[moment], 2 * allowed)
        middle = statistics.median(one[moment] for one in later)
        yield _measure(f"again_{moment}", middle, allowed)


def _help() -> float:
    began = time.perf_counter()
    subprocess.run([sys.executable, "-m", "fks_desk", "--help"], capture_output=True, check=True)
    return time.perf_counter() - began


def _start(root: Path) -> dict[str, float]:
    """Return the seconds from the start of the process to each moment.

    By the clock of this process: what the system tells of when another one began may be
    most of a second wrong, because it counts from the boot, whose moment it knows in seconds.
    """
    began = time.time()
    subprocess.run(
        [sys.executable, "-m", "tests.faults.window_process", str(root), "--seconds", "2"],
        cwd=ROOT, env={**os.environ, "FKS_ASSISTANT__EMBEDDINGS": "words"},
        check=True, timeout=120, capture_output=True,
    )  # fmt: skip
    moments = json.loads((root / REPORT).read_text())["moments"]
    return {name: moments[name] - began for name in ALLOWED_S}


def _measure(name: str, value: float, allowed: float) -> Measure:
    return less_is_better(f"start.{name}", value, "s", "allowed", allowed)
