"""Read Binance's messages about our own orders, fills and balances into exact values.

Formats: Binance spot API, REST `order`, `openOrders`, `allOrders`, `myTrades`,
`account`, and the user stream's `executionReport` and `outboundAccountPosition`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from fks_desk.adapters.exchange.stamps import moment_of
from fks_desk.adapters.exchange.wire import Message, exact
from fks_desk.core.model import (
    AccountId,
    Balance,
    ClientOrderId,
    Fill,
    InstrumentId,
    Liquidity,
    Money,
    OrderIntent,
    OrderKind,
    OrderState,
    Origin,
    Side,
    TimeInForce,
    TradeId,
    VenueOrderId,
)
from fks_desk.core.ports import VenueOrder
from fks_desk.core.terms import TRAIL_BPS, Terms

UNKNOWN = OrderState.UNKNOWN.value

STATES: Mapping[str, str] = {
    "NEW": OrderState.OPEN.value,
    "PENDING_NEW": OrderState.OPEN.value,
    "PARTIALLY_FILLED": OrderState.PARTIAL.value,
    "FILLED": OrderState.FILLED.value,
    "CANCELED": OrderState.CANCELED.value,
    "PENDING_CANCEL": OrderState.CANCEL_PENDING.value,
    "REJECTED": OrderState.REJECTED.value,
    "EXPIRED": OrderState.EXPIRED.value,
    "EXPIRED_IN_MATCH": OrderState.EXPIRED.value,
}
_KINDS = {
    "MARKET": OrderKind.MARKET,
    "LIMIT": OrderKind.LIMIT,
    "LIMIT_MAKER": OrderKind.LIMIT,
    "STOP_LOSS": OrderKind.STOP,
    "STOP_LOSS_LIMIT": OrderKind.STOP_LIMIT,
    "TAKE_PROFIT": OrderKind.TAKE_PROFIT,
    "TAKE_PROFIT_LIMIT": OrderKind.TAKE_PROFIT_LIMIT,
}
_EMPTY_REASONS = {"", "NONE"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Owner:
    """Say whose messages these are and when they reached us."""

    account: AccountId
    instrument: InstrumentId
    ts_init: datetime


def order(row: Message, owner: Owner) -> VenueOrder:
    """Read an order as REST tells it; the reply to a new order has the same names."""
    filled = exact(row["executedQty"], "executedQty")
    spent = exact(row.get("cummulativeQuoteQty", "0"), "cummulativeQuoteQty")
    updated = row.get("updateTime") or row.get("transactTime") or row["time"]
    return VenueOrder(
        client_id=ClientOrderId(str(row["clientOrderId"])),
        venue_order_id=VenueOrderId(str(row["orderId"])),
        instrument=owner.instrument,
        state=STATES.get(row["status"], UNKNOWN),
        intent=_intent(row, owner, _REST_NAMES, average(filled, spent)),
        filled=filled,
        average_price=average(filled, spent),
        updated=moment_of(int(updated)),
    )


def report_order(event: Message, owner: Owner) -> VenueOrder:
    """Read the order inside an execution report."""
    filled, spent = exact(event["z"], "z"), exact(event.get("Z", "0"), "Z")
    reason = str(event.get("r", ""))
    return VenueOrder(
        client_id=report_client_id(event),
        venue_order_id=VenueOrderId(str(event["i"])),
        instrument=owner.instrument,
        state=STATES.get(event["X"], UNKNOWN),
        intent=_intent(event, owner, _STREAM_NAMES, average(filled, spent)),
        filled=filled,
        average_price=average(filled, spent),
        updated=moment_of(int(event["T"])),
        reason="" if reason in _EMPTY_REASONS else reason,
    )


def report_client_id(event: Message) -> ClientOrderId:
    """Return the order's own id: in the report of a cancel, `c` names the cancel request."""
    return ClientOrderId(str(event.get("C") or event["c"]))


def report_fill(event: Message, owner: Owner) -> Fill | None:
    """Read the execution inside an execution report, or None if it tells of none."""
    if event["x"] != "TRADE" or int(event["t"]) < 0:
        return None
    if exact(event["l"], "l") <= 0 or exact(event["L"], "L") <= 0:
        return None
    return Fill(
        account=owner.account,
        instrument=owner.instrument,
        trade_id=TradeId(str(event["t"])),
        client_id=report_client_id(event),
        venue_order_id=VenueOrderId(str(event["i"])),
        side=Side(event["S"].lower()),
        price=exact(event["L"], "L"),
        size=exact(event["l"], "l"),
        fee=_fee(event.get("n"), event.get("N"), owner),
        liquidity=Liquidity.MAKER if event["m"] else Liquidity.TAKER,
        ts_event=moment_of(int(event["T"])),
        ts_init=owner.ts_init,
    )


def reply_fills(reply: Message, owner: Owner) -> tuple[Fill, ...]:
    """Read the executions inside the reply to a new order; whoever fills at once took."""
    return tuple(
        Fill(
            account=owner.account,
            instrument=owner.instrument,
            trade_id=TradeId(str(row["tradeId"])),
            client_id=ClientOrderId(str(reply["clientOrderId"])),
            venue_order_id=VenueOrderId(str(reply["orderId"])),
            side=Side(reply["side"].lower()),
            price=exact(row["price"], "price"),
            size=exact(row["qty"], "qty"),
            fee=_fee(row.get("commission"), row.get("commissionAsset"), owner),
            liquidity=Liquidity.TAKER,
            ts_event=moment_of(int(reply["transactTime"])),
            ts_init=owner.ts_init,
        )
        for row in reply.get("fills", ())
    )


def fill(row: Message, owner: Owner, client_id: ClientOrderId) -> Fill:
    """Read a row of myTrades, which does not name the client's id."""
    return Fill(
        account=owner.account,
        instrument=owner.instrument,
        trade_id=TradeId(str(row["id"])),
        client_id=client_id,
        venue_order_id=VenueOrderId(str(row["orderId"])),
        side=Side.BUY if row["isBuyer"] else Side.SELL,
        price=exact(row["price"], "price"),
        size=exact(row["qty"], "qty"),
        fee=_fee(row.get("commission"), row.get("commissionAsset"), owner),
        liquidity=Liquidity.MAKER if row["isMaker"] else Liquidity.TAKER,
        ts_event=moment_of(int(row["time"])),
        ts_init=owner.ts_init,
    )


def balances(event: Message, account: AccountId) -> tuple[Balance, ...]:
    """Read the changed balances of an outboundAccountPosition."""
    updated = moment_of(int(event.get("u") or event["E"]))
    return tuple(
        Balance(
            account=account,
            currency=str(row["a"]),
            free=exact(row["f"], "free"),
            locked=exact(row["l"], "locked"),
            updated=updated,
        )
        for row in event["B"]
    )


def account_balances(answer: Message, account: AccountId, now: datetime) -> list[Balance]:
    """Read the balances of the account endpoint that are not zero."""
    found = (
        Balance(
            account=account,
            currency=str(row["asset"]),
            free=exact(row["free"], "free"),
            locked=exact(row["locked"], "locked"),
            updated=now,
        )
        for row in answer["balances"]
    )
    return [balance for balance in found if balance.total]


def average(filled: Decimal, spent: Decimal) -> Decimal | None:
    """Return the mean price of what was filled, or None before the first fill."""
    return spent / filled if filled > 0 and spent > 0 else None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Names:
    """Name the fields of an order in one of the two dialects."""

    client_id: str
    side: str
    kind: str
    time_in_force: str
    size: str
    price: str
    trigger: str
    trail: str
    created: tuple[str, ...]


_REST_NAMES = _Names(
    client_id="clientOrderId",
    side="side",
    kind="type",
    time_in_force="timeInForce",
    size="origQty",
    price="price",
    trigger="stopPrice",
    trail="trailingDelta",
    created=("time", "transactTime", "updateTime"),
)
_STREAM_NAMES = _Names(
    client_id="c",
    side="S",
    kind="o",
    time_in_force="f",
    size="q",
    price="p",
    trigger="P",
    trail="d",
    created=("O", "T"),
)


def _intent(row: Message, owner: Owner, names: _Names, mean: Decimal | None) -> OrderIntent | None:
    """Rebuild what was wanted, or None if the venue does not tell enough of it."""
    kind = _KINDS.get(row.get(names.kind, ""))
    size = exact(row.get(names.size, "0"), "size")
    if kind is None or size <= 0:
        return None
    terms = _terms(row, names)
    kind = _kind(kind, terms)
    price = exact(row.get(names.price, "0"), "price")
    limit = price if kind.has_limit else None
    reference = next((one for one in (limit, terms.trigger_price, mean) if one), None)
    if reference is None or reference <= 0 or (kind.has_trigger and terms.trigger_price is None):
        return None
    return OrderIntent(
        client_id=ClientOrderId(str(row.get("C") or row[names.client_id])),
        account=owner.account,
        instrument=owner.instrument,
        side=Side(row[names.side].lower()),
        kind=kind,
        size=size,
        limit_price=limit,
        reference_price=reference,
        time_in_force=_time_in_force(row.get(names.time_in_force)),
        origin=Origin.EXTERNAL,
        terms=terms,
        created=moment_of(int(next(row[name] for name in names.created if row.get(name)))),
    )


def _terms(row: Message, names: _Names) -> Terms:
    trigger = exact(row.get(names.trigger) or "0", "stop price")
    trail = row.get(names.trail)
    is_trailing = bool(trail) and int(str(trail)) in TRAIL_BPS
    return Terms(
        trigger_price=trigger if trigger > 0 and not is_trailing else None,
        trail_bps=int(str(trail)) if is_trailing else None,
        is_post_only=row.get(names.kind) == "LIMIT_MAKER",
    )


def _kind(kind: OrderKind, terms: Terms) -> OrderKind:
    """Return the kind as the desk calls it: a stop with a trail is one that trails."""
    is_trailing = terms.trail_bps is not None and kind is OrderKind.STOP
    return OrderKind.TRAILING_STOP if is_trailing else kind


def _time_in_force(text: Any) -> TimeInForce:  # Any: parsed JSON
    # Spot tells no end of a GTD order, and one without its end rests until it is canceled.
    known = set(TimeInForce) - {TimeInForce.GTD}
    return TimeInForce(text) if text in known else TimeInForce.GTC


def _fee(amount: object, currency: object, owner: Owner) -> Money:
    """Read a fee; a venue that names no currency took none."""
    if not currency:
        return Money(amount=Decimal(0), currency=owner.instrument.rpartition("/")[2])
    return Money(amount=exact(amount, "fee"), currency=str(currency))
