"""Kill the real desk, its database or both at every named point of an order's life."""

from __future__ import annotations

import os
import signal
import time

import pytest

from fks_desk.app.folders import Folders
from tests.faults.supervisor import DeskProcess, data_folder, venue_answer
from tests.faults.test_crashes import settled_and_judged

pytestmark = [pytest.mark.slow, pytest.mark.db, pytest.mark.timeout(3600)]

TRADING_POINTS = (
    "intent.before_persist",
    "intent.persisted",
    "risk.reserved",
    "order.before_send",
    "order.acked_before_persist",
    "order.persisted_before_publish",
    "fill.received_before_persist",
    "fill.persisted_before_position",
    "position.persisted",
    "cancel.sent_before_ack",
    "reconcile.mid",
)
# The many rounds of the long run, see `test_crashes`.
IS_LONG = int(os.environ.get("FKS_CRASH_ROUNDS", "8")) >= 50


def test_a_desk_killed_at_each_point_recovers(capsys: pytest.CaptureFixture[str]) -> None:
    with data_folder("points") as folders:
        dies_at(folders, "migrate.mid")
        for number, point in enumerate(TRADING_POINTS):
            dies_at(folders, point, seed=number * 10)
        dies_with_its_request_under_way(folders)
        dies_at(folders, "shutdown.mid", word="quit")
        sentence = settled_and_judged(folders, "the desk killed at 14 points")
    with capsys.disabled():
        print(f"\n{sentence}")


def test_a_database_killed_at_each_point_comes_back(capsys: pytest.CaptureFixture[str]) -> None:
    with data_folder("points") as folders:
        desk = trading(folders)
        for point in TRADING_POINTS:
            mark = len(desk.lines())
            desk.ask(f"strike {point} database")
            desk.wait_for("struck", after=mark, timeout_s=90.0, point=point)
            desk.wait_for("order", after=len(desk.lines()), state="sending", timeout_s=60.0)
        desk.ask("settle")
        desk.wait_for("settled", timeout_s=180.0)
        code, _ = desk.quit()
        sentence = settled_and_judged(folders, f"the database killed at {len(TRADING_POINTS)}")

    assert code == 0
    with capsys.disabled():
        print(f"\n{sentence}")


@pytest.mark.skipif(not IS_LONG, reason="part of the long run: set FKS_CRASH_ROUNDS=50")
def test_both_killed_at_each_point_come_back(capsys: pytest.CaptureFixture[str]) -> None:
    with data_folder("points") as folders:
        for number, point in enumerate(TRADING_POINTS):
            desk = trading(folders, seed=number * 10)
            desk.ask(f"strike {point} both")

            assert desk.wait_dead(90.0) == -signal.SIGKILL
        sentence = settled_and_judged(folders, f"both killed at {len(TRADING_POINTS)} points")
    with capsys.disabled():
        print(f"\n{sentence}")


def trading(folders: Folders, seed: int = 0, environment: dict[str, str] | None = None):
    """Return a desk that trades."""
    desk = DeskProcess(folders, seed=seed, environment=environment)
    desk.ask("trade")
    desk.wait_for("ready")
    return desk


def dies_at(folders: Folders, point: str, *, seed: int = 0, word: str = "") -> None:
    """Run a life that a point ends, wherever in its life that is."""
    # Each start compares the account once: a later visit is one among orders.
    visit = {"reconcile.mid": 2}.get(point, 1)
    armed = {"FKS_FAILPOINTS": f"{point}=kill@{visit}"}
    desk = DeskProcess(folders, seed=seed, environment=armed)
    desk.ask("trade")
    if word:
        desk.wait_for("order", state="sending")
        desk.ask(word)

    assert desk.wait_dead(90.0) == -signal.SIGKILL, f"{point} was not reached"


def dies_with_its_request_under_way(folders: Folders) -> None:
    """Kill the desk while the venue has taken an order and keeps its reply back."""
    desk = trading(folders, seed=990)
    rule = {"on": "POST /api/v3/order", "action": "delay_reply", "seconds": 3.0}
    venue_answer(folders, "faults", {"rules": [rule]})
    desk.wait_for("order", after=len(desk.lines()), state="sending")
    time.sleep(0.5)
    desk.kill()
    venue_answer(folders, "faults", {})
