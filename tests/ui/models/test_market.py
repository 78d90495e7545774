from __future__ import annotations

from decimal import Decimal

from fks_desk.core.messages import FeedMoved, FeedState
from fks_desk.core.nursery import Nursery
from tests.fakes.panes import BTC, ETH, Desk


async def test_stored_instruments_are_there_before_the_venue_answers() -> None:
    desk = Desk(Nursery())
    told: list[bool] = []
    desk.market.instruments_changed.connect(lambda: told.append(True))

    await desk.market._load()

    assert [one.symbol for one in desk.market.instruments()] == ["BTC/USDT", "ETH/USDT"]
    assert told == [True]
    assert desk.market.instrument(BTC.id) == BTC


async def test_a_currency_is_worth_what_its_last_trade_says() -> None:
    desk = Desk(Nursery())
    desk.list_instruments()
    desk.quote(last="64000")

    assert desk.market.rate("BTC", "USDT", "demo") == Decimal(64000)
    assert desk.market.rate("USDT", "USDT", "demo") == 1
    assert desk.market.rate("ETH", "USDT", "demo") is None
    assert desk.market.rate("BTC", "USDT", "binance") is None


async def test_an_instrument_is_as_fresh_as_its_worst_stream() -> None:
    desk = Desk(Nursery())
    assert desk.market.feed(ETH.id) is None

    for stream, state in (("ticker", FeedState.LIVE), ("trades", FeedState.STALE)):
        desk.market.on_feed_moved(FeedMoved(instrument=ETH.id, stream=stream, state=state))

    assert desk.market.feed(ETH.id) is FeedState.STALE
