"""Name the two ways in which a backtest ends without a report and without a wrong input."""

from __future__ import annotations

from fks_desk.core.errors import FKSException


class BacktestCancelled(FKSException):
    """Report a run that stopped because somebody asked for it."""


class WorkerStopped(FKSException):
    """Report a worker process that died, hung or could not start; the next run gets a new one."""
