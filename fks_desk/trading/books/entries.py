"""Write domain values down as journal entries."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from enum import Enum
from functools import lru_cache
from math import isfinite
from operator import attrgetter
from typing import Any

from fks_desk.core.errors import DataError
from fks_desk.core.model import AccountId, Fill, Order, OrderIntent, OrderState, Position
from fks_desk.core.orders import OrderMove
from fks_desk.core.ports import JournalDraft

_ORDER_TYPES = {
    OrderState.HELD: "order.held",
    OrderState.SENDING: "order.sending",
    OrderState.OPEN: "order.accepted",
    OrderState.PARTIAL: "order.filled_part",
    OrderState.FILLED: "order.filled",
    OrderState.CANCEL_PENDING: "order.cancel_asked",
    OrderState.CANCELED: "order.canceled",
    OrderState.REJECTED: "order.rejected",
    OrderState.EXPIRED: "order.expired",
    OrderState.UNKNOWN: "order.lost_sight",
    OrderState.ABSENT: "order.absent",
    OrderState.PERSISTED: "order.persisted",
    OrderState.DENIED: "order.denied",
}


def order_type(state: OrderState) -> str:
    """Return the journal's name for an order's arrival in this state."""
    return _ORDER_TYPES[state]


def order_entry(
    order: Order, *, type_: str | None = None, causation: str, at: datetime, move: str = ""
) -> JournalDraft:
    """Return the entry of an order's new state; `causation` names what led to it."""
    payload = {**as_json(order), **({"move": move} if move else {})}
    return JournalDraft(
        type=type_ or order_type(order.state),
        payload=payload,
        ts_event=at,
        account=order.intent.account,
        origin=order.intent.origin.value,
        correlation=order.client_id,
        causation=causation,
    )


def denied_entry(intent: OrderIntent, code: str, reason: str, at: datetime) -> JournalDraft:
    """Return the entry of an order that stayed at home."""
    return JournalDraft(
        type="order.denied",
        payload={"intent": as_json(intent), "code": code, "reason": reason},
        ts_event=at,
        account=intent.account,
        origin=intent.origin.value,
        correlation=intent.client_id,
        causation="command:PlaceOrder",
    )


def fill_entry(fill: Fill, order: Order, *, is_correction: bool) -> JournalDraft:
    """Return the entry of an execution; one that came after the end is a correction."""
    return JournalDraft(
        type="fill.corrected" if is_correction else "fill.recorded",
        payload=as_json(fill),
        ts_event=fill.ts_event,
        account=fill.account,
        origin=order.intent.origin.value,
        correlation=order.client_id,
        causation=f"order:{order.client_id}",
    )


def position_entry(position: Position, fill: Fill, order: Order) -> JournalDraft:
    """Return the entry of a position that a fill moved."""
    return JournalDraft(
        type="position.moved",
        payload=as_json(position),
        ts_event=fill.ts_event,
        account=position.account,
        origin=order.intent.origin.value,
        correlation=order.client_id,
        causation=f"fill:{fill.trade_id}",
    )


def account_entry(
    account: AccountId, type_: str, payload: Mapping[str, Any], at: datetime, causation: str = ""
) -> JournalDraft:
    """Return an entry that tells of the whole account, such as a halt."""
    return JournalDraft(
        type=type_, payload=payload, ts_event=at, account=account, causation=causation
    )


def move_cause(move: OrderMove, before: OrderState) -> str:
    """Name the entry before and what happened to the order since."""
    return f"{order_type(before)}+{move.value}"


def as_json(value: Any) -> Any:
    """Return the value as JSON: Decimals and times as text, values as objects.

    What comes back is shared with later calls, so it is written and never changed.
    """
    kind = type(value)
    write = _WRITERS.get(kind)
    if write is None:
        write = _WRITERS[kind] = _writer_of(kind)
    return write(value)


@lru_cache(maxsize=1_000)
def _intent_as_json(intent: OrderIntent) -> dict[str, Any]:
    # What was wanted never changes, and every execution of an order tells it again.
    return _object_writer(OrderIntent)(intent)


def _writer_of(kind: type[Any]) -> Callable[[Any], Any]:
    """Return what writes values of a kind."""
    if is_dataclass(kind):
        return _object_writer(kind)
    return next((write for known, write in _PLAIN.items() if issubclass(kind, known)), _itself)


def _object_writer(kind: type[Any]) -> Callable[[Any], dict[str, Any]]:
    names = tuple(field.name for field in fields(kind))
    known = _WRITERS

    def write(value: Any) -> dict[str, Any]:
        written = {}
        for name in names:
            one = getattr(value, name)
            written[name] = (known.get(type(one)) or as_json)(one)
        return written

    return write


def _plain(number: Decimal) -> str:
    return format(number, "f")


def _finite(number: float) -> float:
    if not isfinite(number):
        raise DataError(f"the journal takes no number that is not finite, was {number}")
    return number


def _itself(value: Any) -> Any:
    return value


_PLAIN: dict[type[Any], Callable[[Any], Any]] = {
    Decimal: _plain,
    datetime: datetime.isoformat,
    Enum: attrgetter("value"),
    timedelta: timedelta.total_seconds,
    float: _finite,
}
_WRITERS: dict[type[Any], Callable[[Any], Any]] = {OrderIntent: _intent_as_json}
