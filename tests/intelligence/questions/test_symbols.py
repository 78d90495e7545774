from __future__ import annotations

import pytest

from fks_desk.intelligence.questions.symbols import named_bases, named_currencies

BASES = ["BTC", "ETH", "ADA", "ONE", "GAS", "SOL", "1INCH"]


@pytest.mark.parametrize(
    ("text", "bases"),
    [
        ("price of BTC/USDT", ["BTC"]),
        ("btcusdt now", ["BTC"]),
        ("BTC-USDT and eth_usdt", ["BTC", "ETH"]),
        ("bitcoin or ether?", ["BTC", "ETH"]),
        ("Solana's price", ["SOL"]),
        ("which one was it", []),
        ("price of ONE", ["ONE"]),
        ("gas fees", []),
        ("isolated", []),
        ("1INCH", ["1INCH"]),
        ("ETH before BTC", ["ETH", "BTC"]),
    ],
)
def test_symbols_are_found_under_their_names(text, bases):
    assert named_bases(text, BASES) == bases


def test_currencies_have_everyday_names():
    assert named_currencies("how many dollars", ["BTC", "USDT"]) == ["USDT"]
