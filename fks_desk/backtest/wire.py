"""Name what the desk and its backtest worker say to one another through their pipe."""

from __future__ import annotations

from dataclasses import dataclass

from fks_desk.core.frame import Frame
from fks_desk.core.messages import BacktestReport, BacktestSpec
from fks_desk.core.model import RunId


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Task:
    """Ask the worker to run this now."""

    run: RunId
    spec: BacktestSpec
    frame: Frame


@dataclass(frozen=True, slots=True, kw_only=True)
class Cancel:
    """Ask the worker to stop the run."""

    run: RunId


@dataclass(frozen=True, slots=True, kw_only=True)
class Ready:
    """Say that everything is imported and compiled."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """Say how far the run is, from 0 to 1."""

    run: RunId
    fraction: float
    note: str


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Finished:
    """Hand the report over."""

    report: BacktestReport


@dataclass(frozen=True, slots=True, kw_only=True)
class Failed:
    """Say why there is no report; `traceback` is empty unless it is the worker's own bug."""

    run: RunId
    reason: str
    was_cancelled: bool = False
    traceback: str = ""


Answer = Ready | Progress | Finished | Failed
