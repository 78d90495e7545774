"""Strike a scratch desk at one point after the other; start it again and let it be judged."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from fks_desk.app.drill import oracle
from fks_desk.app.drill.evidence import gather
from fks_desk.app.drill.process import DeskProcess, Look
from fks_desk.app.drill.scratch import kill_database, venue_answer
from fks_desk.app.folders import Folders
from fks_desk.core.crash_drill import (
    CLOSING,
    MIGRATING,
    UNDER_WAY,
    StruckPart,
    Verdict,
    VerdictState,
)
from fks_desk.core.errors import TaskError

# An order that never left is declared absent after a while of the venue's silence.
SETTLE_WITHIN_S = 180.0
_REACH_WITHIN_S = 180.0
_START_WITHIN_S = 240.0  # on a machine that has other things to do
_HELD_BACK_S = 3.0
_ON_ITS_WAY_S = 0.5
_SEEDS_APART = 10


class Sweep:
    """Hold the scratch desk of one sweep; `look` may raise to end it."""

    def __init__(
        self,
        folders: Folders,
        part: StruckPart,
        *,
        seed: int = 0,
        look: Look = lambda: None,
        is_humble: bool = False,
    ) -> None:
        self._folders = folders
        self._part = part
        self._seed = seed
        self._look = look
        self._is_humble = is_humble
        self._desk: DeskProcess | None = None

    def run(self, points: Sequence[str], tell: Callable[[Verdict], None]) -> None:
        """Strike at each point, and tell of each before and after; judge after every one."""
        for point in points:
            verdict = Verdict(point=point, part=self._part, state=VerdictState.RUNNING)
            tell(verdict)
            began = time.monotonic()
            found = self._judged(point)
            tell(
                replace(
                    verdict,
                    state=VerdictState.FAILED if found else VerdictState.PASSED,
                    seconds=time.monotonic() - began,
                    detail=found[0].splitlines()[0] if found else "",
                )
            )

    def strike(self, point: str) -> None:
        """Kill at a point, and have a desk that runs again; raise `TaskError` if it does not."""
        if point == MIGRATING:
            self._strike_at_start(point)
        elif point == UNDER_WAY:
            self._strike_under_way()
        else:
            self._strike_while_trading(point)

    def settle(self) -> list[str]:
        """Settle the desk that runs and return what the oracle finds."""
        desk = self._running()
        mark = len(desk.lines())
        desk.ask("settle")
        desk.wait_for("settled", after=mark, timeout_s=SETTLE_WITHIN_S)
        return oracle.judge(gather(self._folders))

    def count(self) -> str:
        """Return what the sweep went through."""
        return str(oracle.count(gather(self._folders)))

    def close(self) -> int:
        """End the desk in order; return its exit code."""
        code, _seconds = self._running().quit()
        self._desk = None
        return code

    def abandon(self) -> None:
        """End whatever runs, as a power cut would."""
        if self._desk is not None:
            self._desk.kill()
            self._desk = None

    def _judged(self, point: str) -> list[str]:
        try:
            self.strike(point)
            return self.settle()
        except TaskError as error:
            self.abandon()
            return [error.message]

    def _strike_at_start(self, point: str) -> None:
        """Kill in the middle of the first migration, before anything can be told."""
        self._end()
        desk = self._started(strike=f"{point} {self._part}")
        desk.wait_dead(_REACH_WITHIN_S)
        self._require_struck(desk, point)
        self._desk = None

    def _strike_under_way(self) -> None:
        """Kill while the venue has taken an order and keeps its reply back."""
        desk = self._trading()
        rule = {"on": "POST /api/v3/order", "action": "delay_reply", "seconds": _HELD_BACK_S}
        venue_answer(self._folders, "faults", {"rules": [rule]})
        desk.wait_for("order", after=len(desk.lines()), state="sending")
        time.sleep(_ON_ITS_WAY_S)
        if self._part is not StruckPart.DATABASE:
            desk.kill()
            self._desk = None
        if self._part is not StruckPart.DESK:
            kill_database(self._folders)
        venue_answer(self._folders, "faults", {})

    def _strike_while_trading(self, point: str) -> None:
        desk = self._trading()
        mark = len(desk.lines())
        desk.ask(f"strike {point} {self._part}")
        if point == CLOSING:
            desk.wait_for("order", after=mark, state="sending", timeout_s=_REACH_WITHIN_S)
            desk.ask("quit")
        if self._part is StruckPart.DATABASE and point != CLOSING:
            desk.wait_for("struck", after=mark, timeout_s=_REACH_WITHIN_S, point=point)
            # Coming back means that orders leave again, not that the process is there.
            desk.wait_for(
                "order", after=len(desk.lines()), timeout_s=_REACH_WITHIN_S, state="sending"
            )
            return
        desk.wait_dead(_REACH_WITHIN_S)
        self._require_struck(desk, point)
        self._desk = None

    @staticmethod
    def _require_struck(desk: DeskProcess, point: str) -> None:
        lines = desk.lines()
        if not any(line["what"] == "struck" and line["point"] == point for line in lines):
            raise TaskError(f"{point} was not reached")

    def _trading(self) -> DeskProcess:
        desk = self._running()
        desk.ask("trade")
        return desk

    def _running(self) -> DeskProcess:
        """Return the desk that runs and is compared, started if need be."""
        if self._desk is None:
            self._started()
        desk = self._desk
        if desk is None:
            raise TaskError("the scratch desk did not start")
        desk.wait_for("ready", timeout_s=_START_WITHIN_S)
        desk.wait_for("state", state="active", timeout_s=_START_WITHIN_S)
        return desk

    def _started(self, strike: str = "") -> DeskProcess:
        self._seed += _SEEDS_APART
        self._desk = DeskProcess(
            self._folders,
            seed=self._seed,
            strike=strike,
            is_humble=self._is_humble,
            look=self._look,
        )
        return self._desk

    def _end(self) -> None:
        if self._desk is not None:
            self.close()


def described(verdicts: Sequence[Verdict]) -> Iterator[str]:
    """Yield one line per verdict, for people."""
    for one in verdicts:
        yield f"{one.point:32}{one.part:10}{one.state:10}{one.seconds:6.1f} s  {one.detail}"
