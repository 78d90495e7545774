"""Keep signals: of one strategy, instrument and bar there is one."""

from __future__ import annotations

from collections.abc import Sequence

from fks_desk.adapters.storage.codec import signal_of, signal_row
from fks_desk.adapters.storage.database import Database
from fks_desk.adapters.storage.instruments import InstrumentTable
from fks_desk.core.model import InstrumentId, Signal, SignalDecision, SignalId

_INSERT = """
INSERT INTO signals (
    id, strategy, instrument, timeframe, stance, rule, inputs, price, confidence, ts_event,
    ts_init, expires
) VALUES (
    %(id)s, %(strategy)s, %(instrument)s, %(timeframe)s, %(stance)s, %(rule)s, %(inputs)s,
    %(price)s, %(confidence)s, %(ts_event)s, %(ts_init)s, %(expires)s
)
ON CONFLICT DO NOTHING
RETURNING id
"""
_NEWEST = """
SELECT * FROM signals
WHERE %(instrument)s::text IS NULL OR instrument = %(instrument)s
ORDER BY ts_event DESC, id LIMIT %(limit)s
"""
_DECIDE = "UPDATE signals SET decision = %(decision)s WHERE id = %(id)s RETURNING *"


class SignalTable:
    """Store and read signals."""

    def __init__(self, *, database: Database, instruments: InstrumentTable) -> None:
        self._database = database
        self._instruments = instruments

    async def record_signals(self, signals: Sequence[Signal]) -> Sequence[Signal]:
        """Store signals and return those that were new."""
        new = []
        await self._instruments.numbers(one.instrument for one in signals)
        async with self._database.writing() as connection:
            for signal in signals:
                cursor = await connection.execute(_INSERT, signal_row(signal))
                if await cursor.fetchone() is not None:
                    new.append(signal)
        return new

    async def signals(
        self, instrument: InstrumentId | None = None, limit: int = 200
    ) -> Sequence[Signal]:
        """Return the newest signals."""
        arguments = {"instrument": instrument, "limit": limit}
        return [signal_of(row) for row in await self._database.rows(_NEWEST, arguments)]

    async def decide_signal(self, signal: SignalId, decision: SignalDecision) -> Signal | None:
        """Store what a person made of a signal and return it, or None if it is not known."""
        async with self._database.writing() as connection:
            cursor = await connection.execute(_DECIDE, {"id": signal, "decision": decision.value})
            row = await cursor.fetchone()
        return None if row is None else signal_of(row)
