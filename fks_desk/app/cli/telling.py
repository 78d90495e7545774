"""Print results for people and for scripts: answers on stdout, everything else on stderr."""

from __future__ import annotations

import json
import sys
import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from decimal import Decimal
from enum import Enum
from pathlib import Path
from typing import Any

import typer

PATIENCE_S = 1.0
BAR_WIDTH = 30


def tell(text: str = "") -> None:
    """Print one line of the answer."""
    typer.echo(text)


def tell_lines(lines: Iterable[str]) -> None:
    """Print lines of the answer."""
    for line in lines:
        tell(line)


def note(text: str) -> None:
    """Print one line beside the answer."""
    typer.echo(f"fks-desk: {text}", err=True)


def tell_json(value: Any) -> None:
    """Print a value as JSON; moments are ISO 8601 and exact numbers are text."""
    typer.echo(json.dumps(value, indent=2, ensure_ascii=False, default=_plain))


def tell_table(rows: Sequence[Sequence[str]], *, numbers: frozenset[int] = frozenset()) -> None:
    """Print rows in columns; the columns named in `numbers` stand flush right."""
    widths = [max(len(row[place]) for row in rows) for place in range(len(rows[0]))] if rows else []
    for row in rows:
        cells = [
            cell.rjust(width) if place in numbers else cell.ljust(width)
            for place, (cell, width) in enumerate(zip(row, widths, strict=True))
        ]
        tell("  ".join(cells).rstrip())


@contextmanager
def patiently(doing: str) -> Iterator[None]:
    """Say on stderr what is being done, if it takes longer than a second."""
    later = threading.Timer(PATIENCE_S, note, [f"{doing} ..."])
    later.daemon = True
    later.start()
    try:
        yield
    finally:
        later.cancel()


class ProgressLine:
    """Show on stderr how far a long work is: one line that fills up, or one per part in a log."""

    def __init__(self, doing: str) -> None:
        self._doing = doing
        self._part = ""
        self._percent = -1
        self._is_live = sys.stderr.isatty()

    def __call__(self, part: str, done: int, total: int) -> None:
        """Show the part and the share that is done."""
        percent = 100 * done // max(1, total)
        if self._is_live and (percent, part) != (self._percent, self._part):
            bar = "#" * (percent * BAR_WIDTH // 100)
            line = f"{self._doing} [{bar:<{BAR_WIDTH}}] {percent:3d} % {part}"
            typer.echo(f"\r{line:<78}", nl=False, err=True)
        elif part != self._part:
            note(f"{self._doing}: {part} ({percent} %)")
        self._part, self._percent = part, percent

    def close(self) -> None:
        """End the line."""
        if self._is_live and self._percent >= 0:
            typer.echo(err=True)


def _plain(value: object) -> object:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, Path):
        return str(value)
    raise TypeError(f"{type(value).__name__} has no place in JSON")
