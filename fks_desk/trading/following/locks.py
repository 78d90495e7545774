"""Keep lock-outs through crashes and restarts, as entries in the journal."""

from __future__ import annotations

from datetime import datetime

from fks_desk.core.clock import Clock
from fks_desk.core.model import AccountId
from fks_desk.core.ports import Journal
from fks_desk.trading.books.entries import account_entry
from fks_desk.trading.lockout import COOL_DOWN, DAILY_LOSS, DRAWDOWN, Lock

LOCKED = "risk.locked"
UNLOCKED = "risk.unlocked"
CODES = (DAILY_LOSS, DRAWDOWN, COOL_DOWN)


class LockLatch:
    """Remember the newest lock of each code by its place in the journal."""

    def __init__(self, *, account: AccountId, journal: Journal, clock: Clock) -> None:
        self._account = account
        self._journal = journal
        self._clock = clock

    async def standing(self) -> list[Lock]:
        """Return the locks that have neither run out nor been lifted."""
        lifted = await self._journal.offset(self._name(UNLOCKED))
        found = [await self._read(code, lifted) for code in CODES]
        return [one for one in found if one is not None and not one.is_over(self._clock.now())]

    async def close(self, lock: Lock) -> None:
        """Write down a lock."""
        until = None if lock.until is None else lock.until.isoformat()
        await self._note(
            LOCKED,
            {"code": lock.code, "reason": lock.reason, "until": until},
            f"{LOCKED}:{lock.code}",
        )

    async def lift(self) -> None:
        """Write down that a person lifted what has no end of its own."""
        await self._note(UNLOCKED, {}, UNLOCKED)

    async def _read(self, code: str, lifted: int) -> Lock | None:
        place = await self._journal.offset(self._name(f"{LOCKED}:{code}"))
        rows = await self._journal.read(place - 1, limit=1) if place else ()
        if not rows:
            return None
        payload = rows[0].draft.payload
        until = payload.get("until")
        if until is None and place < lifted:
            return None
        return Lock(
            code=code,
            reason=str(payload.get("reason")),
            until=None if until is None else datetime.fromisoformat(until),
        )

    async def _note(self, type_: str, payload: dict[str, str | None], name: str) -> None:
        entry = account_entry(self._account, type_, payload, self._clock.now(), causation="risk")
        await self._journal.append((entry,), marks=(self._name(name),))

    def _name(self, type_: str) -> str:
        return f"{type_}:{self._account}"
