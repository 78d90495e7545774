"""Carry what one request needs from whichever door it came to its handler."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from fks_desk.core.clock import Clock, to_ms
from fks_desk.venue.exchange import Exchange
from fks_desk.venue.fault_player import FaultPlayer
from fks_desk.venue.front.errors import ApiError
from fks_desk.venue.front.params import Params
from fks_desk.venue.front.weights import Budget
from fks_desk.venue.keys import HARMLESS, KeyRights, Keys
from fks_desk.venue.market.listing import wire_id
from fks_desk.venue.market.pair import PairMarket
from fks_desk.venue.perpetual.exchange import PerpetualExchange
from fks_desk.venue.requests import RequestLog
from fks_desk.venue.stage import Stage


@dataclass(frozen=True, slots=True, kw_only=True)
class Counter:
    """Hold what every door of the venue shares."""

    exchange: Exchange
    perpetual: PerpetualExchange
    clock: Clock
    keys: Keys
    faults: FaultPlayer
    budget: Budget
    requests: RequestLog
    rights: KeyRights = HARMLESS

    def server_ms(self) -> int:
        """Return the venue's wall clock, wrong if the fault script says so."""
        return to_ms(self.clock.now()) + self.faults.clock_ms


@dataclass(frozen=True, slots=True)
class Call:
    """Hold one request with its place of service."""

    counter: Counter
    params: Params
    is_perpetual: bool = False

    @property
    def stage(self) -> Stage:
        """Return the market that the call is about."""
        return self.counter.perpetual if self.is_perpetual else self.counter.exchange

    @property
    def perpetual(self) -> PerpetualExchange:
        """Return the exchange of perpetuals."""
        return self.counter.perpetual

    @property
    def exchange(self) -> Exchange:
        """Return the exchange."""
        return self.counter.exchange

    @property
    def uid(self) -> int:
        """Return the account that signed."""
        return self.counter.keys.uid

    def pair(self) -> PairMarket:
        """Return the pair that the mandatory parameter names, or fail with -1121."""
        return self.pair_of(self.params.text("symbol"))

    def pair_of(self, wanted: str) -> PairMarket:
        """Return a pair by its wire name, or fail with -1121."""
        for pair in self.stage.pairs.values():
            if wire_id(pair.symbol) == wanted:
                return pair
        raise ApiError(-1121, "Invalid symbol.")

    def pairs(self) -> list[PairMarket]:
        """Return the pair that was named, or all."""
        if "symbol" in self.params:
            return [self.pair()]
        return list(self.stage.pairs.values())


Handler = Callable[[Call], Awaitable[Any]]  # the answer is whatever JSON the wire wants
Weigh = Callable[[Params], int]


class Security(StrEnum):
    """Say how an endpoint wants to be asked."""

    OPEN = "open"
    KEYED = "keyed"  # the key alone, without a signature
    SIGNED = "signed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """Describe one call: where it is, what it costs and who answers it."""

    method: str
    path: str
    handler: Handler
    weigh: Weigh
    security: Security = Security.OPEN
    ws_method: str = ""

    @property
    def name(self) -> str:
        """Return the name that fault rules use."""
        return f"{self.method} {self.path}"

    @property
    def is_perpetual(self) -> bool:
        """Tell whether the call is about perpetuals."""
        return self.path.startswith("/fapi/")
