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
        for one in sentences:
            log.info("reconciled: %s", one)
        try:
            await self._journal.append(entries)
        except FKSException as error:
            log.warning("the repairs are not in the journal: %s", error)
