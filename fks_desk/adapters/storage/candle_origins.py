"""Read where stored candles came from."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from fks_desk.adapters.storage.database import Database
from fks_desk.adapters.storage.instruments import InstrumentTable
from fks_desk.core.model import InstrumentId, Provenance, Span, Timeframe
from fks_desk.core.origins import CandleOrigin

_ORIGINS = """
SELECT ts, provenance, ts_init, revision FROM ohlcv_data
WHERE instrument_id = %(number)s AND timeframe = %(timeframe)s
    AND ts >= %(start)s AND ts < %(end)s
"""


class CandleOriginTable:
    """Read the origins of candles of any instrument and timeframe."""

    def __init__(self, *, database: Database, instruments: InstrumentTable) -> None:
        self._database = database
        self._instruments = instruments

    async def origins(
        self, instrument: InstrumentId, timeframe: Timeframe, span: Span
    ) -> Mapping[datetime, CandleOrigin]:
        """Return the origin of each candle that opened inside the span, by its open time."""
        number = await self._instruments.number(instrument)
        if number is None:
            return {}
        rows = await self._database.rows(
            _ORIGINS,
            {
                "number": number,
                "timeframe": timeframe.value,
                "start": span.start,
                "end": span.end,
            },
        )
        return {
            row["ts"]: CandleOrigin(
                provenance=Provenance(row["provenance"]),
                arrived=row["ts_init"],
                revision=row["revision"],
            )
            for row in rows
        }
