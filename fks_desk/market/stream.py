"""Keep one stream coming: reconnect, watch its age, and tell how much it can be trusted."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from fks_desk.core.clock import Clock
from fks_desk.core.errors import FKSException
from fks_desk.core.messages import FeedMoved, FeedState
from fks_desk.core.model import InstrumentId
from fks_desk.core.ports import Publish
from fks_desk.resilience.retry import Waits

log = logging.getLogger(__name__)

T = TypeVar("T")

_LONGEST_QUIET_S = 10.0
_STEADY_S = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamName:
    """Name a stream: `what` is `candles 1m`, `trades`, `tickers` or `books`."""

    instrument: InstrumentId
    what: str

    @property
    def kind(self) -> str:
        """Return `what` without the timeframe."""
        return self.what.partition(" ")[0]


class Stream(Generic[T]):
    """Read a stream until cancelled.

    `take` gets every value; `again` is called when the stream is back after a
    loss. `expected_s` is the interval at which news can be expected: three times
    that, or ten seconds, without any makes the stream STALE.
    """

    def __init__(
        self,
        *,
        name: StreamName,
        begin: Callable[[], AsyncIterator[T]],
        take: Callable[[T], None],
        again: Callable[[], None],
        expected_s: float,
        clock: Clock,
        publish: Publish,
        waits: Waits,
    ) -> None:
        self.name = name
        self.losses = 0
        self._begin = begin
        self._take = take
        self._again = again
        self._quiet_s = min(3 * expected_s, _LONGEST_QUIET_S)
        self._clock = clock
        self._publish = publish
        self._waits = waits
        self._state: FeedState | None = None
        self._heard = clock.monotonic()

    @property
    def state(self) -> FeedState:
        """Return how much the stream can be trusted now."""
        return self._state or FeedState.CONNECTING

    @property
    def age_s(self) -> float:
        """Return the seconds since the newest value, or since the start."""
        return self._clock.monotonic() - self._heard

    async def run(self) -> None:
        """Read, reconnect on what the network does, and end on anything else."""
        waits = iter(self._waits)
        while True:
            self._move(FeedState.CONNECTING)
            begun = self._clock.monotonic()
            try:
                await self._read()
                reason = "the venue ended the stream"
            except FKSException as error:
                reason = error.message
                if not error.retryable:
                    self._move(FeedState.DOWN, reason)
                    raise
            self.losses += 1
            self._move(FeedState.DOWN, reason)
            log.info("%s of %s is lost: %s", self.name.what, self.name.instrument, reason)
            if self._clock.monotonic() - begun > _STEADY_S:
                waits = iter(self._waits)
            await asyncio.sleep(next(waits))

    def give_up(self, reason: str) -> None:
        """Declare the stream lost for good."""
        self._move(FeedState.DOWN, reason)

    def check_age(self) -> None:
        """Declare a live stream stale when it has been quiet for too long."""
        if self._state is FeedState.LIVE and self.age_s > self._quiet_s:
            self._move(FeedState.STALE, f"no news for {self.age_s:.0f} s")

    async def _read(self) -> None:
        values = self._begin()
        try:
            async for value in values:
                is_back = self._hear()
                self._take(value)
                if is_back:
                    self._again()
        finally:
            if isinstance(values, AsyncGenerator):
                await values.aclose()

    def _hear(self) -> bool:
        """Note the news; return True if the stream is back after a loss."""
        self._heard = self._clock.monotonic()
        is_back = self.losses > 0 and self._state is FeedState.CONNECTING
        self._move(FeedState.LIVE)
        return is_back

    def _move(self, state: FeedState, detail: str = "") -> None:
        if state is self._state:
            return
        self._state = state
        self._publish(
            FeedMoved(
                instrument=self.name.instrument,
                stream=self.name.what,
                state=state,
                detail=detail,
            )
        )
