"""ccxt's markets become instruments with exact steps, coins and perpetuals apart."""

from __future__ import annotations

from decimal import Decimal

from fks_desk.adapters.exchange.unified.listing import instruments, unified_symbol
from fks_desk.core.model import InstrumentKind, VenueId

VENUE = VenueId("v")
COIN = {
    "symbol": "BTC/USDT", "base": "BTC", "quote": "USDT", "spot": True, "active": True,
    "precision": {"price": 0.01, "amount": 1e-05},
    "limits": {"amount": {"min": 0.0001, "max": None}, "cost": {"min": 5.0}},
}  # fmt: skip
INVERSE = {
    **COIN, "symbol": "BTC/USD:BTC", "quote": "USD", "settle": "BTC", "spot": False,
    "swap": True, "inverse": True, "contractSize": 100.0,
}  # fmt: skip


def test_coins_linear_and_inverse_perpetuals_are_told_apart():
    linear = {**INVERSE, "inverse": False, "quote": "USDT", "settle": "USDT"}
    dated = {**INVERSE, "swap": False, "future": True}
    found = instruments([COIN, linear, INVERSE, dated], VENUE, 4)

    assert [one.kind for one in found] == [
        InstrumentKind.SPOT,
        InstrumentKind.LINEAR,
        InstrumentKind.INVERSE,
    ]
    assert [unified_symbol(one) for one in found] == ["BTC/USDT", "BTC/USDT:USDT", "BTC/USD:BTC"]
    assert found[2].contract_size == 100


def test_steps_follow_the_exchanges_way_of_counting():
    digits = {**COIN, "precision": {"price": 2, "amount": 5}}
    (ticks,) = instruments([COIN], VENUE, 4)
    (places,) = instruments([digits], VENUE, 2)
    (significant,) = instruments([digits], VENUE, 3)

    assert (
        (ticks.tick, ticks.lot)
        == (places.tick, places.lot)
        == (
            Decimal("0.01"),
            Decimal("0.00001"),
        )
    )
    assert significant.tick == Decimal("0.00000001")


def test_a_market_that_cannot_be_read_is_left_out():
    broken = {**COIN, "precision": {"price": -1, "amount": 1}}

    assert instruments([broken, COIN], VENUE, 4) == instruments([COIN], VENUE, 4)
