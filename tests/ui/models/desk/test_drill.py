"""The crash drill's decisions, without a screen."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from fks_desk.core.crash_drill import (
    POINTS,
    CancelCrashDrill,
    CrashDrill,
    CrashDrillMoved,
    StartCrashDrill,
    StruckPart,
    Verdict,
    VerdictState,
)
from fks_desk.core.messages import NoticeRaised, Severity
from fks_desk.core.nursery import Nursery
from fks_desk.ui.models.desk.drill import DrillModel, point_text, state_text
from tests.fakes.panes import NOON, Desk

WAITING = CrashDrill(
    began=NOON, verdicts=tuple(Verdict(point=one, part=StruckPart.DESK) for one in POINTS)
)


def judged(*states: VerdictState, **changes) -> CrashDrill:
    verdicts = [
        replace(one, state=state, seconds=12.5)
        for one, state in zip(WAITING.verdicts, states, strict=False)
    ]
    return replace(WAITING, verdicts=(*verdicts, *WAITING.verdicts[len(states) :]), **changes)


class Bench:
    def __init__(self, last: CrashDrill | None = None) -> None:
        self.desk = Desk(Nursery())
        self._last = last
        self.rows, self.summaries, self.notices = [], [], []
        self.model = DrillModel(drills=self, send=self.desk.sent.append, nursery=self.desk.nursery)
        self.model.verdicts_changed.connect(self.rows.append)
        self.model.summary_changed.connect(self.summaries.append)
        self.model.notice_changed.connect(self.notices.append)

    async def last(self) -> CrashDrill | None:
        return self._last


@pytest.fixture
async def bench(qapp) -> Bench:
    return Bench()


async def test_the_last_drill_is_shown_with_its_date(qapp) -> None:
    drill = judged(VerdictState.PASSED, VerdictState.FAILED, ended=NOON, detail="9 lives")
    bench = Bench(drill)
    bench.model.load()
    async with asyncio.timeout(30):
        while not bench.rows:
            await asyncio.sleep(0)

    assert bench.rows == [list(drill.verdicts)]
    assert bench.summaries == [f"{NOON:%Y-%m-%d %H:%M:%S} · 1 of 14 passed · 1 FAILED · 9 lives"]


async def test_one_drill_runs_at_a_time_and_can_be_cancelled(bench) -> None:
    bench.model.cancel()
    bench.model.start(StruckPart.DATABASE)
    bench.model.on_moved(CrashDrillMoved(drill=judged(VerdictState.RUNNING)))
    bench.model.start(StruckPart.DESK)
    bench.model.cancel()

    assert bench.desk.sent == [StartCrashDrill(part=StruckPart.DATABASE), CancelCrashDrill()]
    assert bench.notices[0] == "No crash drill runs."
    assert "accounts are not touched" in bench.notices[1]
    assert "runs already" in bench.notices[2]
    assert bench.summaries[-1].endswith("0 of 14 passed · running")


async def test_why_none_began_is_said_in_the_pane(bench) -> None:
    bench.model.on_notice(NoticeRaised(severity=Severity.WARNING, text="not here", topic="drill"))
    bench.model.on_notice(NoticeRaised(severity=Severity.WARNING, text="else", topic="trading"))

    assert bench.notices == ["not here"]


def test_every_point_and_every_state_has_words() -> None:
    assert all(point_text(one) != one.point for one in WAITING.verdicts)
    assert len({state_text(state) for state in VerdictState}) == len(VerdictState)
