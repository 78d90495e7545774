"""Store public prints, each once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from fks_desk.adapters.storage.database import Database
from fks_desk.adapters.storage.instruments import InstrumentTable
from fks_desk.adapters.storage.partitions import Partitions, SplitTable
from fks_desk.core.model import InstrumentId, MarketTrade

# Kept by the connection: making it anew for each batch would swell the catalogue.
_STAGE = """
CREATE TEMPORARY TABLE IF NOT EXISTS arriving_trades (
    instrument_id integer, trade_id text, ts_event timestamptz, side text, price numeric,
    size numeric, ts_init timestamptz
) ON COMMIT DELETE ROWS
"""
_COPY = "COPY arriving_trades FROM STDIN"
_INSERT = """
INSERT INTO market_trades (instrument_id, trade_id, ts_event, side, price, size, ts_init)
SELECT * FROM arriving_trades
ON CONFLICT DO NOTHING
"""
# What COPY's text format must not meet inside a value.
_ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})


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
        async with self._database.writing() as connection:
            await connection.execute(_STAGE)
            cursor = connection.cursor()
            async with cursor.copy(_COPY) as copy:
                await copy.write("".join(_line(trade, numbers) for trade in trades))
            return (await connection.execute(_INSERT)).rowcount


def _line(trade: MarketTrade, numbers: Mapping[InstrumentId, int]) -> str:
    """Return a row in COPY's text format."""
    return (
        f"{numbers[trade.instrument]}\t{trade.trade_id.translate(_ESCAPES)}\t"
        f"{trade.ts_event.isoformat()}\t{trade.side.value}\t{trade.price}\t{trade.size}\t"
        f"{trade.ts_init.isoformat()}\n"
    )
