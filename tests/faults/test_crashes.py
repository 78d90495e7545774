"""Kill the desk, its database or both while orders flow, and let the oracle judge."""

from __future__ import annotations

import os
import random
import time
from collections import Counter

import pytest

from fks_desk.app.drill import oracle
from fks_desk.app.drill.evidence import gather
from fks_desk.app.drill.process import DeskProcess
from fks_desk.app.drill.scratch import kill_database, scratch_folder
from fks_desk.app.folders import Folders
from tests.faults.supervisor import orphans_of

pytestmark = [pytest.mark.slow, pytest.mark.db, pytest.mark.timeout(3600)]

ROUNDS = int(os.environ.get("FKS_CRASH_ROUNDS", "8"))
TARGETS = ("desk", "desk", "desk", "desk at its start", "both")
# An order that never left is declared absent after a while of the venue's silence.
SETTLE_WITHIN_S = 180.0


def test_no_crash_loses_or_doubles_anything(capsys: pytest.CaptureFixture[str]) -> None:
    chance = random.Random(20)
    kills: Counter[str] = Counter()
    starts: list[float] = []
    with scratch_folder("crash") as folders:
        for number in range(ROUNDS):
            target = "desk" if number == 0 else TARGETS[number % len(TARGETS)]
            desk = DeskProcess(folders, seed=number * 100)
            starts.append(one_life(desk, folders, target, chance))
            kills[target] += 1
        sentence = settled_and_judged(folders, f"{ROUNDS} rounds, kills {dict(kills)}")
    with capsys.disabled():
        restarts = [f"{seconds:.1f}" for seconds in starts if seconds]
        print(f"\n{sentence}; seconds until trading again: {', '.join(restarts)}")


def one_life(desk: DeskProcess, folders: Folders, target: str, chance: random.Random) -> float:
    """Let a desk trade and kill what the target says; return how long its start took."""
    if target == "desk at its start":
        time.sleep(chance.uniform(0.5, 7.0))
        desk.kill()
        return 0.0
    desk.wait_for("ready")
    seconds = desk.wait_for("state", state="active")
    desk.ask("trade")
    time.sleep(chance.uniform(0.3, 4.0))
    if target == "both" and chance.random() < 0.5:
        kill_database(folders)
        time.sleep(chance.uniform(0.0, 0.2))
    desk.kill()
    if target == "both":
        kill_database(folders)
    return seconds


def settled_and_judged(folders: Folders, what: str) -> str:
    """Start once more without help, settle, judge and quit; return what was counted."""
    desk = DeskProcess(folders)
    desk.wait_for("ready")
    desk.ask("settle")
    desk.wait_for("settled", timeout_s=SETTLE_WITHIN_S)
    evidence = gather(folders)

    assert oracle.judge(evidence) == []
    code, seconds = desk.quit()

    assert code == 0
    assert orphans_of(folders.root) == []
    return f"{what}: {oracle.count(evidence)}; ended in {seconds:.1f} s"
