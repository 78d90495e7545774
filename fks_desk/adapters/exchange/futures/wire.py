"""Read Binance's messages about perpetuals of ours into exact values.

Formats: Binance USD-M futures API, REST `order`, `openOrders`, `allOrders`,
`userTrades`, `positionRisk`, `balance`, `income`, and the user stream's
`ORDER_TRADE_UPDATE` and `ACCOUNT_UPDATE`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from fks_desk.adapters.exchange.private_wire import STATES, UNKNOWN, Owner
from fks_desk.adapters.exchange.wire import Message, exact
from fks_desk.core.clock import from_ms
from fks_desk.core.ledger import TransferKind
from fks_desk.core.margin import MarginLine, MarginPayment, MarginTier
from fks_desk.core.model import (
    ZERO,
    AccountId,
    Balance,
    ClientOrderId,
    Fill,
    InstrumentId,
    Liquidity,
    MarginMode,
    Money,
    OrderIntent,
    OrderKind,
    Origin,
    PositionSide,
    Side,
    TimeInForce,
    TradeId,
    VenueOrderId,
)
from fks_desk.core.ports import VenueOrder
from fks_desk.core.terms import Terms

_LIMITS = frozenset({"LIMIT", "LIQUIDATION"})
_POST_ONLY = "GTX"
_SIDES = {"BOTH": PositionSide.NET, "LONG": PositionSide.LONG, "SHORT": PositionSide.SHORT}
# Forced closing is an execution like any other, told under a name of its own.
_EXECUTIONS = frozenset({"TRADE", "CALCULATED"})
_NAMES = {
    "c": "clientOrderId", "i": "orderId", "S": "side", "o": "type", "f": "timeInForce",
    "q": "origQty", "p": "price", "ap": "avgPrice", "z": "executedQty", "X": "status",
    "T": "updateTime", "R": "reduceOnly",
}  # fmt: skip


def order(row: Message, owner: Owner) -> VenueOrder:
    """Read an order as REST tells it; the reply to a new order has the same names."""
    filled = exact(row["executedQty"], "executedQty")
    mean = exact(row.get("avgPrice") or "0", "avgPrice")
    return VenueOrder(
        client_id=ClientOrderId(str(row["clientOrderId"])),
        venue_order_id=VenueOrderId(str(row["orderId"])),
        instrument=owner.instrument,
        state=STATES.get(row["status"], UNKNOWN),
        intent=_intent(row, owner, mean),
        filled=filled,
        average_price=mean if filled > 0 and mean > 0 else None,
        updated=from_ms(int(row["updateTime"])),
    )


def report_order(event: Message, owner: Owner) -> VenueOrder:
    """Read the order inside an ORDER_TRADE_UPDATE."""
    return order({_NAMES.get(name, name): value for name, value in event.items()}, owner)


def report_fill(event: Message, owner: Owner) -> Fill | None:
    """Read the execution inside an ORDER_TRADE_UPDATE, or None if it tells of none."""
    if event["x"] not in _EXECUTIONS or exact(event["l"], "l") <= 0:
        return None
    return Fill(
        account=owner.account,
        instrument=owner.instrument,
        trade_id=TradeId(str(event["t"])),
        client_id=ClientOrderId(str(event["c"])),
        venue_order_id=VenueOrderId(str(event["i"])),
        side=Side(event["S"].lower()),
        price=exact(event["L"], "L"),
        size=exact(event["l"], "l"),
        fee=_fee(event.get("n"), event.get("N")),
        liquidity=Liquidity.MAKER if event["m"] else Liquidity.TAKER,
        ts_event=from_ms(int(event["T"])),
        ts_init=owner.ts_init,
        realised=exact(event["rp"], "rp"),
    )


def fill(row: Message, owner: Owner, client_id: ClientOrderId) -> Fill:
    """Read a row of userTrades, which does not name the client's id."""
    return Fill(
        account=owner.account,
        instrument=owner.instrument,
        trade_id=TradeId(str(row["id"])),
        client_id=client_id,
        venue_order_id=VenueOrderId(str(row["orderId"])),
        side=Side(row["side"].lower()),
        price=exact(row["price"], "price"),
        size=exact(row["qty"], "qty"),
        fee=_fee(row.get("commission"), row.get("commissionAsset")),
        liquidity=Liquidity.MAKER if row["maker"] else Liquidity.TAKER,
        ts_event=from_ms(int(row["time"])),
        ts_init=owner.ts_init,
        realised=exact(row["realizedPnl"], "realizedPnl"),
    )


def stream_balances(event: Message, account: AccountId) -> tuple[Balance, ...]:
    """Read the wallets of an ACCOUNT_UPDATE."""
    at = from_ms(int(event["T"]))
    return tuple(_wallet(account, row["a"], row["wb"], at) for row in event["a"]["B"])


def balances(rows: list[Message], account: AccountId, now: datetime) -> list[Balance]:
    """Read the wallets of the balance endpoint that are not zero."""
    found = [_wallet(account, row["asset"], row["balance"], now) for row in rows]
    return [one for one in found if one.total]


def tiers(row: Message) -> tuple[MarginTier, ...]:
    """Read a row of leverageBracket, smallest position first."""
    found = [
        MarginTier(
            cap=_ratio(one["notionalCap"], "notionalCap"),
            maintenance=_ratio(one["maintMarginRatio"], "maintMarginRatio"),
            deducted=_ratio(one["cum"], "cum"),
        )
        for one in row["brackets"]
    ]
    return tuple(sorted(found, key=lambda tier: tier.cap))


def margin_line(
    row: Message, instrument: InstrumentId, known: tuple[MarginTier, ...] = ()
) -> MarginLine:
    """Read a row of positionRisk; the tiers are known from elsewhere."""
    size, mark = exact(row["positionAmt"], "positionAmt"), exact(row["markPrice"], "markPrice")
    entry = exact(row["entryPrice"], "entryPrice")
    liquidation = exact(row.get("liquidationPrice") or "0", "liquidationPrice")
    leverage = exact(row["leverage"], "leverage")
    is_isolated = row.get("marginType") == "isolated"
    own = exact(row.get("isolatedMargin") or "0", "isolatedMargin")
    return MarginLine(
        instrument=instrument,
        size=size,
        entry=entry if size else None,
        mark=mark,
        liquidation=liquidation if size and liquidation > 0 else None,
        margin=own if is_isolated else abs(size) * mark / leverage,
        unrealised=exact(row.get("unRealizedProfit") or "0", "unRealizedProfit"),
        leverage=leverage,
        mode=MarginMode.ISOLATED if is_isolated else MarginMode.CROSS,
        side=_SIDES[row.get("positionSide", "BOTH")],
        tiers=known,
    )


def payment(row: Message, kind: TransferKind, instrument: InstrumentId) -> MarginPayment:
    """Read a row of income."""
    return MarginPayment(
        kind=kind,
        instrument=instrument,
        currency=str(row["asset"]),
        amount=exact(row["income"], "income"),
        at=from_ms(int(row["time"])),
    )


def together(payments: Iterable[MarginPayment]) -> list[MarginPayment]:
    """Return what was paid in one moment for one instrument as one payment."""
    found: dict[tuple[datetime, InstrumentId, str], MarginPayment] = {}
    for one in payments:
        key = (one.at, one.instrument, one.currency)
        before = found.get(key)
        found[key] = one if before is None else replace(one, amount=before.amount + one.amount)
    return [one for one in found.values() if one.amount]


def _ratio(value: object, name: str) -> Decimal:
    """Read a number that the venue sends as a bare one; its shortest text is what was sent."""
    return exact(repr(value) if isinstance(value, float) else value, name)


def _wallet(account: AccountId, currency: object, amount: object, at: datetime) -> Balance:
    # What margin ties up is a matter of marks and no part of the wallet's own sum.
    total = exact(amount, "wallet balance")
    return Balance(account=account, currency=str(currency), free=total, locked=ZERO, updated=at)


def _intent(row: Message, owner: Owner, mean: Decimal) -> OrderIntent | None:
    """Rebuild what was wanted, or None if the venue does not tell enough of it."""
    size, price = exact(row["origQty"], "origQty"), exact(row.get("price") or "0", "price")
    kind = _kind(row, price)
    reference = price if kind is OrderKind.LIMIT else (price or mean)
    if kind is None or size <= 0 or reference <= 0:
        return None
    return OrderIntent(
        client_id=ClientOrderId(str(row["clientOrderId"])),
        account=owner.account,
        instrument=owner.instrument,
        side=Side(row["side"].lower()),
        kind=kind,
        size=size,
        limit_price=price if kind is OrderKind.LIMIT else None,
        reference_price=reference,
        time_in_force=_time_in_force(row.get("timeInForce")),
        origin=Origin.EXTERNAL,
        terms=Terms(
            is_post_only=row.get("timeInForce") == _POST_ONLY and kind is OrderKind.LIMIT,
            is_reduce_only=row.get("reduceOnly") is True,
        ),
        created=from_ms(int(row.get("time") or row["updateTime"])),
    )


def _kind(row: Message, price: Decimal) -> OrderKind | None:
    told = row.get("type")
    if told in _LIMITS and price > 0:
        return OrderKind.LIMIT
    # A conditional order that has woken is a market order by now.
    return OrderKind.MARKET if told is not None and told not in _LIMITS else None


def _time_in_force(text: Any) -> TimeInForce:  # Any: parsed JSON
    known: Mapping[str, TimeInForce] = {
        one.value: one for one in TimeInForce if one is not TimeInForce.GTD
    }
    return known.get(str(text), TimeInForce.GTC)


def _fee(amount: object, currency: object) -> Money:
    if not currency:
        return Money(amount=ZERO, currency="USDT")
    return Money(amount=exact(amount, "fee"), currency=str(currency))
