"""Keep a halt through crashes and restarts, as an entry in the journal."""

from __future__ import annotations

from fks_desk.core.clock import Clock
from fks_desk.core.model import AccountId
from fks_desk.core.ports import Journal
from fks_desk.trading.books.entries import account_entry

HALTED = "trading.halted"
RESUMED = "trading.resumed"


class HaltLatch:
    """Remember the last halt and the last resume by their places in the journal."""

    def __init__(self, *, account: AccountId, journal: Journal, clock: Clock) -> None:
        self._account = account
        self._journal = journal
        self._clock = clock

    async def standing(self) -> str | None:
        """Return the reason of a halt that nobody has lifted, or None."""
        halted = await self._journal.offset(self._name(HALTED))
        if halted <= await self._journal.offset(self._name(RESUMED)):
            return None
        rows = await self._journal.read(halted - 1, limit=1)
        reason = rows[0].draft.payload.get("reason") if rows else None
        return str(reason or "trading was halted before the restart")

    async def close(self, reason: str, cause: str) -> None:
        """Write down a halt and what brought it about."""
        await self._note(HALTED, reason, cause)

    async def open(self) -> None:
        """Write down that a person lifted the halt."""
        await self._note(RESUMED, "", "command:ResumeTrading")

    async def _note(self, type_: str, reason: str, cause: str) -> None:
        entry = account_entry(
            self._account, type_, {"reason": reason}, self._clock.now(), causation=cause
        )
        await self._journal.append((entry,), marks=(self._name(type_),))

    def _name(self, type_: str) -> str:
        return f"{type_}:{self._account}"
