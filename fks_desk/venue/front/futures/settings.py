"""Tell and change how a margin account trades: leverage, margin and sides."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from fks_desk.venue.front.call import Call
from fks_desk.venue.front.errors import ApiError, missing
from fks_desk.venue.front.futures.account import legs
from fks_desk.venue.front.futures.form import read_position_side
from fks_desk.venue.front.wire import Json, text
from fks_desk.venue.ledger.records import ZERO
from fks_desk.venue.market.listing import wire_id
from fks_desk.venue.perpetual.ledger import Leg
from fks_desk.venue.perpetual.margin import BRACKETS, HIGHEST_LEVERAGE
from fks_desk.venue.perpetual.matching import MAKER_FEE, TAKER_FEE
from fks_desk.venue.perpetual.records import PerpPosition, Terms
from fks_desk.venue.perpetual.settling import margin_for

_OK = {"code": 200, "msg": "success"}


async def set_leverage(call: Call) -> Json:
    """Trade a perpetual with another leverage."""
    symbol, leverage = call.pair().symbol, call.params.integer("leverage")
    if leverage is None:
        raise missing("leverage")
    if not 1 <= leverage <= HIGHEST_LEVERAGE:
        raise ApiError(-4028, f"Leverage {leverage} is not valid")
    terms = call.perpetual.ledger.terms(call.uid, symbol)
    await call.perpetual.agree(call.uid, symbol, Terms(leverage, terms.is_isolated))
    most = next(item.cap for item in reversed(BRACKETS) if item.leverage >= leverage)
    return {"leverage": leverage, "maxNotionalValue": str(most), "symbol": wire_id(symbol)}


async def set_margin_type(call: Call) -> Json:
    """Back a perpetual's positions with the whole wallet or with margin of their own."""
    symbol, wanted = call.pair().symbol, call.params.text("marginType")
    if wanted not in {"ISOLATED", "CROSSED"}:
        raise ApiError(-1130, "Data sent for parameter 'marginType' is not valid.")
    ledger = call.perpetual.ledger
    terms, is_isolated = ledger.terms(call.uid, symbol), wanted == "ISOLATED"
    if terms.is_isolated is is_isolated:
        raise ApiError(-4046, "No need to change margin type.")
    if ledger.open_orders(call.uid, symbol):
        raise ApiError(-4047, "Margin type cannot be changed if there exists open orders.")
    if any(leg[0] == symbol for leg in legs(call, are_all=False)):
        raise ApiError(-4048, "Margin type cannot be changed if there exists position.")
    await call.perpetual.agree(call.uid, symbol, Terms(terms.leverage, is_isolated))
    return _OK


async def set_dual(call: Call) -> Json:
    """Hold long and short apart, or no longer."""
    call.params.text("dualSidePosition")
    is_dual = call.params.flag("dualSidePosition")
    ledger = call.perpetual.ledger
    if ledger.is_dual(call.uid) is is_dual:
        raise ApiError(-4059, "No need to change position side.")
    if ledger.open_orders(call.uid):
        raise ApiError(-4067, "Position side cannot be changed if there exists open orders.")
    if any(position.size for position in ledger.positions(call.uid).values()):
        raise ApiError(-4068, "Position side cannot be changed if there exists position.")
    await call.perpetual.hedge(call.uid, is_dual=is_dual)
    return _OK


async def dual(call: Call) -> Json:
    """Tell whether long and short are held apart."""
    return {"dualSidePosition": call.perpetual.ledger.is_dual(call.uid)}


async def multi_assets(_call: Call) -> Json:
    """Tell that only the settlement currency backs positions."""
    return {"multiAssetsMargin": False}


async def move_margin(call: Call) -> Json:
    """Put margin into an isolated position, or take it out."""
    symbol, amount = call.pair().symbol, call.params.number("amount")
    direction = call.params.integer("type")
    if not amount or direction not in {1, 2}:
        raise missing("amount" if not amount else "type")
    leg = (symbol, read_position_side(call.params))
    ledger = call.perpetual.ledger
    position = ledger.position(call.uid, leg)
    if not position.size or not ledger.terms(call.uid, symbol).is_isolated:
        raise ApiError(-4046, "Cannot add position margin: position is 0.")
    spare = call.perpetual.standing(call.uid).available
    if direction != 1:
        spare = _spare_margin(call, leg, position)
    if amount > spare:
        raise ApiError(-4051, "Isolated balance insufficient.")
    await call.perpetual.move_margin(call.uid, leg, amount if direction == 1 else -amount)
    return {"amount": text(amount), "type": direction, "code": 200, "msg": "success"}


async def symbol_config(call: Call) -> list[Json]:
    """Return how each perpetual is traded."""
    rows = []
    for pair in call.pairs():
        terms = call.perpetual.ledger.terms(call.uid, pair.symbol)
        rows.append(
            {
                "symbol": wire_id(pair.symbol),
                "marginType": "ISOLATED" if terms.is_isolated else "CROSSED",
                "isAutoAddMargin": False,
                "leverage": terms.leverage,
                "maxNotionalValue": str(BRACKETS[-1].cap),
            }
        )
    return rows


async def account_config(call: Call) -> Json:
    """Return the account's rights and modes."""
    return {
        "feeTier": 0,
        "canTrade": True,
        "canDeposit": False,
        "canWithdraw": False,
        "dualSidePosition": call.perpetual.ledger.is_dual(call.uid),
        "multiAssetsMargin": False,
        "tradeGroupId": -1,
        "updateTime": 0,
    }


async def leverage_brackets(call: Call) -> Any:
    """Return what positions up to each notional value may and must do."""
    rows = [
        {
            "symbol": wire_id(pair.symbol),
            "notionalCoef": 1.0,
            "brackets": [
                {
                    "bracket": item.number,
                    "initialLeverage": item.leverage,
                    "notionalCap": int(item.cap),
                    "notionalFloor": int(item.floor),
                    "maintMarginRatio": float(item.maintenance),
                    "cum": float(item.cumulated),
                }
                for item in BRACKETS
            ],
        }
        for pair in call.pairs()
    ]
    return rows[0] if "symbol" in call.params else rows


async def commission(call: Call) -> Json:
    """Return the fee rates of one perpetual."""
    return {
        "symbol": wire_id(call.pair().symbol),
        "makerCommissionRate": str(MAKER_FEE),
        "takerCommissionRate": str(TAKER_FEE),
    }


def _spare_margin(call: Call, leg: Leg, position: PerpPosition) -> Decimal:
    mark = call.perpetual.mark_of(leg[0])
    leverage = call.perpetual.ledger.terms(call.uid, leg[0]).leverage
    needed = margin_for(position.size, mark, leverage)
    return position.isolated + min(ZERO, position.unrealised(mark)) - needed
