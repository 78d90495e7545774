"""Turn domain values into rows and back."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from psycopg.types.json import Jsonb

from fks_desk.adapters.storage.pool import Row
from fks_desk.adapters.storage.terms_codec import (
    family_of,
    family_row,
    replaced_by,
    terms_of,
    terms_to_json,
)
from fks_desk.core.errors import DataError
from fks_desk.core.model import (
    Account,
    AccountId,
    Balance,
    ClientOrderId,
    Fill,
    Instrument,
    InstrumentId,
    InstrumentKind,
    Liquidity,
    MarginMode,
    Mode,
    Money,
    Order,
    OrderIntent,
    OrderKind,
    OrderState,
    Origin,
    Position,
    PositionSide,
    Side,
    Signal,
    SignalDecision,
    SignalId,
    Stance,
    StrategyName,
    Timeframe,
    TimeInForce,
    TradeId,
    VenueId,
    VenueOrderId,
)

_ROWS = msgspec.json.Encoder()


def as_jsonb(value: Mapping[str, Any]) -> Jsonb:
    """Return a JSON object for the database; Decimals and times become text."""
    return Jsonb(value, dumps=as_json)


def as_json(value: Any) -> str:
    """Return JSON text, or raise `DataError` for a number that JSON does not know."""
    try:
        return json.dumps(value, default=str, allow_nan=False, separators=(",", ":"))
    except ValueError as error:
        raise DataError(f"a value cannot be stored as JSON: {error}") from error


def rows_as_json(rows: Sequence[Row]) -> str:
    """Return rows of exact values as JSON text, ten times as fast as `as_json`.

    It knows Decimals, times and text; floats, which may be no JSON number, are none of these.
    """
    return _ROWS.encode(rows).decode()


def numbers_to_json(numbers: Mapping[str, float]) -> dict[str, float | None]:
    """Return the numbers with null for those that are not finite."""
    return {
        name: float(number) if math.isfinite(number) else None for name, number in numbers.items()
    }


def numbers_of(stored: Mapping[str, Any]) -> dict[str, float]:
    """Return stored numbers; a null is NaN."""
    return {name: math.nan if number is None else float(number) for name, number in stored.items()}


def account_of(row: Row) -> Account:
    """Return the account of a row."""
    return Account(
        id=AccountId(row["id"]),
        venue=VenueId(row["venue"]),
        mode=Mode(row["mode"]),
        title=row["title"],
        reporting_currency=row["reporting_currency"],
    )


def instrument_of(row: Row) -> Instrument:
    """Return the instrument of a row that a venue has described."""
    return Instrument(
        venue=VenueId(row["venue"]),
        kind=InstrumentKind(row["kind"]),
        **{
            name: row[name]
            for name in (
                *("symbol", "base", "quote", "settle", "contract_size", "tick", "lot"),
                *("min_size", "max_size", "min_notional", "is_trading"),
            )
        },
    )


def order_row(order: Order) -> Row:
    """Return an order as a row."""
    intent = order.intent
    return {
        "account": intent.account,
        "client_id": intent.client_id,
        "instrument": intent.instrument,
        "side": intent.side.value,
        "kind": intent.kind.value,
        "size": intent.size,
        "limit_price": intent.limit_price,
        "reference_price": intent.reference_price,
        "time_in_force": intent.time_in_force.value,
        "origin": intent.origin.value,
        "prompted_by": intent.prompted_by,
        "strategy": intent.strategy,
        "terms": terms_to_json(intent.terms),
        **family_row(intent),
        "created": intent.created,
        "state": order.state.value,
        "venue_order_id": order.venue_order_id,
        "filled": order.filled,
        "average_price": order.average_price,
        "reason": order.reason,
        "updated": order.updated,
    }


def order_of(row: Row) -> Order:
    """Return the order of a row."""
    return Order(
        intent=OrderIntent(
            client_id=ClientOrderId(row["client_id"]),
            account=AccountId(row["account"]),
            instrument=InstrumentId(row["instrument"]),
            side=Side(row["side"]),
            kind=OrderKind(row["kind"]),
            size=row["size"],
            limit_price=row["limit_price"],
            reference_price=row["reference_price"],
            time_in_force=TimeInForce(row["time_in_force"]),
            origin=Origin(row["origin"]),
            prompted_by=row["prompted_by"],
            strategy=StrategyName(row["strategy"]) if row["strategy"] is not None else None,
            terms=terms_of(row["terms"]),
            family=family_of(row),
            replaces=replaced_by(row),
            created=row["created"],
        ),
        state=OrderState(row["state"]),
        venue_order_id=(
            VenueOrderId(row["venue_order_id"]) if row["venue_order_id"] is not None else None
        ),
        filled=row["filled"],
        average_price=row["average_price"],
        reason=row["reason"],
        updated=row["updated"],
    )


def fill_row(fill: Fill) -> Row:
    """Return a fill as a row."""
    return {
        "account": fill.account,
        "instrument": fill.instrument,
        "trade_id": fill.trade_id,
        "client_id": fill.client_id,
        "venue_order_id": fill.venue_order_id,
        "side": fill.side.value,
        "price": fill.price,
        "size": fill.size,
        "fee": fill.fee.amount,
        "fee_currency": fill.fee.currency,
        "liquidity": fill.liquidity.value,
        "ts_event": fill.ts_event,
        "ts_init": fill.ts_init,
        "gain": fill.realised,
    }


def fill_of(row: Row) -> Fill:
    """Return the fill of a row."""
    return Fill(
        account=AccountId(row["account"]),
        instrument=InstrumentId(row["instrument"]),
        trade_id=TradeId(row["trade_id"]),
        client_id=ClientOrderId(row["client_id"]),
        venue_order_id=VenueOrderId(row["venue_order_id"]),
        side=Side(row["side"]),
        price=row["price"],
        size=row["size"],
        fee=Money(amount=row["fee"], currency=row["fee_currency"]),
        liquidity=Liquidity(row["liquidity"]),
        ts_event=row["ts_event"],
        ts_init=row["ts_init"],
        realised=row["gain"],
    )


def position_row(position: Position) -> Row:
    """Return a position as a row."""
    return {
        "account": position.account,
        "instrument": position.instrument,
        "side": position.side.value,
        "margin_mode": position.margin_mode.value,
        "leverage": position.leverage,
        "size": position.size,
        "average_price": position.average_price,
        "realised": position.realised.amount,
        "realised_currency": position.realised.currency,
        "fees": position.fees.amount,
        "fees_currency": position.fees.currency,
        "reporting_currency": position.reporting_currency,
        "rate": position.rate,
        "opened": position.opened,
        "updated": position.updated,
    }


def position_of(row: Row) -> Position:
    """Return the position of a row."""
    return Position(
        account=AccountId(row["account"]),
        instrument=InstrumentId(row["instrument"]),
        side=PositionSide(row["side"]),
        margin_mode=MarginMode(row["margin_mode"]),
        leverage=row["leverage"],
        size=row["size"],
        average_price=row["average_price"],
        realised=Money(amount=row["realised"], currency=row["realised_currency"]),
        fees=Money(amount=row["fees"], currency=row["fees_currency"]),
        reporting_currency=row["reporting_currency"],
        rate=row["rate"],
        opened=row["opened"],
        updated=row["updated"],
    )


def balance_row(balance: Balance) -> Row:
    """Return a balance as a row."""
    return {
        "account": balance.account,
        "currency": balance.currency,
        "free": balance.free,
        "locked": balance.locked,
        "updated": balance.updated,
    }


def balance_of(row: Row) -> Balance:
    """Return the balance of a row."""
    return Balance(
        account=AccountId(row["account"]),
        currency=row["currency"],
        free=row["free"],
        locked=row["locked"],
        updated=row["updated"],
    )


def signal_row(signal: Signal) -> Row:
    """Return a signal as a row."""
    return {
        "id": signal.id,
        "strategy": signal.strategy,
        "instrument": signal.instrument,
        "timeframe": signal.timeframe.value,
        "stance": signal.stance.value,
        "rule": signal.rule,
        "inputs": as_jsonb(numbers_to_json(signal.inputs)),
        "price": signal.price,
        "confidence": signal.confidence,
        "ts_event": signal.ts_event,
        "ts_init": signal.ts_init,
        "expires": signal.expires,
    }


def signal_of(row: Row) -> Signal:
    """Return the signal of a row."""
    return Signal(
        id=SignalId(row["id"]),
        strategy=StrategyName(row["strategy"]),
        instrument=InstrumentId(row["instrument"]),
        timeframe=Timeframe(row["timeframe"]),
        stance=Stance(row["stance"]),
        rule=row["rule"],
        inputs=numbers_of(row["inputs"]),
        price=row["price"],
        confidence=row["confidence"],
        ts_event=row["ts_event"],
        ts_init=row["ts_init"],
        expires=row["expires"],
        decision=None if row["decision"] is None else SignalDecision(row["decision"]),
    )
