"""Sum up recorded trades into what takers bought and sold bar by bar."""

from __future__ import annotations

import numpy as np

from fks_desk.adapters.storage.database import Database
from fks_desk.adapters.storage.instruments import InstrumentTable
from fks_desk.core.flow import TradeFlow
from fks_desk.core.model import InstrumentId, Span, Timeframe

# The server adds exact numbers; only the sums become floats.
_FLOW = """
SELECT (floor(extract(epoch FROM ts_event) * 1000 / %(bar)s) * %(bar)s)::bigint AS opened,
    coalesce(sum(size) FILTER (WHERE side = 'buy'), 0)::float8 AS bought,
    coalesce(sum(size) FILTER (WHERE side = 'sell'), 0)::float8 AS sold
FROM market_trades
WHERE instrument_id = %(number)s AND ts_event >= %(start)s AND ts_event < %(end)s
GROUP BY 1 ORDER BY 1
"""


class TradeFlowTable:
    """Be a `FlowReader`."""

    def __init__(self, *, database: Database, instruments: InstrumentTable) -> None:
        self._database = database
        self._instruments = instruments

    async def flow(self, instrument: InstrumentId, timeframe: Timeframe, span: Span) -> TradeFlow:
        """Return what takers bought and sold in each bar that opened in the span."""
        number = await self._instruments.number(instrument)
        if number is None:
            return TradeFlow.empty()
        arguments = {
            "bar": timeframe.milliseconds,
            "number": number,
            "start": timeframe.floor(span.start),
            "end": span.end,
        }
        rows = await self._database.rows(_FLOW, arguments)
        return TradeFlow(
            time=np.array([row["opened"] for row in rows], dtype=np.int64),
            bought=np.array([row["bought"] for row in rows], dtype=np.float64),
            sold=np.array([row["sold"] for row in rows], dtype=np.float64),
        )
