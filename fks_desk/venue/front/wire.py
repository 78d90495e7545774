"""Spell values as Binance's wire does: numbers as text with eight digits."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from fks_desk.core.model import Instrument
from fks_desk.venue.ledger.ledger import Holding
from fks_desk.venue.ledger.records import LedgerFill, LedgerOrder
from fks_desk.venue.ledger.rules import HIGHEST_PRICE, MOST_OPEN_ORDERS
from fks_desk.venue.market.bars import Bars
from fks_desk.venue.market.depth import DepthSide
from fks_desk.venue.market.listing import wire_id
from fks_desk.venue.market.pair import Print

Json = dict[str, Any]  # what a foreign protocol carries has no type of ours


def text(number: Decimal) -> str:
    """Return a number with eight digits after the point."""
    return f"{number:.8f}"


def symbol_info(instrument: Instrument) -> Json:
    """Return a listed pair with its filters."""
    return {
        "symbol": wire_id(instrument.symbol),
        "status": "TRADING" if instrument.is_trading else "BREAK",
        "baseAsset": instrument.base,
        "baseAssetPrecision": 8,
        "quoteAsset": instrument.quote,
        "quotePrecision": 8,
        "quoteAssetPrecision": 8,
        "baseCommissionPrecision": 8,
        "quoteCommissionPrecision": 8,
        "orderTypes": ["LIMIT", "LIMIT_MAKER", "MARKET"],
        "icebergAllowed": False,
        "ocoAllowed": False,
        "otoAllowed": False,
        "quoteOrderQtyMarketAllowed": True,
        "allowTrailingStop": False,
        "cancelReplaceAllowed": False,
        "amendAllowed": False,
        "isSpotTradingAllowed": True,
        "isMarginTradingAllowed": False,
        "filters": _filters(instrument),
        "permissions": [],
        "permissionSets": [["SPOT"]],
        "defaultSelfTradePreventionMode": "NONE",
        "allowedSelfTradePreventionModes": ["NONE"],
    }


def _filters(instrument: Instrument) -> list[Json]:
    lot = {
        "minQty": text(instrument.min_size),
        "maxQty": text(instrument.max_size or Decimal(9_000_000)),
        "stepSize": text(instrument.lot),
    }
    return [
        {
            "filterType": "PRICE_FILTER",
            "minPrice": text(instrument.tick),
            "maxPrice": text(HIGHEST_PRICE),
            "tickSize": text(instrument.tick),
        },
        {"filterType": "LOT_SIZE", **lot},
        {
            "filterType": "NOTIONAL",
            "minNotional": text(instrument.min_notional),
            "applyMinToMarket": True,
            "maxNotional": "9000000.00000000",
            "applyMaxToMarket": False,
            "avgPriceMins": 5,
        },
        {"filterType": "MAX_NUM_ORDERS", "maxNumOrders": MOST_OPEN_ORDERS},
    ]


def order_info(order: LedgerOrder) -> Json:
    """Return an order as a query answers it."""
    return {
        "symbol": wire_id(order.symbol),
        "orderId": order.id,
        "orderListId": -1,
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
        "stopPrice": text(Decimal(0)),
        "icebergQty": text(Decimal(0)),
        "time": order.created_ms,
        "updateTime": order.updated_ms,
        "isWorking": order.status.is_open,
        "workingTime": order.created_ms,
        "selfTradePreventionMode": "NONE",
    }


def placed_info(order: LedgerOrder, fills: list[LedgerFill]) -> Json:
    """Return the full reply to a new order."""
    shown = order_info(order)
    for name in ("time", "updateTime", "isWorking", "stopPrice", "icebergQty"):
        del shown[name]
    return {
        **shown,
        "transactTime": order.updated_ms,
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


def canceled_info(order: LedgerOrder, request_id: str) -> Json:
    """Return the reply to a cancel."""
    shown = order_info(order)
    for name in ("time", "updateTime", "isWorking", "stopPrice", "icebergQty", "workingTime"):
        del shown[name]
    return {
        **shown,
        "clientOrderId": request_id,
        "origClientOrderId": order.client_id,
        "transactTime": order.updated_ms,
    }


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
