"""Keep what the venues list, and the short numbers by which candles name it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from fks_desk.adapters.storage.codec import instrument_of
from fks_desk.adapters.storage.database import Database
from fks_desk.adapters.storage.pool import Row
from fks_desk.adapters.storage.steps import FINEST
from fks_desk.core.clock import Clock
from fks_desk.core.errors import DataError
from fks_desk.core.model import Instrument, InstrumentId, InstrumentKind

_DESCRIBED = """
SELECT * FROM instruments WHERE tick IS NOT NULL ORDER BY instrument
"""
_SAVE = """
INSERT INTO instruments (
    instrument, venue, kind, symbol, base, quote, settle, contract_size, tick, lot,
    min_size, max_size, min_notional, is_trading, updated
) VALUES (
    %(instrument)s, %(venue)s, %(kind)s, %(symbol)s, %(base)s, %(quote)s, %(settle)s,
    %(contract_size)s, %(tick)s, %(lot)s, %(min_size)s, %(max_size)s, %(min_notional)s,
    %(is_trading)s, %(updated)s
)
ON CONFLICT (instrument) DO UPDATE SET
    base = excluded.base, quote = excluded.quote, settle = excluded.settle,
    contract_size = excluded.contract_size, tick = excluded.tick, lot = excluded.lot,
    min_size = excluded.min_size, max_size = excluded.max_size,
    min_notional = excluded.min_notional, is_trading = excluded.is_trading,
    updated = excluded.updated
"""
_MENTION = """
INSERT INTO instruments (instrument, venue, kind, symbol) VALUES (%s, %s, %s, %s)
ON CONFLICT (instrument) DO NOTHING
"""
_GRAINS = """
SELECT instrument, coalesce(scale(trim_scale(tick)), 0) AS price_scale,
    coalesce(scale(trim_scale(lot)), 0) AS volume_scale
FROM instruments WHERE instrument = ANY(%s)
"""
_NUMBERS = "SELECT instrument, id FROM instruments WHERE instrument = ANY(%s)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Grain:
    """Say how many decimals the venue gives a price and a volume; 0 where nobody told."""

    price_scale: int
    volume_scale: int


UNKNOWN = Grain(price_scale=0, volume_scale=0)


class InstrumentTable:
    """Keep instruments; candles and trades may name one before a venue describes it."""

    def __init__(self, *, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._numbers: dict[InstrumentId, int] = {}
        self._grains: dict[InstrumentId, Grain] = {}

    async def instruments(self) -> Sequence[Instrument]:
        """Return every instrument that a venue has described."""
        return [instrument_of(row) for row in await self._database.rows(_DESCRIBED)]

    async def save_instruments(self, instruments: Sequence[Instrument]) -> None:
        """Insert or update instruments, all of them or none."""
        rows = [self._row(instrument) for instrument in instruments]
        async with self._database.writing() as connection:
            await connection.cursor().executemany(_SAVE, rows)
        for instrument in instruments:
            self._grains.pop(instrument.id, None)

    async def numbers(self, instruments: Iterable[InstrumentId]) -> dict[InstrumentId, int]:
        """Return the number of each instrument, giving one to those that have none."""
        wanted = set(instruments)
        unknown = sorted(wanted - self._numbers.keys())
        if unknown:
            async with self._database.writing() as connection:
                rows = [(instrument, *_parts(instrument)) for instrument in unknown]
                await connection.cursor().executemany(_MENTION, rows)
                found = await (await connection.execute(_NUMBERS, [unknown])).fetchall()
            # Remembered only now: what a lost commit took back must be asked for again.
            self._numbers |= {InstrumentId(row["instrument"]): row["id"] for row in found}
        return {instrument: self._numbers[instrument] for instrument in wanted}

    async def number(self, instrument: InstrumentId) -> int | None:
        """Return the number of an instrument, or None if nothing of it is stored."""
        if instrument not in self._numbers:
            found = await self._database.rows(_NUMBERS, [[instrument]])
            self._numbers |= {InstrumentId(row["instrument"]): row["id"] for row in found}
        return self._numbers.get(instrument)

    async def grains(self, instruments: Iterable[InstrumentId]) -> dict[InstrumentId, Grain]:
        """Return the grain of each instrument, in the order given."""
        wanted = list(instruments)
        unknown = [one for one in wanted if one not in self._grains]
        if unknown:
            for row in await self._database.rows(_GRAINS, [unknown]):
                self._grains[InstrumentId(row["instrument"])] = Grain(
                    # Finer than any venue counts is a mistake that scales must not follow.
                    price_scale=min(row["price_scale"], FINEST),
                    volume_scale=min(row["volume_scale"], FINEST),
                )
        return {one: self._grains.get(one, UNKNOWN) for one in wanted}

    def _row(self, instrument: Instrument) -> Row:
        names = (
            *("venue", "symbol", "base", "quote", "settle", "contract_size", "tick", "lot"),
            *("min_size", "max_size", "min_notional", "is_trading"),
        )
        return {
            "instrument": instrument.id,
            "kind": instrument.kind.value,
            "updated": self._clock.now(),
            **{name: getattr(instrument, name) for name in names},
        }


def _parts(instrument: InstrumentId) -> tuple[str, str, str]:
    venue, _, rest = instrument.partition(":")
    kind, _, symbol = rest.partition(":")
    if not (venue and symbol and kind in set(InstrumentKind)):
        raise DataError(
            f"an instrument is written venue:kind:SYMBOL, such as binance:spot:BTC/USDT, "
            f"was {instrument!r}"
        )
    return venue, kind, symbol
