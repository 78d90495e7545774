"""End the desk politely, and look for what it left behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from fks_desk.app.drill.process import DeskProcess
from fks_desk.app.drill.scratch import scratch_folder
from fks_desk.app.folders import Folders
from tests.faults.supervisor import REPOSITORY, orphans_of

pytestmark = [pytest.mark.load, pytest.mark.slow, pytest.mark.db, pytest.mark.timeout(300)]

END_WITHIN_S = 5.0


def trading(folders: Folders) -> DeskProcess:
    desk = DeskProcess(folders)
    desk.ask("trade")
    desk.wait_for("order", state="open")
    return desk


def test_a_desk_that_quits_leaves_no_process() -> None:
    with scratch_folder("quit") as folders:
        code, seconds = trading(folders).quit()

        assert (code, orphans_of(folders.root)) == (0, [])
        assert seconds < END_WITHIN_S


def test_a_polite_signal_ends_a_desk_with_open_orders() -> None:
    with scratch_folder("quit") as folders:
        desk = trading(folders)
        began = time.monotonic()
        desk.process.send_signal(signal.SIGTERM)

        assert desk.wait_dead() == 0
        assert time.monotonic() - began < END_WITHIN_S
        assert orphans_of(folders.root) == []


@pytest.mark.gui
def test_a_polite_signal_ends_the_window_too() -> None:
    with scratch_folder("quit") as folders:
        process = window(folders.root)
        try:
            wait_until_ready(folders, process)
            began = time.monotonic()
            process.send_signal(signal.SIGTERM)

            assert process.wait(30) == 0
            assert time.monotonic() - began < END_WITHIN_S
            assert orphans_of(folders.root) == []
        finally:
            if process.poll() is None:
                process.kill()
                process.wait()


def window(root: Path) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", "fks_desk", "demo"],
        cwd=REPOSITORY,
        env={**os.environ, "QT_QPA_PLATFORM": "offscreen", "FKS_DATA_FOLDER": str(root)},
    )


def wait_until_ready(folders: Folders, process: subprocess.Popen[bytes]) -> None:
    deadline, log = time.monotonic() + 90, folders.logs / "app.log"
    while not (log.exists() and "the engine is ready" in log.read_text()):
        assert process.poll() is None, "the window ended by itself"
        assert time.monotonic() < deadline, "the engine was not ready in time"
        time.sleep(0.1)
