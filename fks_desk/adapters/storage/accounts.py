"""Keep accounts, whose venue and mode never change."""

from __future__ import annotations

from fks_desk.adapters.storage.database import Database
from fks_desk.core.clock import Clock
from fks_desk.core.errors import ConfigError
from fks_desk.core.model import Account

_INSERT = """
INSERT INTO accounts (id, venue, mode, title, reporting_currency, created)
VALUES (%(id)s, %(venue)s, %(mode)s, %(title)s, %(reporting_currency)s, %(created)s)
ON CONFLICT (id) DO UPDATE SET
    title = excluded.title, reporting_currency = excluded.reporting_currency
    WHERE (accounts.venue, accounts.mode) = (excluded.venue, excluded.mode)
RETURNING id
"""
_KNOWN = "SELECT venue, mode FROM accounts WHERE id = %s"


class AccountTable:
    """Store accounts."""

    def __init__(self, *, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def ensure_account(self, account: Account) -> None:
        """Store the account, or raise `ConfigError` if it exists with another venue or mode."""
        values = {
            "id": account.id,
            "venue": account.venue,
            "mode": account.mode.value,
            "title": account.title,
            "reporting_currency": account.reporting_currency,
            "created": self._clock.now(),
        }
        async with self._database.writing() as connection:
            stored = await (await connection.execute(_INSERT, values)).fetchone()
            if stored is not None:
                return
            known = await (await connection.execute(_KNOWN, [account.id])).fetchone()
        venue, mode = (known["venue"], known["mode"]) if known else ("", "")
        raise ConfigError(
            f"the account {account.id} is a {mode} account at {venue} and stays that; "
            f"give the {account.mode.value} account at {account.venue} another id"
        )
