"""Turn an account of the list into a connection to its exchange, and look whose it is."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from fks_desk.adapters.exchange.hosts import hosts_of
from fks_desk.adapters.exchange.opening import TradingConnection
from fks_desk.adapters.exchange.options import (
    LOOPBACK,
    Credentials,
    ExchangeOptions,
    Site,
)
from fks_desk.adapters.exchange.rights import require_harmless, warnings_of
from fks_desk.app.accounts.vault import SealedKey
from fks_desk.core.accounts import FUTURES, AccountEntry, KeyCheck
from fks_desk.core.errors import ConfigError
from fks_desk.core.model import Mode
from fks_desk.venue.urls import ccxt_overrides, ccxt_perpetual_overrides

_LOOPBACK = re.compile(r"http://127\.0\.0\.1:(\d{1,5})/?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """Hold what opens one account: its key, and how its owner is remembered.

    `stand_in` is the address of a simulated exchange on this machine that takes the
    place of the exchange's own, for rehearsals; `sealed` is None for paper.
    """

    entry: AccountEntry
    sealed: SealedKey | None
    pin: Callable[[str], None]
    stand_in: str | None = None

    def options(self) -> ExchangeOptions:
        """Return how to reach the exchange, or raise `ConfigError`."""
        entry, sealed = self.entry, self.sealed
        if entry.mode is Mode.PAPER and sealed is not None:
            raise ConfigError(f"{entry.id} is a paper account: it holds no key and signs nothing")
        site = Site.TEST if entry.mode is Mode.TESTNET else Site.REAL
        # A stand-in is one site for all modes.
        port = None if self.stand_in is None else read_stand_in(self.stand_in)
        return ExchangeOptions(
            exchange=entry.exchange,
            venue=entry.venue,
            account=entry.id,
            credentials=None
            if sealed is None
            else Credentials(key=sealed.key, secret=sealed.secret),
            site=site if port is None else Site.REAL,
            hosts=hosts_of(entry.exchange, site) if port is None else LOOPBACK,
            overrides={} if port is None else _stand_in_urls(entry.exchange, port),
        )

    async def examine(self, connection: TradingConnection) -> KeyCheck:
        """Look whose account the key opens and what it may do, or raise `ConfigError`."""
        entry, sealed = self.entry, self.sealed
        if sealed is None:
            return KeyCheck(identity="", words=f"{entry.title} is paper: there is no key to check")
        identity = await connection.identity()
        if sealed.identity not in {"", identity}:
            raise ConfigError(
                f"the key of {entry.id} opens another account than before: {identity}, was "
                f"{sealed.identity}. Nothing is sent. If that is meant, remove the account here "
                "and add the other one under a name of its own."
            )
        warnings: tuple[str, ...] = ()
        if entry.mode is Mode.LIVE:
            rights = await connection.key_rights()
            require_harmless(rights, entry.venue, is_futures=entry.exchange == FUTURES)
            warnings = warnings_of(rights)
        if not sealed.identity:
            self.pin(identity)
        return KeyCheck(
            identity=identity,
            words=f"{entry.venue} knows the key: it trades for the account {identity}",
            warnings=warnings,
        )


def read_stand_in(address: str) -> int:
    """Return the port of a stand-in on this machine, or raise `ConfigError`."""
    found = _LOOPBACK.fullmatch(address)
    if found is None or not 0 < int(found[1]) < 1 << 16:
        raise ConfigError(
            "a stand-in for an exchange is on this machine, written http://127.0.0.1:PORT, "
            f"was {address!r}"
        )
    return int(found[1])


def _stand_in_urls(exchange: str, port: int) -> dict[str, Any]:
    return ccxt_perpetual_overrides(port) if exchange == FUTURES else ccxt_overrides(port)
