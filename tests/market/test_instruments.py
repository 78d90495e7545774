"""Symbols are understood in every common spelling, and near misses are named."""

from __future__ import annotations

import pytest

from fks_desk.core.errors import DataError, FeedUnavailable
from fks_desk.core.messages import InstrumentsListed
from fks_desk.core.model import VenueId
from fks_desk.market.instruments import Instruments, parse_symbol
from tests.fakes.market import FakeSource, InstrumentTable, an_instrument

KNOWN = [
    an_instrument("BTC/USDT", "binance"),
    an_instrument("ETH/USDT", "binance"),
    an_instrument("BTC/USDT", "demo"),
]


@pytest.mark.parametrize(
    "text",
    [
        "BTC/USDT",
        "BTCUSDT",
        "btc-usdt",
        " btc_usdt ",
        "BINANCE:BTCUSDT",
        "BTCUSDT.BINANCE",
        "binance:spot:BTC/USDT",
    ],
)
def test_every_common_spelling_is_understood(text):
    assert parse_symbol(text, KNOWN, VenueId("binance")) == KNOWN[0]


def test_a_venue_in_the_text_wins():
    assert parse_symbol("DEMO:BTCUSDT", KNOWN, VenueId("binance")) == KNOWN[2]


def test_a_symbol_listed_once_needs_no_venue():
    assert parse_symbol("ETHUSDT", KNOWN) == KNOWN[1]


def test_a_symbol_listed_twice_asks_for_the_venue():
    with pytest.raises(DataError, match="binance:spot:BTC/USDT, demo:spot:BTC/USDT"):
        parse_symbol("BTCUSDT", KNOWN)


def test_a_near_miss_is_named():
    with pytest.raises(DataError, match=r"'BTCUSD' is not known; did you mean BTC/USDT\?"):
        parse_symbol("BTCUSD", KNOWN, VenueId("demo"))


def test_a_symbol_of_an_unknown_venue_is_not_taken_from_another():
    with pytest.raises(DataError, match="not known"):
        parse_symbol("KRAKEN:BTCUSDT", KNOWN)


class DeadSource(FakeSource):
    async def instruments(self):
        raise FeedUnavailable("no network")


async def test_what_the_venue_lists_is_stored_and_published():
    store, told = InstrumentTable(), []
    source = FakeSource([an_instrument()])
    instruments = Instruments(sources={VenueId("demo"): source}, store=store, publish=told.append)
    await instruments.load()

    assert list(store.rows.values()) == [an_instrument()]
    assert told == [InstrumentsListed(instruments=(an_instrument(),))]
    assert instruments.get(an_instrument().id) == an_instrument()


async def test_without_a_network_the_stored_ones_remain(allow_warnings):
    told = []
    instruments = Instruments(
        sources={VenueId("demo"): DeadSource()},
        store=InstrumentTable([an_instrument()]),
        publish=told.append,
    )

    assert await instruments.load() == (an_instrument(),)
    assert instruments.parse("btcusdt") == an_instrument()
    with pytest.raises(DataError, match=r"did you mean demo:spot:BTC/USDT\?"):
        instruments.get("demo:spot:BTC/USD")


async def test_a_venue_that_answers_later_is_learned_stored_and_told():
    told, table = [], InstrumentTable()
    instruments = Instruments(sources={}, store=table, publish=told.append)
    await instruments.learn([an_instrument(venue="kraken")])

    assert instruments.get("kraken:spot:BTC/USDT").venue == "kraken"
    assert list(table.rows) == ["kraken:spot:BTC/USDT"]
    assert [len(event.instruments) for event in told] == [1]
