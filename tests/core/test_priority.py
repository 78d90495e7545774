"""Let helpers step back behind what a person is waiting for."""

from __future__ import annotations

import subprocess
import sys

import pytest


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no niceness")
def test_a_helper_gives_way() -> None:
    code = "import os; from fks_desk.core.priority import step_back; a = os.nice(0); step_back()"
    done = subprocess.run(
        [sys.executable, "-c", f"{code}; print(os.nice(0) > a)"],
        check=True,
        capture_output=True,
        text=True,
    )

    assert done.stdout.strip() == "True"
