"""Try again what says of itself that trying again can help."""

from __future__ import annotations

import random
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from typing import TypeVar

import stamina
import stamina.instrumentation

from fks_desk.core.errors import FKSException

T = TypeVar("T")


def is_retryable(error: Exception) -> bool:
    """Tell whether the error says of itself that trying again can help."""
    return isinstance(error, FKSException) and error.retryable


async def retry(
    work: Callable[[], Awaitable[T]],
    *,
    tries: int = 5,
    first_wait_s: float = 0.2,
    longest_wait_s: float = 10.0,
    patience_s: float | None = 60.0,
) -> T:
    """Run the work until it succeeds, with growing, jittered waits.

    Never pass it anything that places an order: whether a second order is wanted
    is for the venue's evidence to say. Any error that is not retryable leaves at
    once; the last retryable one leaves when the tries or the patience are used up.
    """
    # Whoever gives up tells of it; a warning per try would cry wolf.
    stamina.instrumentation.set_on_retry_hooks(())
    caller = stamina.AsyncRetryingCaller(
        attempts=tries,
        timeout=patience_s,
        wait_initial=first_wait_s,
        wait_max=longest_wait_s,
        wait_jitter=first_wait_s,
    )
    return await caller(is_retryable, work)


@dataclass(frozen=True, slots=True, kw_only=True)
class Waits:
    """Describe how the waits between two attempts of an endless loop grow, in seconds."""

    first_s: float = 0.5
    longest_s: float = 30.0
    spread: float = 0.2

    def __post_init__(self) -> None:
        if not 0 < self.first_s <= self.longest_s or not 0 <= self.spread < 1:
            raise ValueError(
                f"need 0 < first_s <= longest_s and 0 <= spread < 1, "
                f"were {self.first_s}, {self.longest_s} and {self.spread}"
            )

    def __iter__(self) -> Iterator[float]:
        """Yield waits without end, each doubled and jittered."""
        wait = self.first_s
        while True:
            # The jitter spreads reconnecting clients; nothing secret rests on it.
            yield wait * random.uniform(1 - self.spread, 1 + self.spread)  # noqa: S311  jitter
            wait = min(wait * 2, self.longest_s)
