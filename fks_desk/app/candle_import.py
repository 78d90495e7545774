"""Bring a file of candles into the database, all of it or nothing."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from pathlib import Path

from fks_desk.adapters.files.names import guess_from_name
from fks_desk.adapters.files.reading import CandleFile, read_candles
from fks_desk.adapters.storage.stores import Stores
from fks_desk.app.instruments import BUILT_IN, described, read_symbol, read_venue, refined
from fks_desk.core.clock import Clock
from fks_desk.core.errors import ConfigError
from fks_desk.core.model import (
    InstrumentId,
    InstrumentKind,
    Provenance,
    Timeframe,
    VenueId,
    instrument_id,
)
from fks_desk.core.ports import WriteCount

USUAL_VENUE = "binance"


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportWish:
    """Say what a file holds; `named_symbol` is what its name speaks of."""

    path: Path
    venue: VenueId
    symbol: str
    timeframe: Timeframe | None
    named_symbol: str | None
    kind: InstrumentKind = InstrumentKind.SPOT

    @property
    def instrument(self) -> InstrumentId:
        """Return the instrument that the candles belong to."""
        return instrument_id(self.venue, self.kind, self.symbol)

    @property
    def doubt(self) -> str | None:
        """Return a sentence if the file's name speaks of another symbol."""
        if self.named_symbol in {None, self.symbol}:
            return None
        return f"the file's name speaks of {self.named_symbol}, imported as {self.symbol} as asked"


def wish_of(
    path: Path, *, exchange: str | None, symbol: str | None, timeframe: Timeframe | None
) -> ImportWish:
    """Return the wish, completed by the file's name, or raise `ConfigError` with a question."""
    guess = guess_from_name(path)
    venue = read_venue(exchange or guess.venue or USUAL_VENUE)
    if venue in BUILT_IN:
        raise ConfigError(
            f"{venue} is the built-in exchange, whose prices no file may change; "
            "name the real one with --exchange, such as --exchange binance"
        )
    if symbol is None and guess.symbol is None:
        raise ConfigError(
            f"which symbol is in {path.name}? Its name does not tell; "
            "say so with --symbol, such as --symbol BTC/USDT"
        )
    return ImportWish(
        path=path,
        venue=venue,
        symbol=read_symbol(symbol or guess.symbol or ""),
        timeframe=timeframe or guess.timeframe,
        named_symbol=guess.symbol,
        kind=guess.kind,
    )


async def read_file(wish: ImportWish, clock: Clock) -> CandleFile:
    """Return the file's candles, checked, or raise `DataError` with one sentence."""
    return await asyncio.to_thread(read_candles, wish.path, clock=clock, timeframe=wish.timeframe)


async def store_file(stores: Stores, wish: ImportWish, file: CandleFile) -> WriteCount:
    """Store the candles and describe their instrument; doing it twice changes nothing."""
    # The candles come first: an instrument without any would be listed for nothing.
    count = await stores.candle_writer.upsert_frame(
        wish.instrument, file.timeframe, file.frame, Provenance.IMPORTED
    )
    if len(file.frame):
        listed = {one.id: one for one in await stores.instruments.instruments()}
        known = listed.get(wish.instrument)
        wanted = refined(known, described(wish.instrument, file.frame))
        if wanted != known:
            await stores.instruments.save_instruments([wanted])
    return count
