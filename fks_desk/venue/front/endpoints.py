"""List every call with its path, its weight and its answerer."""

from __future__ import annotations

from fks_desk.venue.front import order_lists, orders, private, public
from fks_desk.venue.front.call import Endpoint, Handler, Security, Weigh
from fks_desk.venue.front.futures.endpoints import perp_endpoints
from fks_desk.venue.front.params import Params

_DEPTH_WEIGHTS = ((100, 5), (500, 25), (1000, 50), (5000, 250))


def endpoints() -> tuple[Endpoint, ...]:
    """Return every call of the venue."""
    return (*_market_calls(), *_account_calls(), *_order_calls(), *_list_calls(), *_wallet_calls())


def call_names() -> tuple[str, ...]:
    """Return the names that fault rules use: of REST calls and of WebSocket requests."""
    known = endpoints()
    rest = [endpoint.name for endpoint in (*known, *perp_endpoints())]
    named = [f"ws {endpoint.ws_method}" for endpoint in known if endpoint.ws_method]
    account = ("userDataStream.subscribe.signature", "userDataStream.subscribe", "session.logon")
    return (*rest, *named, *(f"ws {name}" for name in account))


def _market_calls() -> tuple[Endpoint, ...]:
    return (
        _get("/api/v3/ping", public.ping, _flat(1), ws="ping"),
        _get("/api/v3/time", public.server_time, _flat(1), ws="time"),
        _get("/api/v3/exchangeInfo", public.exchange_info, _flat(20), ws="exchangeInfo"),
        _get("/api/v3/klines", public.klines, _flat(2), ws="klines"),
        _get("/api/v3/depth", public.depth, _by_depth, ws="depth"),
        _get("/api/v3/trades", public.trades, _flat(25), ws="trades.recent"),
        _get("/api/v3/historicalTrades", public.trades, _flat(25), ws="trades.historical"),
        _get("/api/v3/aggTrades", public.agg_trades, _flat(4), ws="trades.aggregate"),
        _get("/api/v3/ticker/24hr", public.ticker_24hr, _by_symbol(2, 80), ws="ticker.24hr"),
        _get("/api/v3/ticker/price", public.ticker_price, _by_symbol(2, 4), ws="ticker.price"),
        _get("/api/v3/ticker/bookTicker", public.book_ticker, _by_symbol(2, 4), ws="ticker.book"),
    )


def _account_calls() -> tuple[Endpoint, ...]:
    order, every = "/api/v3/order", "/api/v3/openOrders"
    return (
        _signed("GET", "/api/v3/account", private.account, _flat(20), ws="account.status"),
        _signed("GET", order, private.find_order, _flat(4), ws="order.status"),
        _signed("GET", every, private.open_orders, _by_symbol(6, 80), ws="openOrders.status"),
        _signed("GET", "/api/v3/allOrders", private.all_orders, _flat(20), ws="allOrders"),
        _signed("GET", "/api/v3/myTrades", private.my_trades, _flat(20), ws="myTrades"),
    )


def _order_calls() -> tuple[Endpoint, ...]:
    order, every = "/api/v3/order", "/api/v3/openOrders"
    replace, amend = f"{order}/cancelReplace", f"{order}/amend/keepPriority"
    return (
        _signed("POST", order, orders.place_order, _flat(1), ws="order.place"),
        _signed("POST", f"{order}/test", orders.check_order, _flat(1), ws="order.test"),
        _signed("DELETE", order, orders.cancel_order, _flat(1), ws="order.cancel"),
        _signed("DELETE", every, orders.cancel_open_orders, _flat(1), ws="openOrders.cancelAll"),
        _signed("POST", replace, orders.replace_order, _flat(1), ws="order.cancelReplace"),
        _signed("PUT", amend, orders.amend_order, _flat(4), ws="order.amend.keepPriority"),
    )


def _list_calls() -> tuple[Endpoint, ...]:
    lists, old = "/api/v3/orderList", "/api/v3/order/oco"
    kept, still = "/api/v3/allOrderList", "/api/v3/openOrderList"
    return (
        _signed("POST", old, order_lists.place_old_oco, _flat(1), ws="orderList.place"),
        _signed("POST", f"{lists}/oco", order_lists.place_oco, _flat(1), ws="orderList.place.oco"),
        _signed("POST", f"{lists}/oto", order_lists.place_oto, _flat(1), ws="orderList.place.oto"),
        _signed(
            "POST", f"{lists}/otoco", order_lists.place_otoco, _flat(1), ws="orderList.place.otoco"
        ),
        _signed("GET", lists, order_lists.find_list, _flat(4), ws="orderList.status"),
        _signed("DELETE", lists, order_lists.cancel_list, _flat(1), ws="orderList.cancel"),
        _signed("GET", kept, order_lists.all_lists, _flat(20), ws="allOrderLists"),
        _signed("GET", still, order_lists.open_lists, _flat(6), ws="openOrderLists.status"),
    )


def _wallet_calls() -> tuple[Endpoint, ...]:
    """Return the wallet calls that common clients make while they start."""
    return (
        _get("/sapi/v1/system/status", public.system_status, _flat(1)),
        _signed("GET", "/sapi/v1/asset/tradeFee", public.trade_fee, _flat(1)),
        _signed("GET", "/sapi/v1/capital/config/getall", public.coins, _flat(10)),
        _signed("GET", "/sapi/v1/account/apiRestrictions", private.key_rights, _flat(1)),
    )


def _get(path: str, handler: Handler, weigh: Weigh, ws: str = "") -> Endpoint:
    return Endpoint(method="GET", path=path, handler=handler, weigh=weigh, ws_method=ws)


def _signed(method: str, path: str, handler: Handler, weigh: Weigh, ws: str = "") -> Endpoint:
    return Endpoint(
        method=method,
        path=path,
        handler=handler,
        weigh=weigh,
        security=Security.SIGNED,
        ws_method=ws,
    )


def _flat(weight: int) -> Weigh:
    return lambda _params: weight


def _by_symbol(one: int, every: int) -> Weigh:
    return lambda params: one if "symbol" in params else every


def _by_depth(params: Params) -> int:
    limit = params.limit(100, 5000)
    return next(weight for most, weight in _DEPTH_WEIGHTS if limit <= most)
