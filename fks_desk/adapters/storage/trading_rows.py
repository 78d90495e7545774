"""Fold changes that lie one upon the other into the rows that they leave behind."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from fks_desk.adapters.storage.codec import balance_row, fill_row, order_row, position_row
from fks_desk.adapters.storage.pool import Row
from fks_desk.core.model import ZERO, AccountId, Balance, InstrumentId, Order
from fks_desk.core.ports import TradingChange

Place = tuple[AccountId, InstrumentId]


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """Hold what is stored of an instrument's position."""

    size: Decimal = ZERO
    realised: Decimal = ZERO
    currency: str = ""


NOTHING_HELD = Held()


def last_orders(changes: Sequence[TradingChange]) -> list[Row]:
    """Return each order as the last change left it, in one order for every writer."""
    last = {(o.intent.account, o.client_id): o for change in changes for o in change.orders}
    return [order_row(last[key]) for key in sorted(last)]


def order_events(changes: Sequence[TradingChange]) -> list[Row]:
    """Return what became of each order, step by step; a step that taught nothing is left out.

    Whether the first step of an order taught anything, only its stored row can tell.
    """
    before: dict[tuple[str, str], Order] = {}
    rows: list[Row] = []
    for order in (order for change in changes for order in change.orders):
        key = order.intent.account, order.client_id
        known = before.get(key)
        if known is None or _told(known) != _told(order):
            rows.append({"is_first": known is None, "place": len(rows), **_event(order)})
        before[key] = order
    return rows


def trades(changes: Sequence[TradingChange], held: Mapping[Place, Held]) -> list[Row]:
    """Return the executions with what each has gained; `held` is what was stored before.

    A change that moves a position puts the whole gain upon its first execution.
    """
    now = dict(held)
    rows: list[Row] = []
    for change in changes:
        after = _legs_together(change)
        first = dict.fromkeys(after, True)
        for fill in change.fills:
            place = change.account, fill.instrument
            is_weighed = first.pop(place, False)
            before = now.get(place, NOTHING_HELD)
            gain = after[place].realised - before.realised if is_weighed else None
            rows.append(
                {
                    **fill_row(fill),
                    "place": len(rows),
                    "is_closing": is_weighed and before.size * fill.side.sign < 0,
                    "realised": gain,
                    "realised_currency": after[place].currency if is_weighed else None,
                }
            )
        now.update(after)
    return rows


def last_positions(changes: Sequence[TradingChange]) -> list[Row]:
    """Return each leg of a position as the last change left it."""
    last = {
        (position.account, position.instrument, position.side): position
        for change in changes
        for position in change.positions
    }
    return [position_row(position) for position in last.values()]


def balance_moments(changes: Sequence[TradingChange]) -> list[Row]:
    """Return every balance of a moment once."""
    moments = {(one.account, one.currency, one.updated): one for one in _balances(changes)}
    return [balance_row(balance) for balance in moments.values()]


def last_balances(changes: Sequence[TradingChange]) -> list[Row]:
    """Return the newest balance of each currency."""
    last: dict[tuple[str, str], Balance] = {}
    for balance in _balances(changes):
        known = last.get((balance.account, balance.currency))
        if known is None or balance.updated >= known.updated:
            last[balance.account, balance.currency] = balance
    return [balance_row(balance) for balance in last.values()]


def positions_of(changes: Sequence[TradingChange]) -> dict[AccountId, list[InstrumentId]]:
    """Return the instruments whose executions are to be weighed against what is held."""
    found: dict[AccountId, set[InstrumentId]] = {}
    for change in changes:
        if change.fills and change.positions:
            names = (position.instrument for position in change.positions)
            found.setdefault(change.account, set()).update(names)
    return {account: sorted(names) for account, names in found.items()}


def _balances(changes: Iterable[TradingChange]) -> Iterable[Balance]:
    return (balance for change in changes for balance in change.balances)


def _legs_together(change: TradingChange) -> dict[Place, Held]:
    """Return what a change holds of each instrument that it moves."""
    held: dict[Place, Held] = {}
    for leg in change.positions:
        place = change.account, leg.instrument
        other = held.get(place, NOTHING_HELD)
        held[place] = Held(
            size=other.size + leg.size,
            realised=other.realised + leg.realised.amount,
            currency=leg.realised.currency,
        )
    return held


def _told(order: Order) -> tuple[object, ...]:
    return order.state, order.filled, order.venue_order_id, order.reason


def _event(order: Order) -> Row:
    return {
        "account": order.intent.account,
        "client_id": order.client_id,
        "state": order.state.value,
        "filled": order.filled,
        "average_price": order.average_price,
        "venue_order_id": order.venue_order_id,
        "reason": order.reason,
        "ts_event": order.updated,
    }
