"""Make trading values that could have happened."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

from fks_desk.core.model import (
    Account,
    AccountId,
    Balance,
    Candle,
    ClientOrderId,
    Fill,
    Instrument,
    InstrumentId,
    Liquidity,
    Mode,
    Money,
    Order,
    OrderIntent,
    OrderKind,
    OrderState,
    Position,
    Side,
    Signal,
    SignalId,
    Stance,
    StrategyName,
    Timeframe,
    TradeId,
    VenueId,
    VenueOrderId,
)
from fks_desk.core.ports import JournalDraft, TradingChange

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
DEMO = AccountId("demo")
BTC = InstrumentId("demo:spot:BTC/USDT")
ETH = InstrumentId("demo:spot:ETH/USDT")


def account(mode=Mode.DEMO, venue="demo", id_=DEMO, title="Demo"):
    return Account(id=id_, venue=VenueId(venue), mode=mode, title=title)


def instrument(base="BTC", quote="USDT", venue="demo", **changes):
    values = {
        "venue": VenueId(venue),
        "symbol": f"{base}/{quote}",
        "base": base,
        "quote": quote,
        "settle": quote,
        "tick": Decimal("0.01"),
        "lot": Decimal("0.00001"),
        "min_size": Decimal("0.00001"),
        "min_notional": Decimal(5),
    }
    return Instrument(**{**values, **changes})


def intent(client_id="t-1", **changes):
    values = {
        "client_id": ClientOrderId(client_id),
        "account": DEMO,
        "instrument": BTC,
        "side": Side.BUY,
        "kind": OrderKind.LIMIT,
        "size": Decimal("0.5"),
        "limit_price": Decimal("100.10"),
        "reference_price": Decimal("100.10"),
        "created": NOW,
    }
    return OrderIntent(**{**values, **changes})


def order(client_id="t-1", state=OrderState.OPEN, at=NOW, wanted=None, **changes):
    return Order(intent=wanted or intent(client_id), state=state, updated=at, **changes)


def fill(trade_id="7", client_id="t-1", at=NOW, **changes):
    values = {
        "account": DEMO,
        "instrument": BTC,
        "trade_id": TradeId(trade_id),
        "client_id": ClientOrderId(client_id),
        "venue_order_id": VenueOrderId("v-1"),
        "side": Side.BUY,
        "price": Decimal("100.10"),
        "size": Decimal("0.50"),
        "fee": Money(amount=Decimal("0.0005"), currency="BTC"),
        "liquidity": Liquidity.MAKER,
        "ts_event": at,
        "ts_init": at,
    }
    return Fill(**{**values, **changes})


def position(size="0.4995", realised="0", at=NOW, **changes):
    values = {
        "account": DEMO,
        "instrument": BTC,
        "size": Decimal(size),
        "average_price": Decimal("100.20") if Decimal(size) else None,
        "realised": Money(amount=Decimal(realised), currency="USDT"),
        "fees": Money(amount=Decimal("0.05"), currency="USDT"),
        "updated": at,
    }
    return Position(**{**values, **changes})


def balance(currency="USDT", free="9949.95", at=NOW, locked="0"):
    return Balance(
        account=DEMO, currency=currency, free=Decimal(free), locked=Decimal(locked), updated=at
    )


def draft(type_="order.sent", at=NOW, correlation="t-1", **payload):
    return JournalDraft(
        type=type_, payload=payload, ts_event=at, account=DEMO, correlation=correlation
    )


def filled_change(trade_id="7", client_id="t-1", at=NOW, **fill_changes):
    """Return what one complete fill of one order changes."""
    return TradingChange(
        account=DEMO,
        orders=(order(client_id, OrderState.FILLED, at, filled=Decimal("0.5")),),
        fills=(fill(trade_id, client_id, at, **fill_changes),),
        positions=(position(at=at),),
        balances=(balance(at=at), balance("BTC", "0.4995", at=at)),
        events=(draft("fill.recorded", at, client_id, size="0.5"),),
    )


def signal(number=1, at=NOW, **changes):
    values = {
        "id": SignalId(f"s-{number}"),
        "strategy": StrategyName("sma_cross"),
        "instrument": BTC,
        "timeframe": Timeframe.M5,
        "stance": Stance.LONG,
        "rule": "fast over slow",
        "inputs": {"fast": 101.5, "slow": 100.25},
        "price": Decimal("100.10"),
        "confidence": 0.75,
        "ts_event": at + timedelta(minutes=5 * number),
        "ts_init": at,
        "expires": at + timedelta(hours=1),
    }
    return Signal(**{**values, **changes})


def candle(number=0, close="101", instrument_id=BTC, timeframe=Timeframe.M5, **changes):
    opened = NOW + number * timeframe.delta
    values = {
        "instrument": instrument_id,
        "timeframe": timeframe,
        "opened": opened,
        "open": Decimal(100),
        "high": max(Decimal(102), Decimal(close)),
        "low": min(Decimal(99), Decimal(close)),
        "close": Decimal(close),
        "volume": Decimal("12.5"),
        "is_closed": True,
        "ts_event": opened + timeframe.delta,
        "ts_init": opened + timeframe.delta,
    }
    return Candle(**{**values, **changes})
