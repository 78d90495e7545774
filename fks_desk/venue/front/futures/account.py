"""Answer what a margin account may ask about itself, and change how it trades."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from fks_desk.core.model import PositionSide
from fks_desk.venue.front.call import Call
from fks_desk.venue.front.errors import ApiError, missing
from fks_desk.venue.front.futures.form import read_position_side
from fks_desk.venue.front.futures.wire import SIDES, fill_info
from fks_desk.venue.front.wire import Json, text
from fks_desk.venue.ledger.records import ZERO
from fks_desk.venue.market.listing import wire_id
from fks_desk.venue.perpetual.ledger import Leg
from fks_desk.venue.perpetual.margin import (
    BRACKETS,
    HIGHEST_LEVERAGE,
    Standing,
    liquidation_price,
    maintenance_of,
)
from fks_desk.venue.perpetual.matching import MAKER_FEE, TAKER_FEE
from fks_desk.venue.perpetual.records import PerpPosition, Terms
from fks_desk.venue.perpetual.settling import margin_for

_OK = {"code": 200, "msg": "success"}


async def account(call: Call) -> Json:
    """Return balances, margin and positions."""
    await call.perpetual.settle()
    standing = call.perpetual.standing(call.uid)
    shown = _standing_info(standing)
    asset = {"asset": "USDT", "updateTime": call.stage.now_ms(), "marginAvailable": True} | shown
    totals = {f"total{name[0].upper()}{name[1:]}": value for name, value in shown.items()}
    return {
        "feeTier": 0,
        "canTrade": True,
        "canDeposit": False,
        "canWithdraw": False,
        "multiAssetsMargin": False,
        "updateTime": 0,
        **totals,
        "totalUnrealizedProfit": shown["unrealizedProfit"],
        "availableBalance": shown["availableBalance"],
        "maxWithdrawAmount": shown["maxWithdrawAmount"],
        "assets": [asset],
        "positions": [_account_position(call, leg) for leg in _legs(call, are_all=True)],
    }


async def balance(call: Call) -> list[Json]:
    """Return the settlement currency's balance."""
    await call.perpetual.settle()
    shown = _standing_info(call.perpetual.standing(call.uid))
    names = ("crossWalletBalance", "crossUnPnl", "availableBalance", "maxWithdrawAmount")
    return [
        {
            "accountAlias": "demo",
            "asset": "USDT",
            "balance": shown["walletBalance"],
            "marginAvailable": True,
            "updateTime": call.stage.now_ms(),
            **{name: shown[name] for name in names},
        }
    ]


async def positions(call: Call) -> list[Json]:
    """Return the positions that are held."""
    await call.perpetual.settle()
    return [position_info(call, leg) for leg in _legs(call, are_all=False)]


async def every_position(call: Call) -> list[Json]:
    """Return every position that could be held, empty ones too."""
    await call.perpetual.settle()
    return [position_info(call, leg) for leg in _legs(call, are_all=True)]


async def user_trades(call: Call) -> list[Json]:
    """Return fills of a perpetual: of one order, from an id, inside a span, or the newest."""
    await call.perpetual.settle()
    symbols, params = {pair.symbol for pair in call.pairs()}, call.params
    from_id, order_id = params.integer("fromId"), params.integer("orderId")
    start, end = params.integer("startTime"), params.integer("endTime")
    found = [
        fill
        for fill in call.perpetual.ledger.fills
        if fill.uid == call.uid
        and fill.symbol in symbols
        and (from_id is None or fill.id >= from_id)
        and order_id in {None, fill.order_id}
        and (start or 0) <= fill.moment_ms <= (end or 1 << 62)
        and not call.counter.faults.hides(fill.order_id)
    ]
    limit = params.limit(500, 1000)
    is_from_start = from_id is not None or start is not None
    return [fill_info(fill) for fill in (found[:limit] if is_from_start else found[-limit:])]


async def income(call: Call) -> list[Json]:
    """Return what moved the wallet: realised gains, fees and funding, oldest first."""
    await call.perpetual.settle()
    params, symbols = call.params, {pair.symbol for pair in call.pairs()}
    wanted = params.optional("incomeType")
    start, end = params.integer("startTime") or 0, params.integer("endTime") or 1 << 62
    rows = [
        row
        for row in _income_rows(call)
        if wanted in {"", row["incomeType"]}
        and start <= row["time"] <= end
        and row["symbol"] in {wire_id(symbol) for symbol in symbols}
    ]
    rows.sort(key=lambda row: row["time"])
    limit = params.limit(100, 1000)
    return rows[:limit] if start else rows[-limit:]


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
    if any(leg[0] == symbol for leg in _legs(call, are_all=False)):
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


def position_info(call: Call, leg: Leg) -> Json:
    """Return one position as positionRisk answers it."""
    ledger, mark = call.perpetual.ledger, call.perpetual.mark_of(leg[0])
    position, terms = ledger.position(call.uid, leg), ledger.terms(call.uid, leg[0])
    standing = call.perpetual.standing(call.uid)
    price = liquidation_price(ledger, call.uid, leg, standing, mark)
    return {
        **_account_position(call, leg),
        "entryPrice": text(position.entry_price),
        "breakEvenPrice": text(position.entry_price),
        "markPrice": text(mark),
        "unRealizedProfit": text(position.unrealised(mark) if position.size else ZERO),
        "liquidationPrice": text(price),
        "leverage": str(terms.leverage),
        "maxNotionalValue": str(BRACKETS[-1].cap),
        "marginType": "isolated" if terms.is_isolated else "cross",
        "isAutoAddMargin": "false",
        "marginAsset": "USDT",
        "adl": 0,
        "bidNotional": "0",
        "askNotional": "0",
    }


def _account_position(call: Call, leg: Leg) -> Json:
    symbol, side = leg
    ledger, mark = call.perpetual.ledger, call.perpetual.mark_of(symbol)
    position, terms = ledger.position(call.uid, leg), ledger.terms(call.uid, symbol)
    gain = position.unrealised(mark) if position.size else ZERO
    margin = text(margin_for(position.size, mark, terms.leverage))
    due = maintenance_of(position, mark) if position.size else ZERO
    return {
        "symbol": wire_id(symbol),
        "positionSide": SIDES[side],
        "positionAmt": text(position.size),
        "entryPrice": text(position.entry_price),
        "unrealizedProfit": text(gain),
        "notional": text(position.size * mark),
        "leverage": str(terms.leverage),
        "isolated": terms.is_isolated,
        "isolatedMargin": text(position.isolated + gain if terms.is_isolated else ZERO),
        "isolatedWallet": text(position.isolated),
        "initialMargin": margin,
        "positionInitialMargin": margin,
        "openOrderInitialMargin": text(ZERO),
        "maintMargin": text(due) if position.size else "0",
        "updateTime": position.updated_ms,
    }


def _standing_info(standing: Standing) -> dict[str, str]:
    initial = standing.position_margin + standing.order_margin
    numbers: dict[str, Decimal] = {
        "walletBalance": standing.wallet,
        "unrealizedProfit": standing.unrealised,
        "marginBalance": standing.wallet + standing.unrealised,
        "maintMargin": standing.maintenance,
        "initialMargin": initial,
        "positionInitialMargin": standing.position_margin,
        "openOrderInitialMargin": standing.order_margin,
        "crossWalletBalance": standing.cross_wallet,
        "crossUnPnl": standing.cross_unrealised,
        "availableBalance": standing.available,
        "maxWithdrawAmount": standing.available,
    }
    return {name: text(number) for name, number in numbers.items()}


def _spare_margin(call: Call, leg: Leg, position: PerpPosition) -> Decimal:
    mark = call.perpetual.mark_of(leg[0])
    leverage = call.perpetual.ledger.terms(call.uid, leg[0]).leverage
    needed = margin_for(position.size, mark, leverage)
    return position.isolated + min(ZERO, position.unrealised(mark)) - needed


def _legs(call: Call, *, are_all: bool) -> list[Leg]:
    ledger = call.perpetual.ledger
    held = ledger.positions(call.uid)
    sides = (
        (PositionSide.LONG, PositionSide.SHORT) if ledger.is_dual(call.uid) else (PositionSide.NET,)
    )
    every = [(pair.symbol, side) for pair in call.pairs() for side in sides]
    return [leg for leg in every if are_all or (leg in held and held[leg].size)]


def _income_rows(call: Call) -> list[Json]:
    ledger = call.perpetual.ledger
    rows: list[Json] = []
    for fill in ledger.fills:
        if fill.uid == call.uid:
            shared = (fill.symbol, fill.moment_ms, str(fill.id))
            rows.append(_income("COMMISSION", -fill.fee, *shared))
            if fill.realised:
                rows.append(_income("REALIZED_PNL", fill.realised, *shared))
    rows += [
        _income("FUNDING_FEE", item.amount, item.symbol, item.moment_ms, "")
        for item in ledger.funding
        if item.uid == call.uid
    ]
    return rows


def _income(kind: str, amount: Decimal, symbol: str, moment_ms: int, trade_id: str) -> Json:
    return {
        "symbol": wire_id(symbol),
        "incomeType": kind,
        "income": text(amount),
        "asset": "USDT",
        "info": kind,
        "time": moment_ms,
        "tranId": f"{moment_ms}{trade_id}",
        "tradeId": trade_id,
    }
