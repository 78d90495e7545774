"""Show that the book on screen is the newest sound one of the chart's instrument, or none."""

from __future__ import annotations

from decimal import Decimal

import pytest

from fks_desk.core.messages import BookMoved, FeedMoved, FeedState, InstrumentsListed
from fks_desk.core.model import BookLevel, OrderBook, Side
from fks_desk.ui.models.book import BookModel
from fks_desk.ui.models.market import MarketModel
from tests.fakes.charts import START, AtOnce, MadeInstruments
from tests.ui.chart.conftest import BTC, ETH


def level(price, size):
    return BookLevel(price=Decimal(price), size=Decimal(size))


def made_book(instrument=BTC.id, shift="0", count=3):
    moved = Decimal(shift)
    return OrderBook(
        instrument=instrument,
        bids=tuple(level(Decimal(100) - n + moved, n + 1) for n in range(count)),
        asks=tuple(level(Decimal("100.5") + n + moved, 2) for n in range(count)),
        sequence=1,
        ts_event=START,
        ts_init=START,
    )


@pytest.fixture
def market(qapp):
    market = MarketModel(store=MadeInstruments([BTC]), nursery=AtOnce())
    market.on_instruments_listed(InstrumentsListed(instruments=(BTC,)))
    return market


@pytest.fixture
def model(market):
    made = BookModel(market=market)
    made.heard = []
    made.changed.connect(lambda: made.heard.append(made.message))
    return made


def feed(state, stream="books", instrument=BTC.id):
    return FeedMoved(instrument=instrument, stream=stream, state=state)


def test_each_level_tells_what_stands_in_front_of_it(model):
    model.set_instrument(BTC.id)
    model.on_book_moved(BookMoved(book=made_book()))

    assert [(row.price, row.total) for row in model.bids(2)] == [(100, 1), (99, 3)]
    assert [row.total for row in model.asks(9)] == [2, 4, 6]
    assert {row.side for row in model.asks(9)} == {Side.SELL}
    assert model.spread_text == "Spread 0.50 · 49.88 bp · bids 50 %"


def test_the_book_of_another_instrument_is_left_alone(model):
    model.set_instrument(BTC.id)
    model.on_book_moved(BookMoved(book=made_book(ETH.id)))

    assert model.bids(9) == ()
    assert model.spread_text == ""


def test_a_book_whose_stream_is_lost_is_taken_away_and_says_so(model):
    model.set_instrument(BTC.id)
    model.on_book_moved(BookMoved(book=made_book()))
    model.on_feed_moved(feed(FeedState.STALE, stream="trades"))
    assert model.bids(9)
    model.on_feed_moved(feed(FeedState.STALE))

    assert model.bids(9) == model.asks(9) == ()
    assert "not live any more" in model.message
    model.on_feed_moved(feed(FeedState.LIVE))
    assert "not live" not in model.message


def test_another_instrument_begins_without_a_book(model, market):
    market.on_feed_moved(feed(FeedState.DOWN, instrument=ETH.id))
    model.set_instrument(BTC.id)
    model.on_book_moved(BookMoved(book=made_book()))
    model.set_instrument(ETH.id)

    assert model.bids(9) == ()
    assert model.heard[-1].startswith("The book of ETH/USDT is not live")


def test_what_is_missing_is_said_with_what_to_do(model, market):
    assert model.message.startswith("Show a symbol")
    model.set_instrument(BTC.id)
    assert "stored history" in model.message
    market.on_feed_moved(feed(FeedState.CONNECTING))
    assert model.message == "Waiting for the book of BTC/USDT …"
