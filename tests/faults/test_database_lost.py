"""Kill PostgreSQL under a trading desk, which must go on by itself."""

from __future__ import annotations

import os
import random
import time

import pytest

from fks_desk.app.drill.process import DeskProcess
from fks_desk.app.drill.scratch import kill_database, scratch_folder
from fks_desk.app.folders import Folders
from tests.faults.test_crashes import settled_and_judged

pytestmark = [pytest.mark.slow, pytest.mark.db, pytest.mark.timeout(3600)]

ROUNDS = int(os.environ.get("FKS_CRASH_ROUNDS", "8"))


def test_a_desk_starts_its_database_again_and_goes_on(capsys: pytest.CaptureFixture[str]) -> None:
    chance = random.Random(16)
    with scratch_folder("lost") as folders:
        desk = DeskProcess(folders, seed=1)
        desk.wait_for("ready")
        desk.wait_for("state", state="active")
        desk.ask("trade")
        back = [killed_and_back(desk, folders, chance) for _ in range(ROUNDS)]
        desk.ask("settle")
        desk.wait_for("settled", timeout_s=180.0)
        code, _ = desk.quit()
        sentence = settled_and_judged(folders, f"the database killed {ROUNDS} times")

    assert code == 0
    with capsys.disabled():
        waits = ", ".join(f"{seconds:.1f}" for seconds in back)
        print(f"\n{sentence}; seconds until the next order was written: {waits}")


def killed_and_back(desk: DeskProcess, folders: Folders, chance: random.Random) -> float:
    """Kill the server while orders flow; return how long no order was written."""
    time.sleep(chance.uniform(0.5, 3.0))
    mark = len(desk.lines())
    began = time.monotonic()

    assert kill_database(folders), "the database did not run before it was killed"
    desk.wait_for("health", after=mark, part="database", state="bad", timeout_s=15.0)
    desk.wait_for("health", after=mark, part="database", state="good", timeout_s=30.0)
    desk.wait_for("order", after=len(desk.lines()), state="sending", timeout_s=60.0)
    return time.monotonic() - began
