"""Answer what a margin account may ask about itself."""

from __future__ import annotations

from decimal import Decimal

from fks_desk.core.model import PositionSide
from fks_desk.venue.front.call import Call
from fks_desk.venue.front.futures.wire import SIDES, fill_info
from fks_desk.venue.front.wire import Json, text
from fks_desk.venue.ledger.records import ZERO
from fks_desk.venue.market.listing import wire_id
from fks_desk.venue.perpetual.ledger import Leg
from fks_desk.venue.perpetual.margin import (
    BRACKETS,
    Standing,
    liquidation_price,
    maintenance_of,
)
from fks_desk.venue.perpetual.settling import margin_for


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
        "positions": [_account_position(call, leg) for leg in legs(call, are_all=True)],
    }


async def balance(call: Call) -> list[Json]:
    """Return the settlement currency's balance."""
    await call.perpetual.settle()
    shown = _standing_info(call.perpetual.standing(call.uid))
    names = ("crossWalletBalance", "crossUnPnl", "availableBalance", "maxWithdrawAmount")
    return [
        {
            "accountAlias": f"fks{call.uid}",
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
    return [position_info(call, leg) for leg in legs(call, are_all=False)]


async def every_position(call: Call) -> list[Json]:
    """Return every position that could be held, empty ones too."""
    await call.perpetual.settle()
    return [position_info(call, leg) for leg in legs(call, are_all=True)]


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
    """Return what moved the wallet: gains, fees, funding and insurance, oldest first."""
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


def legs(call: Call, *, are_all: bool) -> list[Leg]:
    """Return the legs that the account could hold, or those that it holds."""
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
    rows += [
        _income("INSURANCE_CLEAR", item.amount, item.symbol, item.moment_ms, "")
        for item in ledger.insurance
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
