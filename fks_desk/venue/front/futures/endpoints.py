"""List every call of the futures front with its path, its weight and its answerer."""

from __future__ import annotations

from fks_desk.venue.front import public
from fks_desk.venue.front.call import Endpoint, Handler, Security
from fks_desk.venue.front.futures import account, market, orders, settings
from fks_desk.venue.front.futures.listening import ListenKeys

_V1, _V2, _V3 = "/fapi/v1", "/fapi/v2", "/fapi/v3"


def perp_endpoints(keys: ListenKeys | None = None) -> tuple[Endpoint, ...]:
    """Return every call; without listen keys those that give them out are left out."""
    listening = () if keys is None else _listening_calls(keys)
    return (*_market_calls(), *_account_calls(), *_setting_calls(), *_order_calls(), *listening)


def _market_calls() -> tuple[Endpoint, ...]:
    return (
        _open(f"{_V1}/ping", public.ping),
        _open(f"{_V1}/time", public.server_time),
        _open(f"{_V1}/exchangeInfo", market.exchange_info),
        _open(f"{_V1}/klines", public.klines, 5),
        _open(f"{_V1}/markPriceKlines", public.klines, 5),
        _open(f"{_V1}/depth", market.depth, 10),
        _open(f"{_V1}/trades", public.trades, 5),
        _open(f"{_V1}/historicalTrades", public.trades, 20),
        _open(f"{_V1}/aggTrades", public.agg_trades, 20),
        _open(f"{_V1}/ticker/24hr", public.ticker_24hr, 40),
        _open(f"{_V1}/ticker/price", public.ticker_price, 2),
        _open(f"{_V2}/ticker/price", public.ticker_price, 2),
        _open(f"{_V1}/ticker/bookTicker", public.book_ticker, 5),
        _open(f"{_V1}/premiumIndex", market.premium_index, 10),
        _open(f"{_V1}/fundingRate", market.funding_rates),
        _open(f"{_V1}/fundingInfo", market.funding_info),
        _open(f"{_V1}/openInterest", market.open_interest),
    )


def _account_calls() -> tuple[Endpoint, ...]:
    return (
        _signed("GET", f"{_V2}/account", account.account, 5),
        _signed("GET", f"{_V3}/account", account.account, 5),
        _signed("GET", f"{_V2}/balance", account.balance, 5),
        _signed("GET", f"{_V3}/balance", account.balance, 5),
        _signed("GET", f"{_V1}/positionRisk", account.every_position, 5),
        _signed("GET", f"{_V2}/positionRisk", account.every_position, 5),
        _signed("GET", f"{_V3}/positionRisk", account.positions, 5),
        _signed("GET", f"{_V1}/userTrades", account.user_trades, 5),
        _signed("GET", f"{_V1}/income", account.income, 30),
        _signed("GET", f"{_V1}/leverageBracket", settings.leverage_brackets),
        _signed("GET", f"{_V1}/commissionRate", settings.commission, 20),
        _signed("GET", f"{_V1}/symbolConfig", settings.symbol_config, 5),
        _signed("GET", f"{_V1}/accountConfig", settings.account_config, 5),
        _signed("GET", f"{_V1}/multiAssetsMargin", settings.multi_assets, 30),
    )


def _setting_calls() -> tuple[Endpoint, ...]:
    return (
        _signed("POST", f"{_V1}/leverage", settings.set_leverage),
        _signed("POST", f"{_V1}/marginType", settings.set_margin_type),
        _signed("GET", f"{_V1}/positionSide/dual", settings.dual, 30),
        _signed("POST", f"{_V1}/positionSide/dual", settings.set_dual),
        _signed("POST", f"{_V1}/positionMargin", settings.move_margin),
    )


def _order_calls() -> tuple[Endpoint, ...]:
    order, batch, algo = f"{_V1}/order", f"{_V1}/batchOrders", f"{_V1}/algoOrder"
    return (
        _signed("POST", order, orders.place_order, 0),
        _signed("GET", order, orders.find_order),
        _signed("GET", f"{_V1}/openOrder", orders.find_order),
        _signed("PUT", order, orders.amend_order),
        _signed("DELETE", order, orders.cancel_order),
        _signed("POST", batch, orders.place_batch, 5),
        _signed("DELETE", batch, orders.cancel_batch),
        _signed("GET", f"{_V1}/openOrders", orders.open_orders),
        _signed("GET", f"{_V1}/allOrders", orders.all_orders, 5),
        _signed("DELETE", f"{_V1}/allOpenOrders", orders.cancel_all),
        _signed("POST", algo, orders.place_algo, 0),
        _signed("GET", algo, orders.find_algo),
        _signed("DELETE", algo, orders.cancel_algo),
        _signed("GET", f"{_V1}/openAlgoOrders", orders.open_algos),
        _signed("GET", f"{_V1}/allAlgoOrders", orders.all_algos, 5),
        _signed("DELETE", f"{_V1}/algoOpenOrders", orders.cancel_all_algos),
    )


def _listening_calls(keys: ListenKeys) -> tuple[Endpoint, ...]:
    path = f"{_V1}/listenKey"
    answers = (("POST", keys.open), ("PUT", keys.keep), ("DELETE", keys.close))
    return tuple(_call(method, path, handler, 1, Security.KEYED) for method, handler in answers)


def _open(path: str, handler: Handler, weight: int = 1) -> Endpoint:
    return _call("GET", path, handler, weight, Security.OPEN)


def _signed(method: str, path: str, handler: Handler, weight: int = 1) -> Endpoint:
    return _call(method, path, handler, weight, Security.SIGNED)


def _call(method: str, path: str, handler: Handler, weight: int, security: Security) -> Endpoint:
    return Endpoint(
        method=method,
        path=path,
        handler=handler,
        weigh=lambda _params: weight,
        security=security,
    )
