"""Rows that only a whole desk can show: R2 over a kill, and W9's sleep, on real processes."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Mapping
from typing import Any

import pytest

from fks_desk.app.drill.process import DeskProcess
from fks_desk.app.drill.scratch import scratch_folder, venue_answer
from fks_desk.app.folders import Folders
from fks_desk.app.pulse import LONGEST_S
from tests.faults.test_crashes import settled_and_judged

pytestmark = [pytest.mark.slow, pytest.mark.db, pytest.mark.timeout(900)]

BAN_S = 30.0
# As 90 seconds are to a machine that sleeps: longer than any beat may be late.
SLEEP_S = LONGEST_S + 5


def test_r2_a_ban_outlives_a_kill_and_is_waited_out_with_no_request_at_all() -> None:
    with scratch_folder("ban") as folders:
        desk = trading(folders)
        began = time.monotonic()
        venue_answer(folders, "faults", {"ban_s": BAN_S})
        while not calls(folders):
            time.sleep(0.05)
        time.sleep(1.0)
        learned = calls(folders)
        desk.kill()
        desk = DeskProcess(folders)
        desk.ask("trade")
        time.sleep(max(0.0, began + BAN_S - 1.0 - time.monotonic()))
        asked_again = calls(folders)
        desk.wait_for("state", state="active")
        desk.quit()
        settled_and_judged(folders, "a ban")

    # What was under way already when the first answer came, and nothing after it.
    assert 1 <= sum(learned.values()) <= 3
    assert asked_again == learned


def test_w9_a_desk_that_slept_makes_its_streams_anew_before_it_sends_again() -> None:
    with scratch_folder("sleep") as folders:
        desk = trading(folders)
        desk.wait_for("order", state="sending")
        mark = len(desk.lines())
        os.kill(desk.process.pid, signal.SIGSTOP)
        time.sleep(SLEEP_S)
        venue_answer(folders, "faults", {})  # from now on calls are counted anew
        woken_ms = time.time() * 1000
        os.kill(desk.process.pid, signal.SIGCONT)
        desk.wait_for("state", after=mark, state="unreconciled")
        desk.wait_for("state", after=mark, state="active")
        active_ms = next(
            line["ms"]
            for line in desk.lines()[mark:]
            if line["what"] == "state" and line["state"] == "active"
        )
        desk.wait_for("order", after=len(desk.lines()), state="sending")
        seen, asked = desk.lines()[mark:], calls(folders)
        ledger = venue_answer(folders, "ledger")
        desk.ask("settle")
        desk.wait_for("settled", timeout_s=180.0)
        desk.quit()
        settled_and_judged(folders, "a sleep")

    # What is sold makes a position smaller, and may always leave.
    bought = {one["client_id"] for one in ledger["orders"] if one["side"] == "buy"}
    early = [
        one
        for one in ledger["requests"]
        if one["client_id"] in bought and woken_ms <= one["moment_ms"] < active_ms
    ]
    assert early == []
    assert any("did not run for" in line.get("text", "") for line in seen)
    assert asked["ws userDataStream.subscribe.signature"] == 1
    assert asked["GET /api/v3/depth"] >= 1


def trading(folders: Folders) -> DeskProcess:
    """Return a desk that trades."""
    desk = DeskProcess(folders, seed=3)
    desk.wait_for("ready")
    desk.wait_for("state", state="active")
    desk.ask("trade")
    return desk


def calls(folders: Folders) -> Mapping[str, Any]:
    """Return how often each call reached the venue since its script began."""
    found: Mapping[str, Any] = venue_answer(folders, "calls")
    return found
