"""Trade with Binance's own Python clients and print what they were told, as JSON.

Runs in an environment of its own, which has those clients and not this project.
"""

from __future__ import annotations

import json
import sys

from binance.spot import Spot
from binance.um_futures import UMFutures

PAIR = "BTCUSDT"


def main(port: str, api_key: str, secret: str) -> None:
    where = {"base_url": f"http://127.0.0.1:{port}"}
    told = {
        "spot": spot(Spot(api_key=api_key, api_secret=secret, **where)),
        "futures": futures(UMFutures(key=api_key, secret=secret, **where)),
    }
    sys.stdout.write(json.dumps(told))


def spot(client: Spot) -> dict:
    last = float(client.ticker_price(PAIR)["price"])
    low, high, stop = (f"{last * part:.2f}" for part in (0.9, 1.1, 0.85))
    client.new_order(symbol=PAIR, side="BUY", type="MARKET", quantity="0.07")
    client.new_order(symbol=PAIR, side="BUY", type="MARKET", quoteOrderQty="333.33")
    client.new_order(symbol=PAIR, side="SELL", type="MARKET", quantity="0.0123")
    resting = client.new_order(
        symbol=PAIR, side="BUY", type="LIMIT", timeInForce="GTC", quantity="0.01", price=low
    )
    gone = client.new_order(
        symbol=PAIR, side="BUY", type="LIMIT", timeInForce="GTC", quantity="0.02", price=low
    )
    client.cancel_order(PAIR, orderId=gone["orderId"])
    client.new_oco_order(
        symbol=PAIR,
        side="SELL",
        quantity="0.03",
        aboveType="LIMIT_MAKER",
        abovePrice=high,
        belowType="STOP_LOSS",
        belowStopPrice=stop,
    )
    return {
        "account": client.account(),
        "trades": client.my_trades(PAIR),
        "open": client.get_open_orders(PAIR),
        "resting": resting["orderId"],
    }


def futures(client: UMFutures) -> dict:
    client.change_leverage(symbol=PAIR, leverage=9)
    client.new_order(symbol=PAIR, side="BUY", type="MARKET", quantity="0.031")
    client.new_order(symbol=PAIR, side="SELL", type="MARKET", quantity="0.05")
    client.new_order(symbol=PAIR, side="BUY", type="MARKET", quantity="0.007", reduceOnly="true")
    assert client.new_listen_key()["listenKey"]
    return {
        "account": client.account(),
        "trades": client.get_account_trades(PAIR),
        "income": client.get_income_history(),
    }


if __name__ == "__main__":
    main(*sys.argv[1:])
