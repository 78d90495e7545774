"""Run a peer's script in a virtual environment of its own, made at the first use."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

HOME = Path(os.environ.get("FKS_BENCH_HOME", "~/.cache/fks-bench")).expanduser()


def asked(name: str, packages: Sequence[str], script: Path, *arguments: str) -> dict[str, Any]:
    """Return what the script prints as JSON in its last line; {"missing": why} if it cannot run."""
    python = HOME / f"v-{name}" / "bin" / "python"
    try:
        if not _has(python, packages):
            subprocess.run([sys.executable, "-m", "venv", str(python.parents[1])], check=True)
            pip = [str(python), "-m", "pip", "install", "--quiet", *packages]
            subprocess.run(pip, check=True, capture_output=True)
        answer = subprocess.run(
            [str(python), str(script), *arguments],
            check=True,
            capture_output=True,
            text=True,
            timeout=300,
        )
    except (OSError, subprocess.SubprocessError) as error:
        return {"missing": f"{name} did not run: {type(error).__name__}"}
    answered: dict[str, Any] = json.loads(answer.stdout.strip().splitlines()[-1])
    return answered


def _has(python: Path, packages: Sequence[str]) -> bool:
    if not python.exists():
        return False
    listed = subprocess.run(
        [str(python), "-m", "pip", "freeze", "--all"], capture_output=True, text=True, check=False
    )
    lines = set(listed.stdout.casefold().splitlines())
    return all(package.casefold() in lines for package in packages)
