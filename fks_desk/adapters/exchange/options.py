"""Say which exchange to talk to, as whom, and how patiently."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Literal

from fks_desk.core.errors import ConfigError
from fks_desk.core.model import AccountId, VenueId
from fks_desk.core.secret import Secret

LOOPBACK = frozenset({"127.0.0.1"})


class Site(StrEnum):
    """Say which of an exchange's machines are spoken to."""

    REAL = "real"
    TEST = "test"


@dataclass(frozen=True, slots=True, kw_only=True)
class Credentials:
    """Hold an API key with its secret."""

    key: Secret
    secret: Secret


@dataclass(frozen=True, slots=True, kw_only=True)
class ExchangeOptions:
    """Describe one connection to one exchange.

    `exchange` is ccxt's name of it and `venue` is ours: the built-in exchange
    speaks like `binance` and is our venue `demo`. `overrides` goes to ccxt as it
    is (URLs of the built-in exchange). `is_replayed` marks a venue whose market
    time is not the wall clock. `hosts` are the machines that may be sent anything
    signed: this one alone unless others are named. A market connection without any frame for
    `quiet_limit_s` is taken for dead. Without `is_hot` ccxt parses every frame;
    `prints` chooses single trades or those of one taker order together.
    """

    exchange: str = "binance"
    venue: VenueId
    account: AccountId | None = None
    credentials: Credentials | None = None
    site: Site = Site.REAL
    hosts: frozenset[str] = LOOPBACK
    overrides: Mapping[str, Any] = field(default_factory=dict)  # ccxt's own configuration
    is_replayed: bool = False
    timeout_s: float = 10.0
    ping_s: float = 10.0
    quiet_limit_s: float = 30.0
    is_hot: bool = True
    prints: Literal["trade", "aggTrade"] = "trade"

    def __post_init__(self) -> None:
        if self.credentials is not None and self.account is None:
            raise ConfigError(f"the key for {self.venue} names no account that it belongs to")
