"""Typed frames become the very values that parsed messages become."""

from __future__ import annotations

from decimal import Decimal

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fks_desk.adapters.exchange import wire
from fks_desk.adapters.exchange.hot import values
from fks_desk.adapters.exchange.hot.frames import decode
from fks_desk.core.clock import from_ms
from fks_desk.core.model import InstrumentId, Timeframe
from tests.adapters.exchange.hot.test_frames import AGGREGATE, KLINE, TRADE

BTC, NOW = InstrumentId("v:spot:BTC/USDT"), from_ms(1_700_000_000_500)
AMOUNTS = st.decimals(min_value=0, max_value=10**9, places=8, allow_nan=False)


@given(AMOUNTS)
def test_a_number_is_written_as_the_slow_way_writes_it(amount):
    text = f"{amount:.8f}"

    assert str(values.number(text)) == str(wire.exact(text, "price"))
    assert values.number(text) == Decimal(text)


@pytest.mark.parametrize("text", ["1.50e-10", "2E5", "100", "0.00000000", "7."])
def test_every_spelling_keeps_its_value(text):
    assert values.number(text) == Decimal(text)


@pytest.mark.parametrize("text", [TRADE, AGGREGATE])
def test_a_print_is_the_same_trade_both_ways(text):
    fast = values.market_trade(decode(text), BTC, NOW)

    assert fast == wire.trade(msgspec.json.decode(text), BTC, NOW)
    assert str(fast.price) == str(wire.trade(msgspec.json.decode(text), BTC, NOW).price)


def test_a_bar_is_the_same_candle_both_ways():
    assert values.candle(decode(KLINE), BTC, Timeframe.M1, NOW) == wire.kline(
        msgspec.json.decode(KLINE), BTC, Timeframe.M1, NOW
    )


@pytest.mark.parametrize("bad", ["NaN", "Infinity", "0", "-1", "x", ""])
def test_a_print_at_an_impossible_price_cannot_exist(bad):
    with pytest.raises(wire.UNREADABLE):
        values.market_trade(decode(TRADE.replace("0.10", bad)), BTC, NOW)
