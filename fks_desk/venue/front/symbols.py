"""Tell what is listed, with the filters that orders must pass."""

from __future__ import annotations

from fks_desk.core.model import Instrument
from fks_desk.venue.front.wire import Json, text
from fks_desk.venue.ledger.records import ZERO, LedgerKind, SelfTrade
from fks_desk.venue.ledger.rules import (
    HIGHEST_FACTOR,
    HIGHEST_NOTIONAL,
    HIGHEST_PRICE,
    LOWEST_FACTOR,
    MOST_ICEBERG_PARTS,
    MOST_OPEN_ORDERS,
    MOST_WAITING_ORDERS,
    TRAILING_BIPS,
    most_at_market,
)
from fks_desk.venue.market.listing import wire_id


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
        "orderTypes": [kind.value for kind in LedgerKind],
        "icebergAllowed": True,
        "ocoAllowed": True,
        "otoAllowed": True,
        "quoteOrderQtyMarketAllowed": True,
        "allowTrailingStop": True,
        "cancelReplaceAllowed": True,
        "amendAllowed": True,
        "isSpotTradingAllowed": True,
        "isMarginTradingAllowed": False,
        "filters": [*_price_filters(instrument), *_size_filters(instrument), *_count_filters()],
        "permissions": [],
        "permissionSets": [["SPOT"]],
        "defaultSelfTradePreventionMode": SelfTrade.EXPIRE_MAKER.value,
        "allowedSelfTradePreventionModes": [mode.value for mode in SelfTrade],
    }


def _price_filters(instrument: Instrument) -> list[Json]:
    high, low = str(HIGHEST_FACTOR), str(LOWEST_FACTOR)
    return [
        {
            "filterType": "PRICE_FILTER",
            "minPrice": text(instrument.tick),
            "maxPrice": text(HIGHEST_PRICE),
            "tickSize": text(instrument.tick),
        },
        {
            "filterType": "PERCENT_PRICE_BY_SIDE",
            "bidMultiplierUp": high,
            "bidMultiplierDown": low,
            "askMultiplierUp": high,
            "askMultiplierDown": low,
            "avgPriceMins": 0,
        },
        {
            "filterType": "TRAILING_DELTA",
            "minTrailingAboveDelta": TRAILING_BIPS.start,
            "maxTrailingAboveDelta": TRAILING_BIPS.stop - 1,
            "minTrailingBelowDelta": TRAILING_BIPS.start,
            "maxTrailingBelowDelta": TRAILING_BIPS.stop - 1,
        },
    ]


def _size_filters(instrument: Instrument) -> list[Json]:
    return [
        {
            "filterType": "LOT_SIZE",
            "minQty": text(instrument.min_size),
            "maxQty": text(instrument.max_size or HIGHEST_NOTIONAL),
            "stepSize": text(instrument.lot),
        },
        {
            "filterType": "MARKET_LOT_SIZE",
            "minQty": text(ZERO),
            "maxQty": text(most_at_market(instrument)),
            "stepSize": text(ZERO),
        },
        {"filterType": "ICEBERG_PARTS", "limit": MOST_ICEBERG_PARTS},
        {
            "filterType": "NOTIONAL",
            "minNotional": text(instrument.min_notional),
            "applyMinToMarket": True,
            "maxNotional": text(HIGHEST_NOTIONAL),
            "applyMaxToMarket": False,
            "avgPriceMins": 0,
        },
    ]


def _count_filters() -> list[Json]:
    return [
        {"filterType": "MAX_NUM_ORDERS", "maxNumOrders": MOST_OPEN_ORDERS},
        {"filterType": "MAX_NUM_ALGO_ORDERS", "maxNumAlgoOrders": MOST_WAITING_ORDERS},
    ]
