"""Kill the real desk, its database or both at every named point of an order's life.

In CI each point is struck once for each of the three, and the oracle judges after the
last one. FKS_SWEEP_ROUNDS=3 is the long run: it judges after every strike, with a
seed of its own each, and prints the table.
"""

from __future__ import annotations

import os

import pytest

from fks_desk.app.drill.scratch import scratch_folder
from fks_desk.app.drill.sweep import Sweep, described
from fks_desk.core.crash_drill import POINTS, StruckPart, Verdict, VerdictState
from tests.faults.supervisor import orphans_of

pytestmark = [pytest.mark.slow, pytest.mark.db, pytest.mark.timeout(7200)]

ROUNDS = int(os.environ.get("FKS_SWEEP_ROUNDS", "0"))


@pytest.mark.parametrize("part", StruckPart)
def test_whatever_is_killed_at_each_point_comes_back(
    part: StruckPart, capsys: pytest.CaptureFixture[str]
) -> None:
    with scratch_folder("points") as folders:
        sweep = Sweep(folders, part)
        for point in POINTS:
            sweep.strike(point)

        assert sweep.settle() == []
        counted = sweep.count()
        assert sweep.close() == 0
        assert orphans_of(folders.root) == []
    with capsys.disabled():
        print(f"\n{part} killed at {len(POINTS)} points: {counted}")


@pytest.mark.skipif(not ROUNDS, reason="the long run: set FKS_SWEEP_ROUNDS=3")
@pytest.mark.parametrize("part", StruckPart)
@pytest.mark.parametrize("number", range(ROUNDS))
def test_every_point_is_judged_by_itself(
    part: StruckPart, number: int, capsys: pytest.CaptureFixture[str]
) -> None:
    told: list[Verdict] = []
    with scratch_folder("points") as folders:
        sweep = Sweep(folders, part, seed=number * 1_000)
        sweep.run(POINTS, told.append)
        judged = [one for one in told if one.state is not VerdictState.RUNNING]
        with capsys.disabled():
            print("", *described(judged), sweep.count(), sep="\n")

        assert [one.point for one in judged if one.state is not VerdictState.PASSED] == []
