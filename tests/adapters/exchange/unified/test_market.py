"""The real ccxt class of another exchange streams exact values into the same port."""

from __future__ import annotations

from decimal import Decimal

import pytest

from fks_desk.core.errors import DataError, FeedUnavailable
from fks_desk.core.model import Provenance, Side, Timeframe
from tests.adapters.exchange.unified.conftest import take


async def test_what_it_lists_has_exact_steps(kraken):
    (btc,) = await kraken.market.instruments()

    assert btc.id == "kraken:spot:BTC/USD"
    assert (str(btc.tick), btc.lot, btc.min_size, btc.min_notional) == (
        "0.1",
        Decimal("1e-8"),
        Decimal("0.0001"),
        Decimal("0.5"),
    )


async def test_prints_keep_every_digit(kraken):
    (btc,) = await kraken.market.instruments()
    one, other = await take(kraken.market.trades(btc), 2)

    assert (one.price, one.size, one.side) == (Decimal("35001.1"), Decimal("1e-8"), Side.SELL)
    assert (one.trade_id, other.trade_id, other.side) == ("4665906", "4665907", Side.BUY)


async def test_a_bar_is_closed_by_the_one_after_it(kraken):
    (btc,) = await kraken.market.instruments()
    states = await take(kraken.market.candles(btc, Timeframe.M1), 4)

    assert [one.is_closed for one in states] == [False, False, True, False]
    assert [str(one.close) for one in states] == ["35001", "35002", "35002", "35003"]
    assert states[2].opened == states[1].opened
    assert {one.provenance for one in states} == {Provenance.STREAMED}


async def test_quotes_and_books_flow(kraken):
    (btc,) = await kraken.market.instruments()
    (ticker,) = await take(kraken.market.tickers([btc]), 1)
    (book,) = await take(kraken.market.books(btc), 1)

    assert (ticker.bid, ticker.ask, ticker.change_pct) == (
        Decimal(35000),
        Decimal("35000.1"),
        Decimal("0.25"),
    )
    assert [level.size for level in book.bids] == [Decimal("1.5"), Decimal("1e-8")]
    assert book.asks[0].price == Decimal("35000.1")


async def test_an_exchange_out_of_reach_may_be_asked_again(kraken, server):
    server.status = 503
    with pytest.raises(FeedUnavailable, match="kraken is out of reach for its list of markets"):
        await kraken.market.instruments()


async def test_what_ccxt_does_not_stream_is_named(kraken):
    (btc,) = await kraken.market.instruments()
    kraken.market._client.has = {**kraken.market._client.has, "watchTrades": False}
    with pytest.raises(DataError, match="kraken streams no trades through ccxt"):
        await take(kraken.market.trades(btc), 1)
