"""Describe a piece of background work, so that any room can offer one."""

from __future__ import annotations

import threading
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

Arguments = Mapping[str, Any]  # JSON values: a task's arguments are stored as jsonb
ReportProgress = Callable[[float, str], None]


class Queue(StrEnum):
    """Name the lanes in which work waits."""

    HIGH = "high"
    DEFAULT = "default"
    LOW = "low"


class CancelToken:
    """Ask running work to stop at its next safe point; may be set from any thread."""

    def __init__(self) -> None:
        self._event = threading.Event()

    def cancel(self) -> None:
        """Ask the work to stop."""
        self._event.set()

    @property
    def is_cancelled(self) -> bool:
        """Tell whether somebody asked to stop."""
        return self._event.is_set()


@dataclass(frozen=True, slots=True, kw_only=True)
class JobContext:
    """Give running work its progress line and its cancel token.

    `progress` takes a fraction from 0 to 1 and a short sentence.
    """

    progress: ReportProgress
    cancel: CancelToken


@dataclass(frozen=True, slots=True, kw_only=True)
class RetryPolicy:
    """Say how often and how patiently failed work is tried again."""

    tries: int = 1
    wait_s: float = 1.0

    def __post_init__(self) -> None:
        if self.tries < 1 or self.wait_s < 0:
            raise ValueError(
                f"need tries >= 1 and wait_s >= 0, were {self.tries} and {self.wait_s}"
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """Name one kind of background work and how to run it.

    `run` returns a JSON mapping that is kept as the task's result. `cron` is a
    five-field UTC schedule, or None for work that is only started on demand.
    """

    name: str
    title: str
    queue: Queue
    run: Callable[[JobContext, Arguments], Awaitable[Mapping[str, Any]]]
    retry: RetryPolicy = field(default_factory=RetryPolicy)
    cron: str | None = None
    deadline_s: float = 600.0
