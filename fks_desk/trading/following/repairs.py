"""Write down each difference that reconciliation has mended, so that it can be read in a year."""

from __future__ import annotations

import logging
from collections.abc import Sequence

from fks_desk.core.clock import Clock
from fks_desk.core.errors import FKSException
from fks_desk.core.model import AccountId
from fks_desk.core.ports import Journal
from fks_desk.trading.books.entries import account_entry

log = logging.getLogger(__name__)

REPAIRED = "reconcile.repaired"
# An order that is placed meanwhile waits for the journal's end as long as one of these takes.
_AT_ONCE = 200
_MOST_LOGGED = 100


class Repairs:
    """Append one journal row per sentence."""

    def __init__(self, *, account: AccountId, journal: Journal, clock: Clock) -> None:
        self._account = account
        self._journal = journal
        self._clock = clock

    async def note(self, sentences: Sequence[str]) -> None:
        """Write the sentences down; without a database they stay in the log."""
        if not sentences:
            return
        now = self._clock.now()
        entries = [
            account_entry(self._account, REPAIRED, {"repair": one}, now, causation="reconcile")
            for one in sentences
        ]
        for one in sentences[:_MOST_LOGGED]:
            log.info("reconciled: %s", one)
        if len(sentences) > _MOST_LOGGED:
            log.info("reconciled: %d more", len(sentences) - _MOST_LOGGED)
        try:
            for start in range(0, len(entries), _AT_ONCE):
                await self._journal.append(entries[start : start + _AT_ONCE])
        except FKSException as error:
            log.warning("the repairs are not in the journal: %s", error)
