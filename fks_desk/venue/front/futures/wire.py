"""Spell perpetuals as Binance's futures wire does."""

from __future__ import annotations

from decimal import Decimal

from fks_desk.core.model import Instrument, PositionSide
from fks_desk.venue.front.wire import Json, text
from fks_desk.venue.ledger.records import ZERO, LedgerKind
from fks_desk.venue.ledger.rules import HIGHEST_PRICE, MOST_OPEN_ORDERS, most_at_market
from fks_desk.venue.market.listing import wire_id
from fks_desk.venue.perpetual.records import PerpFill, PerpOrder

SIDES = {PositionSide.NET: "BOTH", PositionSide.LONG: "LONG", PositionSide.SHORT: "SHORT"}
KINDS = {
    "LIMIT": LedgerKind.LIMIT,
    "MARKET": LedgerKind.MARKET,
    "STOP": LedgerKind.STOP_LOSS_LIMIT,
    "STOP_MARKET": LedgerKind.STOP_LOSS,
    "TAKE_PROFIT": LedgerKind.TAKE_PROFIT_LIMIT,
    "TAKE_PROFIT_MARKET": LedgerKind.TAKE_PROFIT,
    "TRAILING_STOP_MARKET": LedgerKind.STOP_LOSS,
}
_NAMES = {kind: name for name, kind in KINDS.items() if name != "TRAILING_STOP_MARKET"}
_TIMES = ("GTC", "IOC", "FOK", "GTX", "GTD")
# Conditional orders are counted apart from the orders that they become.
ALGO_BASE = 2_000_000_000
LAST_PRICE, MARK_PRICE = "CONTRACT_PRICE", "MARK_PRICE"
_BIPS = Decimal(100)
_FAR_FUTURE_MS = 4_133_404_800_000
_FIRST_DAY_MS = 1_569_398_400_000


def kind_of(order: PerpOrder) -> str:
    """Return an order's type as futures call it."""
    if order.is_liquidation:
        return "LIQUIDATION"
    if order.trailing_bips:
        return "TRAILING_STOP_MARKET"
    return "LIMIT" if order.kind is LedgerKind.LIMIT_MAKER else _NAMES[order.kind]


def time_of(order: PerpOrder) -> str:
    """Return an order's time in force as futures call it."""
    return "GTX" if order.kind is LedgerKind.LIMIT_MAKER else order.time_in_force.value


def working_type(order: PerpOrder) -> str:
    """Return which price wakes a conditional order."""
    return MARK_PRICE if order.by_mark else LAST_PRICE


def order_info(order: PerpOrder) -> Json:
    """Return an order as queries and replies tell it."""
    return {
        "orderId": order.id,
        "symbol": wire_id(order.symbol),
        "status": order.status.value,
        "clientOrderId": order.client_id,
        "price": text(order.price),
        "avgPrice": text(order.average_price or ZERO),
        "origQty": text(order.size),
        "executedQty": text(order.filled),
        "cumQty": text(order.filled),
        "cumQuote": text(order.quote_filled),
        "timeInForce": time_of(order),
        "type": kind_of(order),
        "reduceOnly": order.reduce_only,
        "closePosition": order.closes,
        "side": order.side.value.upper(),
        "positionSide": SIDES[order.position_side],
        "stopPrice": text(order.stop_price),
        "workingType": working_type(order),
        "priceProtect": False,
        "origType": kind_of(order),
        "priceMatch": "NONE",
        "selfTradePreventionMode": order.self_trade.value,
        "goodTillDate": order.expires_ms,
        "time": order.created_ms,
        "updateTime": order.updated_ms,
    }


def algo_info(order: PerpOrder) -> Json:
    """Return a conditional order as its own endpoints tell it."""
    is_triggered = bool(order.working_ms)
    return {
        "algoId": order.id + ALGO_BASE,
        "clientAlgoId": order.client_id,
        "algoType": "CONDITIONAL",
        "orderType": kind_of(order),
        "symbol": wire_id(order.symbol),
        "side": order.side.value.upper(),
        "positionSide": SIDES[order.position_side],
        "timeInForce": time_of(order),
        "quantity": text(order.size),
        "algoStatus": algo_status(order),
        "actualOrderId": str(order.id) if is_triggered else "",
        "actualPrice": text(order.average_price or ZERO),
        "triggerPrice": text(order.stop_price),
        "price": text(order.price),
        "icebergQuantity": None,
        "selfTradePreventionMode": order.self_trade.value,
        "workingType": working_type(order),
        "priceMatch": "NONE",
        "closePosition": order.closes,
        "priceProtect": False,
        "reduceOnly": order.reduce_only,
        "activatePrice": text(order.stop_price) if order.trailing_bips else "",
        "callbackRate": f"{order.trailing_bips / _BIPS:.2f}" if order.trailing_bips else "",
        "createTime": order.created_ms,
        "updateTime": order.updated_ms,
        "triggerTime": order.working_ms,
        "goodTillDate": order.expires_ms,
    }


def algo_status(order: PerpOrder) -> str:
    """Return where a conditional order stands: a triggered one lives on as an order."""
    if order.is_waiting:
        return "NEW" if order.status.is_open else order.status.value
    return "TRIGGERED" if order.status.is_open else "FINISHED"


def fill_info(fill: PerpFill) -> Json:
    """Return a fill as userTrades answers it."""
    return {
        "buyer": fill.side.value == "buy",
        "commission": text(fill.fee),
        "commissionAsset": "USDT",
        "id": fill.id,
        "maker": fill.is_maker,
        "orderId": fill.order_id,
        "price": text(fill.price),
        "qty": text(fill.size),
        "quoteQty": text(fill.size * fill.price),
        "realizedPnl": text(fill.realised),
        "side": fill.side.value.upper(),
        "positionSide": SIDES[fill.position_side],
        "symbol": wire_id(fill.symbol),
        "time": fill.moment_ms,
    }


def symbol_info(instrument: Instrument) -> Json:
    """Return a listed perpetual with its filters."""
    return {
        "symbol": wire_id(instrument.symbol),
        "pair": wire_id(instrument.symbol),
        "contractType": "PERPETUAL",
        "deliveryDate": _FAR_FUTURE_MS,
        "onboardDate": _FIRST_DAY_MS,
        "status": "TRADING" if instrument.is_trading else "SETTLING",
        "maintMarginPercent": "2.5000",
        "requiredMarginPercent": "5.0000",
        "baseAsset": instrument.base,
        "quoteAsset": instrument.quote,
        "marginAsset": instrument.settle,
        "pricePrecision": instrument.price_digits,
        "quantityPrecision": instrument.size_digits,
        "baseAssetPrecision": 8,
        "quotePrecision": 8,
        "underlyingType": "COIN",
        "underlyingSubType": [],
        "triggerProtect": "0.0500",
        "liquidationFee": "0.012500",
        "marketTakeBound": "0.30",
        "orderTypes": list(KINDS),
        "timeInForce": list(_TIMES),
        "filters": _filters(instrument),
    }


def _filters(instrument: Instrument) -> list[Json]:
    least, step = text(instrument.min_size), text(instrument.lot)
    return [
        {
            "filterType": "PRICE_FILTER",
            "minPrice": text(instrument.tick),
            "maxPrice": text(HIGHEST_PRICE),
            "tickSize": text(instrument.tick),
        },
        {
            "filterType": "LOT_SIZE",
            "minQty": least,
            "maxQty": text(instrument.max_size or HIGHEST_PRICE),
            "stepSize": step,
        },
        {
            "filterType": "MARKET_LOT_SIZE",
            "minQty": least,
            "maxQty": text(most_at_market(instrument)),
            "stepSize": step,
        },
        {"filterType": "MAX_NUM_ORDERS", "limit": MOST_OPEN_ORDERS},
        {"filterType": "MIN_NOTIONAL", "notional": str(instrument.min_notional)},
    ]
