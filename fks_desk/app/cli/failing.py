"""End a command with one sentence and an exit code instead of a traceback.

Exit codes: 0 done, 1 the work failed, 2 the command or the settings are wrong.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import ParamSpec, TypeVar

import typer

from fks_desk.core.errors import ConfigError, FKSException

P = ParamSpec("P")
R = TypeVar("R")


def exits_cleanly(command: Callable[P, R]) -> Callable[P, R]:
    """Turn an `FKSException` into its sentence on stderr and an exit code."""

    @functools.wraps(command)
    def run(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return command(*args, **kwargs)
        except FKSException as error:
            typer.echo(f"fks-desk: {error.message}", err=True)
            raise typer.Exit(2 if isinstance(error, ConfigError) else 1) from None

    return run
