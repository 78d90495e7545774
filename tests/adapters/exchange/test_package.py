"""Import one exchange alone, and all of ccxt when somebody wants it."""

from __future__ import annotations

import subprocess
import sys

ALONE = """
import sys
from fks_desk.adapters.exchange.package import base_error, exchange_class
made = exchange_class("binance")
others = {name for name in sys.modules if name.startswith("ccxt.") and "kraken" in name}
import ccxt
assert issubclass(ccxt.ExchangeError, base_error()) and ccxt.BaseError is base_error()
print(made.__module__, len(others), hasattr(made, "watch_trades"))
"""
WHOLE = """
from fks_desk.adapters.exchange.package import exchange_class
made = exchange_class("binance")
import ccxt.pro
print(len(ccxt.exchanges) > 90, "kraken" in ccxt.pro.exchanges)
print(ccxt.pro.kraken.__module__, ccxt.async_support.kraken.__module__)
print(ccxt.pro.binance is made, issubclass(made, ccxt.async_support.binance))
"""
BEFORE = """
import ccxt.pro
from fks_desk.adapters.exchange.package import exchange_class
print(exchange_class("binance") is ccxt.pro.binance)
"""


def run(code: str) -> list[str]:
    done = subprocess.run(
        [sys.executable, "-c", code], check=True, capture_output=True, text=True, timeout=120
    )
    return done.stdout.split()


def test_one_exchange_comes_without_the_others() -> None:
    assert run(ALONE) == ["ccxt.pro.binance", "0", "True"]


def test_whoever_asks_for_more_gets_all_of_ccxt() -> None:
    assert run(WHOLE) == [
        *("True", "True"),
        *("ccxt.pro.kraken", "ccxt.async_support.kraken"),
        *("True", "True"),
    ]


def test_a_ccxt_that_is_there_already_is_used() -> None:
    assert run(BEFORE) == ["True"]
