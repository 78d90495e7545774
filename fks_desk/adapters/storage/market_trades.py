"""Store public prints, each once."""

from __future__ import annotations

from collections.abc import Sequence

from fks_desk.adapters.storage.database import Database
from fks_desk.adapters.storage.instruments import InstrumentTable
from fks_desk.adapters.storage.partitions import Partitions, SplitTable
from fks_desk.core.model import MarketTrade

_INSERT = """
WITH added AS (
    INSERT INTO market_trades (
        instrument_id, trade_id, ts_event, side, price, size, ts_init
    )
    SELECT * FROM unnest(
        %(number)s::integer[], %(trade_id)s::text[], %(ts_event)s::timestamptz[],
        %(side)s::text[], %(price)s::numeric[], %(size)s::numeric[], %(ts_init)s::timestamptz[]
    )
    ON CONFLICT DO NOTHING
    RETURNING 1
)
SELECT count(*) AS added FROM added
"""


class MarketTradeTable:
    """Write anybody's trades; our own fills live in another table."""

    def __init__(
        self, *, database: Database, instruments: InstrumentTable, partitions: Partitions
    ) -> None:
        self._database = database
        self._instruments = instruments
        self._partitions = partitions

    async def record_market_trades(self, trades: Sequence[MarketTrade]) -> int:
        """Store the prints not yet known and return how many were new."""
        if not trades:
            return 0
        numbers = await self._instruments.numbers(trade.instrument for trade in trades)
        times = [trade.ts_event for trade in trades]
        await self._partitions.ensure(SplitTable.MARKET_TRADES, min(times), max(times))
        columns = {
            "number": [numbers[trade.instrument] for trade in trades],
            "trade_id": [trade.trade_id for trade in trades],
            "ts_event": times,
            "side": [trade.side.value for trade in trades],
            "price": [trade.price for trade in trades],
            "size": [trade.size for trade in trades],
            "ts_init": [trade.ts_init for trade in trades],
        }
        async with self._database.writing() as connection:
            row = await (await connection.execute(_INSERT, columns)).fetchone()
        return int(row["added"]) if row else 0
