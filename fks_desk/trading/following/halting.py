"""Halt and resume one account: stop at once, and write it down however long that takes."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable

from fks_desk.core.clock import Clock
from fks_desk.core.errors import FKSException
from fks_desk.core.messages import HaltTrading, NoticeRaised, ResumeTrading, Severity
from fks_desk.core.model import Account
from fks_desk.core.nursery import Nursery
from fks_desk.core.ports import Journal, Publish
from fks_desk.trading.following.halt import HaltLatch
from fks_desk.trading.following.keys import CAUSE, KeyWatch
from fks_desk.trading.following.standing import Standing
from fks_desk.trading.options import TradingOptions

log = logging.getLogger(__name__)

_BY_HAND = "command:HaltTrading"


class Halting:
    """Own the halt: what stands in memory stands in the journal, or is on its way there.

    `forgive` lifts the lock-outs that a person may lift, `compare_anew` distrusts the
    account until its key has read it from end to end.
    """

    def __init__(
        self,
        *,
        account: Account,
        journal: Journal,
        clock: Clock,
        standing: Standing,
        nursery: Nursery,
        publish: Publish,
        options: TradingOptions,
        forgive: Callable[[], Awaitable[None]],
        compare_anew: Callable[[], None],
    ) -> None:
        self.keys = KeyWatch(self._stop_for_key)
        self._account = account
        self._latch = HaltLatch(account=account.id, journal=journal, clock=clock)
        self._standing = standing
        self._nursery = nursery
        self._publish = publish
        self._options = options
        self._forgive = forgive
        self._compare_anew = compare_anew
        self._turn = asyncio.Lock()

    async def load(self) -> None:
        """Take up a halt that nobody has lifted."""
        reason = await self._latch.standing()
        if reason is not None:
            self._standing.stop(reason)

    async def halt(self, command: HaltTrading) -> None:
        """Stop at once, write it down, then show it."""
        self._standing.stop(command.reason)
        await self._keep(command.reason, _BY_HAND)

    async def resume(self, _command: ResumeTrading) -> None:
        """Lift the halt once that is written down; one that comes meanwhile stands."""
        async with self._turn:
            halts = self._standing.halts
            # The halt last: what fails between the two leaves it in force, here and there.
            is_written = await self._written(self._forgive())
            if is_written and await self._written(self._latch.open()):
                if halts == self._standing.halts and self.keys.forgive():
                    self._compare_anew()
                self._standing.lift(halts)
                return
        self._tell("The database does not answer, so the halt stays; resume when it answers.")

    def _stop_for_key(self, reason: str) -> None:
        self._standing.stop(reason)
        name = f"halt of {self._account.id}"
        self._nursery.start(self._halt_for_key(reason), name=name)

    async def _halt_for_key(self, reason: str) -> None:
        await self._keep(reason, CAUSE)
        self._tell(f"{self._account.title} is halted: {reason}.")

    async def _keep(self, reason: str, cause: str) -> None:
        halts = self._standing.halts
        async with self._turn:
            is_written = await self._written(self._latch.close(reason, cause))
        self._standing.tell()
        if is_written:
            return
        self._tell(
            "Trading is halted, but the halt could not be written down yet: until the database "
            "answers, a restart would lift it. It is tried again."
        )
        name = f"write the halt of {self._account.id}"
        self._nursery.start(self._keep_later(halts, reason, cause), name=name)

    async def _keep_later(self, halts: int, reason: str, cause: str) -> None:
        """Write a halt as soon as the database answers, unless it is over or a newer one came."""
        wait = self._options.storage_first_wait_s
        while True:
            await asyncio.sleep(wait)
            async with self._turn:
                if not self._standing.is_halted or halts != self._standing.halts:
                    return
                if await self._written(self._latch.close(reason, cause)):
                    text = "The halt is written down now: a restart leaves it in force."
                    self._tell(text, Severity.INFO)
                    return
            wait = min(wait * 2, self._options.storage_longest_wait_s)

    async def _written(self, write: Awaitable[None]) -> bool:
        try:
            async with asyncio.timeout(self._options.patience_s):
                await write
        except (FKSException, TimeoutError) as error:
            log.warning("the trading state could not be written: %r", error)
            return False
        return True

    def _tell(self, text: str, severity: Severity = Severity.ERROR) -> None:
        self._publish(NoticeRaised(severity=severity, text=text, topic="trading"))
