"""Read trading rows for tables and answers, newest first."""

from __future__ import annotations

from collections.abc import Sequence

from fks_desk.adapters.storage.codec import (
    account_of,
    balance_of,
    fill_of,
    order_of,
    position_of,
)
from fks_desk.adapters.storage.database import Database
from fks_desk.core.model import Account, AccountId, Balance, Fill, InstrumentId, Order, Position

_ACCOUNTS = "SELECT * FROM accounts ORDER BY id"
_ORDERS = """
SELECT * FROM orders WHERE account = %s ORDER BY created DESC, client_id DESC LIMIT %s
"""
_FILLS = """
SELECT * FROM trades
WHERE account = %(account)s
    AND (%(instrument)s::text IS NULL OR instrument = %(instrument)s)
ORDER BY ts_event DESC, id DESC LIMIT %(limit)s
"""
_POSITIONS = "SELECT * FROM positions WHERE account = %s ORDER BY instrument, side"
_BALANCES = "SELECT * FROM balances WHERE account = %s ORDER BY currency"


class TradingReaderTable:
    """Read what the trading writer has stored."""

    def __init__(self, *, database: Database) -> None:
        self._database = database

    async def accounts(self) -> Sequence[Account]:
        """Return every account."""
        return [account_of(row) for row in await self._database.rows(_ACCOUNTS)]

    async def orders(self, account: AccountId, limit: int = 500) -> Sequence[Order]:
        """Return the newest orders."""
        return [order_of(row) for row in await self._database.rows(_ORDERS, [account, limit])]

    async def fills(
        self, account: AccountId, instrument: InstrumentId | None = None, limit: int = 500
    ) -> Sequence[Fill]:
        """Return the newest fills."""
        arguments = {"account": account, "instrument": instrument, "limit": limit}
        return [fill_of(row) for row in await self._database.rows(_FILLS, arguments)]

    async def positions(self, account: AccountId) -> Sequence[Position]:
        """Return every position that was ever opened, flat ones included."""
        return [position_of(row) for row in await self._database.rows(_POSITIONS, [account])]

    async def balances(self, account: AccountId) -> Sequence[Balance]:
        """Return the newest balance of each currency."""
        return [balance_of(row) for row in await self._database.rows(_BALANCES, [account])]
