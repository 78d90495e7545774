"""Spell values as Binance's wire does: numbers as text with eight digits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from fks_desk.core.model import Instrument
from fks_desk.venue.ledger.ledger import Holding
from fks_desk.venue.ledger.records import (
    Contingency,
    LedgerFill,
    LedgerList,
    LedgerOrder,
)
from fks_desk.venue.market.bars import Bars
from fks_desk.venue.market.depth import DepthSide
from fks_desk.venue.market.listing import wire_id
from fks_desk.venue.market.pair import Print

Json = dict[str, Any]  # what a foreign protocol carries has no type of ours

_AMENDED = (
    *("symbol", "orderId", "orderListId", "clientOrderId", "price", "executedQty", "status"),
    *("timeInForce", "type", "side", "workingTime", "selfTradePreventionMode"),
)


def text(number: Decimal) -> str:
    """Return a number with eight digits after the point."""
    return f"{number:.8f}"


def order_info(order: LedgerOrder) -> Json:
    """Return an order as a query answers it."""
    return {
        "symbol": wire_id(order.symbol),
        "orderId": order.id,
        "orderListId": order.list_id,
        "clientOrderId": order.client_id,
        "price": text(order.price),
        "origQty": text(order.size),
        "executedQty": text(order.filled),
        "origQuoteOrderQty": text(order.quote_size),
        "cummulativeQuoteQty": text(order.quote_filled),
        "status": order.status.value,
        "timeInForce": order.time_in_force.value,
        "type": order.kind.value,
        "side": order.side.value.upper(),
        "stopPrice": text(order.stop_price),
        "icebergQty": text(order.visible_size),
        "time": order.created_ms,
        "updateTime": order.updated_ms,
        "isWorking": is_working(order),
        "workingTime": order.working_ms or -1,
        "selfTradePreventionMode": order.self_trade.value,
        **_trail(order),
    }


def is_working(order: LedgerOrder) -> bool:
    """Tell whether an order is on the book, or was when it ended."""
    return bool(order.working_ms) if not order.status.is_open else order.rests


def placed_info(order: LedgerOrder, fills: Sequence[LedgerFill] | None) -> Json:
    """Return the reply to a new order, with its fills if they are wanted."""
    shown = _without(order_info(order), "time", "updateTime", "isWorking", "icebergQty")
    if not order.kind.has_trigger:
        del shown["stopPrice"]
    shown["transactTime"] = order.updated_ms
    if fills is None:
        return shown
    return shown | {
        "fills": [
            {
                "price": text(fill.price),
                "qty": text(fill.size),
                "commission": text(fill.fee),
                "commissionAsset": fill.fee_asset,
                "tradeId": fill.id,
            }
            for fill in fills
        ],
    }


def acknowledged_info(order: LedgerOrder) -> Json:
    """Return the shortest reply to a new order."""
    shown = order_info(order)
    names = ("symbol", "orderId", "orderListId", "clientOrderId")
    return {name: shown[name] for name in names} | {"transactTime": order.updated_ms}


def canceled_info(order: LedgerOrder, request_id: str) -> Json:
    """Return the reply to a cancel."""
    names = ("time", "updateTime", "isWorking", "icebergQty", "workingTime")
    return {
        **_without(order_info(order), *names),
        "clientOrderId": request_id,
        "origClientOrderId": order.client_id,
        "transactTime": order.updated_ms,
    }


def amended_info(before: LedgerOrder, after: LedgerOrder) -> Json:
    """Return the reply to an order made smaller."""
    shown = order_info(after)
    return {
        "transactTime": after.updated_ms,
        "executionId": after.id,
        "amendedOrder": {
            **{name: shown[name] for name in _AMENDED},
            "origClientOrderId": before.client_id,
            "qty": text(after.size),
            "preventedQty": text(Decimal(0)),
            "quoteOrderQty": text(after.quote_size),
            "cumulativeQuoteQty": text(after.quote_filled),
        },
    }


def list_info(orders: LedgerList, members: Sequence[LedgerOrder]) -> Json:
    """Return a list as queries and replies tell it."""
    status_type, order_status = list_state(members)
    is_oco = orders.contingency is Contingency.OCO
    return {
        "orderListId": orders.id,
        "contingencyType": "OCO" if is_oco else "OTO",
        "listStatusType": status_type,
        "listOrderStatus": order_status,
        "listClientOrderId": orders.client_id,
        "transactionTime": orders.created_ms,
        "symbol": wire_id(orders.symbol),
        "orders": [
            {"symbol": wire_id(item.symbol), "orderId": item.id, "clientOrderId": item.client_id}
            for item in members
        ],
    }


def list_state(members: Sequence[LedgerOrder]) -> tuple[str, str]:
    """Return a list's two states: what was reported last, and where its orders stand."""
    if any(order.status.is_open for order in members):
        return "EXEC_STARTED", "EXECUTING"
    return "ALL_DONE", "ALL_DONE"


def _trail(order: LedgerOrder) -> Json:
    if not order.trailing_bips:
        return {}
    return {"trailingDelta": order.trailing_bips, "trailingTime": order.created_ms}


def _without(shown: Json, *names: str) -> Json:
    return {name: value for name, value in shown.items() if name not in names}


def fill_info(fill: LedgerFill) -> Json:
    """Return a fill as myTrades answers it."""
    return {
        "symbol": wire_id(fill.symbol),
        "id": fill.id,
        "orderId": fill.order_id,
        "orderListId": -1,
        "price": text(fill.price),
        "qty": text(fill.size),
        "quoteQty": text(fill.cost),
        "commission": text(fill.fee),
        "commissionAsset": fill.fee_asset,
        "time": fill.moment_ms,
        "isBuyer": fill.side.value == "buy",
        "isMaker": fill.is_maker,
        "isBestMatch": True,
    }


def balances_info(holdings: Mapping[str, Holding]) -> list[Json]:
    """Return balances as the account query answers them."""
    return [
        {"asset": asset, "free": text(held.free), "locked": text(held.locked)}
        for asset, held in sorted(holdings.items())
    ]


def kline_rows(bars: Bars, instrument: Instrument, length_ms: int) -> list[list[Any]]:
    """Return candles as rows: open time, OHLCV, close time, quote volume, count, taker part."""
    tick, lot = float(instrument.tick), float(instrument.lot)

    def prices(name: str) -> list[str]:
        return [f"{value:.8f}" for value in (getattr(bars, name) * tick).tolist()]

    volume = (bars.volume * lot).tolist()
    quote = (bars.quote * (tick * lot)).tolist()
    return [
        [
            time,
            *ohlc,
            f"{base:.8f}",
            time + length_ms - 1,
            f"{value:.8f}",
            count,
            f"{base / 2:.8f}",
            f"{value / 2:.8f}",
            "0",
        ]
        for time, base, value, count, *ohlc in zip(
            bars.time.tolist(),
            volume,
            quote,
            bars.count.tolist(),
            prices("open"),
            prices("high"),
            prices("low"),
            prices("close"),
            strict=True,
        )
    ]


def trade_info(item: Print) -> Json:
    """Return a public trade as the trades query answers it."""
    return {
        "id": item.id,
        "price": text(item.price),
        "qty": text(item.size),
        "quoteQty": text(item.price * item.size),
        "time": item.moment_ms,
        "isBuyerMaker": item.is_sell,
        "isBestMatch": True,
    }


def agg_trade_info(item: Print) -> Json:
    """Return a public trade as the aggregate trades query answers it."""
    return {
        "a": item.id,
        "p": text(item.price),
        "q": text(item.size),
        "f": item.id,
        "l": item.id,
        "T": item.moment_ms,
        "m": item.is_sell,
        "M": True,
    }


def level_rows(side: DepthSide, instrument: Instrument, limit: int) -> list[list[str]]:
    """Return one side of the book as rows of price and size."""
    tick, lot = float(instrument.tick), float(instrument.lot)
    return [
        [f"{price * tick:.8f}", f"{size * lot:.8f}"]
        for price, size in zip(side.ticks[:limit], side.lots[:limit], strict=True)
    ]
