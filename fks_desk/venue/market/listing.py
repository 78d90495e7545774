"""List what the demo exchange trades, with the filters and the temper of each pair."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from fks_desk.core.errors import ConfigError
from fks_desk.core.model import Instrument, VenueId

VENUE = VenueId("demo")


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """Hold a pair and how its synthetic market behaves.

    `anchor` is the price that the market hovers around, `daily_volatility` a
    fraction, `daily_volume` in base units, `prints_per_s` an average.
    """

    instrument: Instrument
    anchor: float
    daily_volatility: float
    daily_volume: float
    prints_per_s: float

    @property
    def symbol(self) -> str:
        """Return the pair as BASE/QUOTE."""
        return self.instrument.symbol


def wire_id(symbol: str) -> str:
    """Return the pair as the wire spells it: BTC/USDT becomes BTCUSDT."""
    return symbol.replace("/", "")


def spot(
    symbol: str, *, tick: str, lot: str, max_size: str = "9000000", min_notional: str = "5"
) -> Instrument:
    """Return a spot pair with its filters."""
    base, quote = symbol.split("/")
    return Instrument(
        venue=VENUE,
        symbol=symbol,
        base=base,
        quote=quote,
        settle=quote,
        tick=Decimal(tick),
        lot=Decimal(lot),
        min_size=Decimal(lot),
        max_size=Decimal(max_size),
        min_notional=Decimal(min_notional),
    )


def demo_listings() -> tuple[Listing, ...]:
    """Return every pair that the demo exchange can list."""
    return (
        Listing(
            instrument=spot("BTC/USDT", tick="0.01", lot="0.00001", max_size="9000"),
            anchor=60_000.0,
            daily_volatility=0.025,
            daily_volume=25_000.0,
            prints_per_s=4.0,
        ),
        Listing(
            instrument=spot("ETH/USDT", tick="0.01", lot="0.0001"),
            anchor=3_000.0,
            daily_volatility=0.032,
            daily_volume=350_000.0,
            prints_per_s=3.0,
        ),
        Listing(
            instrument=spot("BNB/USDT", tick="0.01", lot="0.001"),
            anchor=600.0,
            daily_volatility=0.028,
            daily_volume=300_000.0,
            prints_per_s=1.5,
        ),
        Listing(
            instrument=spot("ADA/USDT", tick="0.0001", lot="0.1"),
            anchor=0.6,
            daily_volatility=0.04,
            daily_volume=150_000_000.0,
            prints_per_s=1.0,
        ),
        Listing(
            instrument=spot("SOL/USDT", tick="0.01", lot="0.001"),
            anchor=150.0,
            daily_volatility=0.04,
            daily_volume=4_000_000.0,
            prints_per_s=2.0,
        ),
    )


def listings_for(symbols: Sequence[str]) -> tuple[Listing, ...]:
    """Return the listings of these symbols, or raise `ConfigError` naming the stranger."""
    known = {listing.symbol: listing for listing in demo_listings()}
    for symbol in symbols:
        if symbol not in known:
            raise ConfigError(
                f"The built-in exchange does not list {symbol!r}; it lists {', '.join(known)}."
            )
    return tuple(known[symbol] for symbol in symbols)
