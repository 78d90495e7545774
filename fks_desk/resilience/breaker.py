"""Hold calls back from a target that failed too often."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from enum import StrEnum
from types import TracebackType
from typing import TypeVar

from purgatory.domain.model import CLOSED, OPENED, Context, OpenedState

from fks_desk.core.errors import CircuitBreakerError, FKSException, OutcomeUnknown

T = TypeVar("T")


class BreakerState(StrEnum):
    """Say whether calls pass."""

    CLOSED = "closed"
    OPEN = "open"
    HALF_OPEN = "half_open"


def is_fault(error: BaseException) -> bool:
    """Tell whether an error speaks against the target, not against what was asked of it."""
    if isinstance(error, FKSException):
        return error.retryable or isinstance(error, OutcomeUnknown)
    return isinstance(error, OSError | TimeoutError)


class CircuitBreaker:
    """Open after some faults in a row; after the timeout let one probe through.

    Use it as `async with breaker:` or `await breaker.call(work)`. While it is
    open, entering raises `CircuitBreakerError` and the target is left alone.
    """

    def __init__(
        self,
        name: str,
        failure_threshold: int = 5,
        timeout: float = 60.0,
        *,
        counts: Callable[[BaseException], bool] = is_fault,
    ) -> None:
        if failure_threshold < 1 or timeout <= 0:
            raise ValueError(
                f"need failure_threshold >= 1 and timeout > 0, "
                f"were {failure_threshold} and {timeout}"
            )
        self.name = name
        self.timeout = timeout
        self._is_probing = False
        self._context = Context(
            name,
            failure_threshold,
            timeout,
            exclude=[(BaseException, lambda error: not counts(error))],
        )

    @property
    def state(self) -> BreakerState:
        """Return the state as of the last call."""
        if self._context.state == CLOSED:
            return BreakerState.CLOSED
        return BreakerState.OPEN if self._context.state == OPENED else BreakerState.HALF_OPEN

    @property
    def failures(self) -> int:
        """Return the faults counted since the last success."""
        return self._context.failure_count or 0

    async def call(self, work: Callable[[], Awaitable[T]]) -> T:
        """Run the work unless the breaker is open."""
        async with self:
            return await work()

    async def __aenter__(self) -> CircuitBreaker:
        if self._is_probing:
            raise self._refusal()
        try:
            self._context.handle_new_request()
        except OpenedState as opened:
            raise self._refusal() from opened
        self._is_probing = self.state is BreakerState.HALF_OPEN
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._is_probing = False
        self._context.__exit__(kind, error, trace)
        # The library queues its messages for a bus that is not used here.
        self._context.messages.clear()

    def _refusal(self) -> CircuitBreakerError:
        return CircuitBreakerError(
            f"{self.name} failed too often and is left alone for up to {self.timeout:g} s",
            breaker=self.name,
            state=self.state.value,
        )
