"""Say which market the desk lives in: the demo exchange, or a file played back."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from pathlib import Path

from fks_desk.app.settings import DemoSettings, Settings
from fks_desk.core.accounts import BUILT_IN, BUILT_IN_PERPETUALS, FUTURES, AccountEntry
from fks_desk.core.model import (
    Account,
    AccountId,
    InstrumentId,
    InstrumentKind,
    Mode,
    Timeframe,
    VenueId,
    instrument_id,
)

DEMO_SYMBOLS = ("BTC/USDT", "ETH/USDT", "BNB/USDT", "ADA/USDT", "SOL/USDT")


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """Hold a venue, the account there, and how its process is started.

    `watched` are the instruments shown from the first second; the first one is
    on the chart, at `timeframe`. A venue that is not `is_built_in` has no process here.
    `exchange` is ccxt's name of what it speaks like.
    """

    account: Account
    folder: str
    arguments: tuple[str, ...]
    watched: tuple[InstrumentId, ...]
    timeframe: Timeframe = Timeframe.M1
    is_replayed: bool = False
    is_built_in: bool = True
    exchange: str = "binance"

    @property
    def venue(self) -> VenueId:
        """Return the venue's name."""
        return self.account.venue


def demo_world(settings: DemoSettings, *, is_paper: bool = False) -> World:
    """Return the world of made-up prices, traded at the venue or on paper."""
    venue = VenueId("demo")
    account = Account(id=AccountId("demo"), venue=venue, mode=Mode.DEMO, title="Demo")
    if is_paper:
        account = Account(id=AccountId("paper"), venue=venue, mode=Mode.PAPER, title="Paper")
    return World(
        account=account,
        folder="demo",
        arguments=(
            "--seed", str(settings.seed),
            "--rate", str(settings.messages_per_second),
            "--cash", str(settings.cash),
        ),
        watched=tuple(
            instrument_id(venue, InstrumentKind.SPOT, symbol) for symbol in DEMO_SYMBOLS
        ),
    )  # fmt: skip


def world_of(entry: AccountEntry, settings: Settings) -> World:
    """Return the world of any account of the list."""
    if entry.exchange == BUILT_IN:
        return demo_world(settings.demo, is_paper=entry.mode is Mode.PAPER)
    if entry.exchange == BUILT_IN_PERPETUALS:
        return perpetual_world(entry, settings.demo)
    return account_world(entry)


def perpetual_world(entry: AccountEntry, settings: DemoSettings) -> World:
    """Return the world of the built-in exchange's perpetuals; its coins are another account's."""
    return replace(
        demo_world(settings),
        account=Account(id=entry.id, venue=entry.venue, mode=entry.mode, title=entry.title),
        watched=_watched(entry),
        exchange=FUTURES,
    )


def _watched(entry: AccountEntry) -> tuple[InstrumentId, ...]:
    is_spot = entry.exchange not in {BUILT_IN_PERPETUALS, FUTURES}
    kind = InstrumentKind.SPOT if is_spot else InstrumentKind.LINEAR
    return tuple(instrument_id(entry.venue, kind, symbol) for symbol in DEMO_SYMBOLS)


def account_world(entry: AccountEntry) -> World:
    """Return the world of an account at an exchange of its own."""
    account = Account(id=entry.id, venue=entry.venue, mode=entry.mode, title=entry.title)
    return World(
        account=account,
        folder=entry.venue,
        arguments=(),
        watched=_watched(entry),
        is_built_in=False,
        exchange=entry.exchange,
    )


def replay_world(
    file: Path, *, symbol: str, timeframe: Timeframe, speed: float, settings: DemoSettings
) -> World:
    """Return the world of one file's candles, played as live trades.

    The ledger is kept per file, so that starting the same replay again goes on
    with the same account.
    """
    venue = VenueId("replay")
    digest = hashlib.sha256(str(file.resolve()).encode()).hexdigest()[:12]
    return World(
        account=Account(id=AccountId("replay"), venue=venue, mode=Mode.DEMO, title="Replay"),
        folder=f"replay-{digest}",
        arguments=(
            "--replay", str(file.resolve()),
            "--symbol", symbol,
            "--timeframe", timeframe.value,
            "--speed", str(speed),
            "--cash", str(settings.cash),
        ),
        watched=(instrument_id(venue, InstrumentKind.SPOT, symbol),),
        timeframe=timeframe,
        is_replayed=True,
    )  # fmt: skip
