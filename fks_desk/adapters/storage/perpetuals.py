"""Keep one state a minute of each perpetual."""

from __future__ import annotations

from collections.abc import Sequence

from fks_desk.adapters.storage.database import Database
from fks_desk.adapters.storage.instruments import InstrumentTable
from fks_desk.core.model import InstrumentId
from fks_desk.core.perpetuals import PerpetualState

_SAVE = """
INSERT INTO perpetual_states (
    instrument_id, minute, mark, index_price, funding_rate, next_funding, open_interest,
    ts_event, ts_init
) VALUES (
    %(number)s, date_trunc('minute', %(ts_event)s::timestamptz), %(mark)s, %(index)s,
    %(funding_rate)s, %(next_funding)s, %(open_interest)s, %(ts_event)s, %(ts_init)s
)
ON CONFLICT (instrument_id, minute) DO UPDATE SET
    mark = excluded.mark, index_price = excluded.index_price,
    funding_rate = excluded.funding_rate, next_funding = excluded.next_funding,
    open_interest = excluded.open_interest, ts_event = excluded.ts_event,
    ts_init = excluded.ts_init
WHERE excluded.ts_event >= perpetual_states.ts_event
"""
_NEWEST = """
SELECT * FROM perpetual_states WHERE instrument_id = %s ORDER BY minute DESC LIMIT %s
"""


class PerpetualTable:
    """Be a `PerpetualStore`; an older state never replaces a newer one of its minute."""

    def __init__(self, *, database: Database, instruments: InstrumentTable) -> None:
        self._database = database
        self._instruments = instruments

    async def record_perpetual(self, state: PerpetualState) -> None:
        """Store a state; a later one of the same minute replaces it."""
        numbers = await self._instruments.numbers([state.instrument])
        names = ("mark", "index", "funding_rate", "next_funding", "open_interest")
        row = {name: getattr(state, name) for name in (*names, "ts_event", "ts_init")}
        async with self._database.writing() as connection:
            await connection.execute(_SAVE, {"number": numbers[state.instrument], **row})

    async def perpetuals(self, instrument: InstrumentId, limit: int) -> Sequence[PerpetualState]:
        """Return the newest stored states, newest first."""
        number = await self._instruments.number(instrument)
        if number is None:
            return []
        return [
            PerpetualState(
                instrument=instrument,
                mark=row["mark"],
                index=row["index_price"],
                funding_rate=row["funding_rate"],
                next_funding=row["next_funding"],
                open_interest=row["open_interest"],
                ts_event=row["ts_event"],
                ts_init=row["ts_init"],
            )
            for row in await self._database.rows(_NEWEST, [number, limit])
        ]
