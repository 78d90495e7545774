"""Gather what a crash drill compares the desk with: what was sent, placed and filled."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from decimal import Decimal

import msgspec

from fks_desk.venue.ledger.ledger import Holding, Ledger
from fks_desk.venue.ledger.records import LedgerFill, LedgerOrder
from fks_desk.venue.requests import RequestEntry

_PLACING = frozenset({"/api/v3/order", "ws:order.place"})


class OrderEvidence(msgspec.Struct, frozen=True, kw_only=True):
    """Hold one client id: how often it was sent, and every order that came of it."""

    client_id: str
    sent: int
    orders: list[LedgerOrder] = []

    @property
    def is_doubled(self) -> bool:
        """Tell whether one wish was sent or placed more than once."""
        return self.sent > 1 or len(self.orders) > 1


class Evidence(msgspec.Struct, frozen=True, kw_only=True):
    """Hold what the ledger vouches for since a moment, and the balances as they are now."""

    uid: int
    since_ms: int
    orders: list[OrderEvidence]
    fills: list[LedgerFill]
    balances: dict[str, Holding]
    is_balanced: bool

    @property
    def doubled(self) -> list[OrderEvidence]:
        """Return the wishes that were sent or placed more than once."""
        return [order for order in self.orders if order.is_doubled]


def evidence_of(
    ledger: Ledger, requests: Iterable[RequestEntry], uid: int, since_ms: int
) -> Evidence:
    """Return what an account did since a moment, by the names that it gave its orders."""
    sent = Counter(
        entry.client_id
        for entry in requests
        if entry.method == "POST" and entry.path in _PLACING and entry.moment_ms >= since_ms
    )
    placed: dict[str, list[LedgerOrder]] = {}
    for order in ledger.all_orders():
        if order.uid == uid and order.created_ms >= since_ms:
            placed.setdefault(order.client_id, []).append(order)
    return Evidence(
        uid=uid,
        since_ms=since_ms,
        orders=[
            OrderEvidence(client_id=name, sent=sent[name], orders=placed.get(name, []))
            for name in sorted(sent.keys() | placed.keys())
        ],
        fills=[
            fill for fill in ledger.all_fills() if fill.uid == uid and fill.moment_ms >= since_ms
        ],
        balances=dict(ledger.holdings(uid)),
        is_balanced=_is_balanced(ledger),
    )


def _is_balanced(ledger: Ledger) -> bool:
    """Tell whether accounts, market and fees together are what was paid in."""
    for asset, deposited in ledger.deposits.items():
        held = sum((ledger.holding(uid, asset).total for uid in ledger.accounts()), Decimal(0))
        if held + ledger.market[asset] + ledger.fees[asset] != deposited:
            return False
    return True
