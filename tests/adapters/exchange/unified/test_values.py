"""ccxt's answers become values; gaps in them become None, never a guess."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from fks_desk.adapters.exchange.unified import values
from fks_desk.core.clock import from_ms
from fks_desk.core.model import InstrumentKind, Side, Timeframe
from tests.fakes.market import an_instrument

BTC, NOW = an_instrument(), from_ms(1_700_000_100_000)
TRADE = {"id": None, "price": 2.0, "amount": 6.0, "timestamp": 1_700_000_000_000, "side": None}


def test_a_print_without_an_id_is_named_by_what_it_is():
    trade = values.market_trade(TRADE, BTC, NOW)

    assert trade.trade_id == "1700000000000-2-6"
    assert trade.side is Side.BUY


def test_contracts_become_coins():
    linear = replace(BTC, kind=InstrumentKind.LINEAR, contract_size=Decimal("0.1"))
    inverse = replace(BTC, kind=InstrumentKind.INVERSE, contract_size=Decimal(100))

    assert values.market_trade(TRADE, linear, NOW).size == Decimal("0.6")
    assert values.market_trade(TRADE, inverse, NOW).size == 300


def test_a_bar_in_progress_is_not_told_for_its_end():
    row = [1_700_000_040_000, 1.0, 2.0, 0.5, 1.5, None]
    open_bar = values.candle(row, BTC, Timeframe.M1, NOW, is_closed=False)

    assert open_bar.ts_event == NOW
    assert open_bar.volume == 0
    assert values.candle(row, BTC, Timeframe.M1, NOW, is_closed=True).ts_event == open_bar.closes


def test_a_quote_without_a_price_is_refused_and_gaps_are_none():
    ticker = values.ticker({"close": 1.5}, BTC, NOW)

    assert (ticker.last, ticker.bid, ticker.change_pct, ticker.ts_event) == (
        Decimal("1.5"),
        None,
        None,
        NOW,
    )
    with pytest.raises(ValueError, match="last"):
        values.ticker({}, BTC, NOW)


def test_levels_without_a_size_are_not_shown():
    book = values.order_book(
        {"bids": [[1.0, 0.0], [0.9, 2.0]], "asks": [[1.1, 3.0, 7]]}, BTC, 5, 20, NOW
    )

    assert [level.price for level in book.bids] == [Decimal("0.9")]
    assert (book.sequence, book.ts_event) == (5, NOW)
