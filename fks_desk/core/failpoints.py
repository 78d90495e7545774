"""Let a drill kill or fail the desk at a named point; without a drill, do nothing.

The variable FKS_FAILPOINTS arms points before the start: `name=kill` ends the
process as a power cut would, `name=raise` raises `FailPointReached`; `name=kill@3`
waits for the third visit. Several are joined by commas.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

VARIABLE = "FKS_FAILPOINTS"

Action = Callable[[str], None]


class FailPointReached(BaseException):
    """Stop at an armed point.

    It is no `Exception`, so that no handler mistakes the drill for a fault that
    it knows how to treat.
    """


def reach(name: str) -> None:
    """Pass the named point, unless a drill has armed it."""
    if _armed and name in _armed:
        _armed[name](name)


def parse(text: str) -> dict[str, Action]:
    """Return the action of each armed point, or raise ValueError naming the wrong part."""
    return dict(_parse_part(part.strip()) for part in text.split(",") if part.strip())


@contextmanager
def armed(actions: Mapping[str, Action]) -> Iterator[None]:
    """Arm points of this process while a test runs."""
    before = dict(_armed)
    _armed.update(actions)
    try:
        yield
    finally:
        _armed.clear()
        _armed.update(before)


def stop(name: str) -> None:
    """Raise `FailPointReached`."""
    raise FailPointReached(name)


def kill(name: str) -> None:  # noqa: ARG001  every action takes the point's name
    """End this process at once, with nothing flushed and nothing closed."""
    os.kill(os.getpid(), getattr(signal, "SIGKILL", signal.SIGTERM))


def on_visit(count: int, action: Action) -> Action:
    """Return an action that waits for the given visit, counted from 1."""
    visits = 0

    def visit(name: str) -> None:
        nonlocal visits
        visits += 1
        if visits == count:
            action(name)

    return visit


_ACTIONS: Mapping[str, Action] = {"kill": kill, "raise": stop}


def _parse_part(part: str) -> tuple[str, Action]:
    name, _, what = part.partition("=")
    word, _, visit = what.partition("@")
    if not name or word not in _ACTIONS or not (visit or "1").isdecimal() or visit == "0":
        raise ValueError(
            f"{VARIABLE} is written name=kill or name=raise@2, joined by commas, was {part!r}"
        )
    return name, on_visit(int(visit or "1"), _ACTIONS[word])


_armed: dict[str, Action] = parse(os.environ.get(VARIABLE, ""))
