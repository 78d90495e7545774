"""Hold all requests to an exchange back while it asks us to, across every connection."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from datetime import timedelta

from fks_desk.adapters.exchange.errors import Answer
from fks_desk.core.budget import BudgetState, BudgetStore
from fks_desk.core.clock import Clock
from fks_desk.core.errors import RateLimitError

log = logging.getLogger(__name__)

# For how long an exchange that failed again and again is not asked. Holes are filled within
# a minute of its return, and a failure in the last moment of an outage counts in full.
ALONE_S = 15.0
_DEFAULT_HOLD_S = 30.0
_WEIGHT_HEADER = "x-mbx-used-weight-1m"
_MINUTE_S = 60.0
_SAVE_EVERY_S = 1.0
_LONGEST_BAN_S = 3 * 86_400.0  # the longest that Binance announces


class Gate:
    """Share one weight budget and one ban between the connections to a venue.

    `weight_limit` is the exchange's budget per minute; bulk requests stop at a
    share of it so that orders and their queries always find room. With a `store`
    a restart goes on where the last run stopped, also after a kill.
    """

    def __init__(
        self,
        *,
        venue: str,
        clock: Clock,
        weight_limit: int = 6000,
        bulk_share: float = 0.6,
        store: BudgetStore | None = None,
    ) -> None:
        self.weight_limit = weight_limit
        self._venue = venue
        self._store = store
        self._saved_at = float("-inf")
        self._clock = clock
        self._bulk_limit = weight_limit * bulk_share
        self._held_until = 0.0
        self._used = 0
        self._used_at = float("-inf")
        self._recall()

    @property
    def used_weight(self) -> int:
        """Return what the exchange last said we used, or 0 if that minute is over."""
        return self._used if self._clock.monotonic() - self._used_at < _MINUTE_S else 0

    @property
    def held_s(self) -> float:
        """Return for how many more seconds nothing may be asked."""
        return max(0.0, self._held_until - self._clock.monotonic())

    def hear(self, headers: Mapping[str, str], said: Answer) -> None:
        """Take notice of an answer: its used weight, and whether it asks us to wait."""
        self.note(headers)
        if said.is_banned:
            self.hold(said.retry_after_s)

    def hold(self, retry_after_s: float | None) -> None:
        """Let nothing pass for so long; the exchange answered 429 or 418."""
        wait = _DEFAULT_HOLD_S if retry_after_s is None else max(0.0, retry_after_s)
        self._held_until = max(self._held_until, self._clock.monotonic() + wait)
        self._save()
        log.warning("%s asked us to wait %.0f s", self._venue, wait)

    def note(self, headers: Mapping[str, str]) -> None:
        """Remember the used weight that an answer's headers tell of."""
        for name, value in headers.items():
            if name.lower() == _WEIGHT_HEADER and value.isdigit():
                self._used, self._used_at = int(value), self._clock.monotonic()
                if self._used_at - self._saved_at >= _SAVE_EVERY_S:
                    self._save()

    def check(self) -> None:
        """Raise `RateLimitError` while the exchange wants to be left alone."""
        if self.held_s > 0:
            raise RateLimitError(
                f"{self._venue} wants to be left alone for {self.held_s:.0f} s more"
            )

    async def wait_out_hold(self) -> None:
        """Wait while the exchange wants to be left alone, however much weight is used."""
        while (left := self.held_s) > 0:  # noqa: ASYNC110  time alone ends it
            await asyncio.sleep(max(0.05, left))

    async def wait_for_room(self) -> None:
        """Wait until bulk requests leave enough of the budget to the order path."""
        while self.held_s > 0 or self.used_weight >= self._bulk_limit:
            minute_left = _MINUTE_S - (self._clock.monotonic() - self._used_at)
            await asyncio.sleep(max(0.05, self.held_s, min(minute_left, 1.0)))

    def _recall(self) -> None:
        """Take over what the last run was told."""
        state = None if self._store is None else self._store.load(self._venue)
        if state is None:
            return
        now, monotonic = self._clock.now(), self._clock.monotonic()
        if state.held_until is not None:
            left = (state.held_until - now).total_seconds()
            self._held_until = monotonic + min(max(0.0, left), _LONGEST_BAN_S)
        if state.used_at is not None:
            age = max(0.0, (now - state.used_at).total_seconds())
            self._used, self._used_at = state.used_weight, monotonic - age

    def _save(self) -> None:
        if self._store is None:
            return
        now, monotonic = self._clock.now(), self._clock.monotonic()
        self._saved_at = monotonic
        is_used = self._used_at > float("-inf")
        self._store.save(
            BudgetState(
                venue=self._venue,
                used_weight=self._used,
                used_at=now - timedelta(seconds=monotonic - self._used_at) if is_used else None,
                held_until=now + timedelta(seconds=self.held_s) if self.held_s > 0 else None,
            )
        )
