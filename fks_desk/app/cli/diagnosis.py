"""Examine this machine."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

import typer

from fks_desk.app.cli.failing import exits_cleanly
from fks_desk.app.cli.options import Json
from fks_desk.app.cli.telling import tell, tell_json
from fks_desk.core.clock import SystemClock
from fks_desk.core.messages import HealthState

if TYPE_CHECKING:
    from fks_desk.app.doctor import Finding

_MARKS = {
    HealthState.GOOD: "ok",
    HealthState.WARNING: "note",
    HealthState.BAD: "BAD",
    HealthState.OFF: "off",
}


@exits_cleanly
def doctor(as_json: Json = False) -> None:
    """Examine this machine for everything the desk needs.

    Each problem comes with one next step. Nothing is changed, but the data
    folder is made if it is not there, and the embedded database is started
    for a moment.

    Exit codes: 0 the desk can run, 1 something is bad.
    """
    from fks_desk.app.doctor import examine  # noqa: PLC0415  pydantic loads slowly
    from fks_desk.app.folders import Folders, default_root  # noqa: PLC0415  see above

    findings = []
    for finding in examine(Folders(root=default_root()), SystemClock()):
        findings.append(finding)
        if not as_json:
            _tell(finding)
    if as_json:
        tell_json([asdict(finding) for finding in findings])
    raise typer.Exit(int(any(finding.state is HealthState.BAD for finding in findings)))


def _tell(finding: Finding) -> None:
    tell(f"{_MARKS[finding.state]:<5} {finding.part:<14} {finding.detail}")
    if finding.next_step:
        tell(f"{'':<5} {'':<14} -> {finding.next_step}")
