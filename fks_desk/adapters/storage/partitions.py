"""Make the partitions that rows of a time range need."""

from __future__ import annotations

from datetime import UTC, datetime
from enum import StrEnum

from fks_desk.adapters.storage.database import Database


class SplitTable(StrEnum):
    """Name the tables that are split by time."""

    CANDLES = "ohlcv_data"
    MARKET_TRADES = "market_trades"
    TRADES = "trades"
    BALANCES = "balance_history"


class Partitions:
    """Remember which months have their partition, so that the database is rarely asked.

    On TimescaleDB the question is answered with "nothing to do".
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._made: set[tuple[SplitTable, int, int]] = set()

    async def ensure(self, table: SplitTable, oldest: datetime, newest: datetime) -> None:
        """Make room for rows from oldest to newest, outside any transaction of the caller."""
        wanted = {
            (table, moment.year, moment.month)
            for moment in (oldest.astimezone(UTC), newest.astimezone(UTC))
        }
        if wanted <= self._made:
            return
        await self._database.rows(
            "SELECT ensure_partitions(%s, %s, %s)", [table.value, oldest, newest]
        )
        self._made |= wanted
