from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from fks_desk.adapters.storage.database import Database
from fks_desk.adapters.storage.stores import open_stores
from fks_desk.core.clock import SteppedClock
from fks_desk.core.model import InstrumentId, MarketTrade, Side, TradeId
from fks_desk.intelligence.findings.finding import Shelf
from fks_desk.intelligence.findings.prices import newest_mark, price_now, price_span
from fks_desk.intelligence.questions.reading import read_question
from tests.fakes.rows import BTC, DEMO, ETH, NOW, account, candle


@pytest.fixture
async def stores(database_url):
    database = Database(database_url, pool_size=2, wait_s=3)
    opened = await open_stores(database=database, clock=SteppedClock(NOW))
    await opened.accounts.ensure_account(account())
    yield opened
    await database.close()


def shelf(stores, text):
    (question,) = read_question(
        text, account=DEMO, instrument=BTC, known=[BTC, ETH], now=NOW + timedelta(hours=1)
    )
    return Shelf(stores.facts, question)


async def test_the_newest_print_beats_an_older_close(stores):
    await stores.candle_writer.upsert([candle(0, "101")])
    at = NOW + timedelta(minutes=6)
    await stores.market_trades.record_market_trades(
        [
            MarketTrade(
                instrument=BTC,
                trade_id=TradeId("9"),
                side=Side.BUY,
                price=Decimal("101.75"),
                size=Decimal(1),
                ts_event=at,
                ts_init=at,
            )
        ]
    )

    mark = await newest_mark(shelf(stores, "BTC price"), [BTC])

    assert (mark.price, str(mark.ref)) == (Decimal("101.75"), f"market_trade:{BTC}/9")
    row = await stores.facts.row(mark.ref)
    assert row["price"] == Decimal("101.75")


async def test_a_market_without_any_price_is_named(stores):
    (told,) = await price_now(shelf(stores, "What is the price of ETH?"))

    assert told.text == "No price of ETH/USDT is stored."
    assert told.refs == ()


async def test_without_candles_in_the_span_that_is_said(stores):
    await stores.candle_writer.upsert([candle(0, "101")])

    told = await price_span(shelf(stores, "How did BTC move in 2020?"))

    assert [one.text for one in told] == ["No candles of BTC/USDT are stored in 2020."]


async def test_the_finest_timeframe_that_covers_the_span_is_read(stores):
    minutes = [replace(candle(number, "101"), instrument=InstrumentId(BTC)) for number in range(6)]
    await stores.candle_writer.upsert(minutes)

    first, *_ = await price_span(shelf(stores, "How did BTC move in the last 2 hours?"))

    assert "from 6 candles of 5m" in first.text
    assert "high 102" in first.text
