"""Answer what an account may ask about itself."""

from __future__ import annotations

from fks_desk.venue.front.call import Call
from fks_desk.venue.front.errors import ApiError
from fks_desk.venue.front.orders import named
from fks_desk.venue.front.wire import Json, balances_info, fill_info, order_info
from fks_desk.venue.ledger.records import LedgerFill, LedgerOrder

_DAY_MS = 86_400_000


async def account(call: Call) -> Json:
    """Return balances and rights."""
    await call.exchange.settle()
    rate = str(call.exchange.fee_rate)
    holdings = call.exchange.ledger.holdings(call.uid)
    if call.params.optional("omitZeroBalances") == "true":
        holdings = {asset: held for asset, held in holdings.items() if held.total}
    return {
        "makerCommission": 10,
        "takerCommission": 10,
        "buyerCommission": 0,
        "sellerCommission": 0,
        "commissionRates": {"maker": rate, "taker": rate, "buyer": "0", "seller": "0"},
        "canTrade": True,
        "canWithdraw": False,
        "canDeposit": False,
        "brokered": False,
        "requireSelfTradePrevention": False,
        "preventSor": False,
        "updateTime": call.exchange.now_ms(),
        "accountType": "SPOT",
        "balances": balances_info(holdings),
        "permissions": ["SPOT"],
        "uid": call.uid,
    }


async def key_rights(call: Call) -> Json:
    """Return what the key may do."""
    rights = call.counter.rights
    return {
        "ipRestrict": rights.is_bound_to_ip,
        "createTime": 0,
        "enableReading": True,
        "enableSpotAndMarginTrading": rights.can_trade,
        "enableFutures": rights.can_trade_futures,
        "enableWithdrawals": rights.can_withdraw,
        "enableInternalTransfer": False,
        "permitsUniversalTransfer": False,
        "enableVanillaOptions": False,
        "enableMargin": False,
        "enablePortfolioMarginTrading": False,
    }


async def find_order(call: Call) -> Json:
    """Return one order, or -2013."""
    await call.exchange.settle()
    order = named(call)
    if order is None or call.counter.faults.hides(order.id):
        raise ApiError(-2013, "Order does not exist.")
    return order_info(order)


async def open_orders(call: Call) -> list[Json]:
    """Return the open orders of one pair or of all."""
    await call.exchange.settle()
    symbols = {pair.symbol for pair in call.pairs()}
    orders = call.exchange.ledger.open_orders(uid=call.uid)
    return [order_info(order) for order in _visible(call, orders) if order.symbol in symbols]


async def all_orders(call: Call) -> list[Json]:
    """Return orders of a pair in any state: from an id, inside a span, or the newest."""
    await call.exchange.settle()
    pair, limit = call.pair(), call.params.limit(500, 1000)
    start, end = _span(call)
    from_id = call.params.integer("orderId")
    found = [
        order
        for order in _visible(call, call.exchange.ledger.orders(call.uid, pair.symbol))
        if (from_id is None or order.id >= from_id) and start <= order.created_ms <= end
    ]
    from_start = from_id is not None or "startTime" in call.params
    return [order_info(order) for order in (found[:limit] if from_start else found[-limit:])]


async def my_trades(call: Call) -> list[Json]:
    """Return fills of a pair: of one order, from an id, inside a span, or the newest."""
    await call.exchange.settle()
    pair, limit = call.pair(), call.params.limit(500, 1000)
    start, end = _span(call)
    from_id, order_id = call.params.integer("fromId"), call.params.integer("orderId")

    def is_wanted(fill: LedgerFill) -> bool:
        return (
            (from_id is None or fill.id >= from_id)
            and (order_id is None or fill.order_id == order_id)
            and start <= fill.moment_ms <= end
            and not call.counter.faults.hides(fill.order_id)
        )

    found = [fill for fill in call.exchange.ledger.fills(call.uid, pair.symbol) if is_wanted(fill)]
    from_start = from_id is not None or "startTime" in call.params
    return [fill_info(fill) for fill in (found[:limit] if from_start else found[-limit:])]


def _visible(call: Call, orders: list[LedgerOrder]) -> list[LedgerOrder]:
    return [order for order in orders if not call.counter.faults.hides(order.id)]


def _span(call: Call) -> tuple[int, int]:
    start, end = call.params.integer("startTime"), call.params.integer("endTime")
    if start is not None and end is not None and end - start > _DAY_MS:
        raise ApiError(-1127, "More than 24 hours between startTime and endTime.")
    return start or 0, 1 << 62 if end is None else end
