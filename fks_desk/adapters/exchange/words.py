"""Say what the two markets of an exchange spell differently; all else about orders is one."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from fks_desk.adapters.exchange.library import Client
from fks_desk.adapters.exchange.private_wire import Owner
from fks_desk.adapters.exchange.wire import Message
from fks_desk.core.model import (
    AccountId,
    Balance,
    ClientOrderId,
    Fill,
    Instrument,
    OrderIntent,
    OrderKind,
    VenueOrderId,
)
from fks_desk.core.ports import OrderReport, VenueOrder

OwnerOf = Callable[[Instrument], Owner]


@dataclass(frozen=True, slots=True, kw_only=True)
class ConditionalWords:
    """Hold the endpoints of orders that wait for a price, where they have their own.

    The venue counts such an order apart from the one that it becomes: `born_of` returns
    the number of the latter, or None while it waits. `is_own` tells whether a row is of
    a conditional order, `is_born` whether it is of a plain one that was conditional once.
    """

    kinds: frozenset[OrderKind]
    place: str
    cancel: str
    find: str
    open_orders: str
    all_orders: str
    form: Callable[[OrderIntent, Instrument], dict[str, str]]
    read_order: Callable[[Message, Owner], VenueOrder]
    number_in: Callable[[VenueOrderId], str | None]
    born_of: Callable[[Message], str | None]
    is_own: Callable[[Message], bool]
    is_born: Callable[[Message], bool]


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderWords:
    """Hold a market's endpoints, as ccxt names them, its order form and how to read its answers.

    `reply_fills` reads what a reply to a new order tells of executions; `refusals` are the
    codes that are a definite no at this market beside those that are one at every market.
    """

    place: str
    cancel: str
    find: str
    open_orders: str
    all_orders: str
    fills: str
    form: Callable[[OrderIntent, Instrument], dict[str, str]]
    read_order: Callable[[Message, Owner], VenueOrder]
    read_fill: Callable[[Message, Owner, ClientOrderId], Fill]
    reply_fills: Callable[[Message, Owner], tuple[Fill, ...]]
    refusals: frozenset[int] = frozenset()
    conditional: ConditionalWords | None = None


class StreamWords(Protocol):
    """Sign on to a market's private stream and read what it tells."""

    account_type: str  # the name by which ccxt knows that the stream is in use
    mine: frozenset[str]
    ended: frozenset[str]

    async def sign_on(self, client: Client) -> str:
        """Ask for the stream and return its address; raises what ccxt raises."""
        ...

    def balances(self, event: Message, account: AccountId) -> Sequence[Balance] | None:
        """Return the balances that an event tells, or None if it tells of an order."""
        ...

    def order_of(self, event: Message) -> Mapping[str, object]:
        """Return the part of an event that tells of an order, its symbol under `s`."""
        ...

    def report(self, told: Message, owner: Owner) -> OrderReport:
        """Read that part."""
        ...
