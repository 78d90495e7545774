"""The real ccxt streams the simulated exchange's market without losing a message."""

from __future__ import annotations

import asyncio
import contextlib
from datetime import timedelta
from itertools import pairwise

import pytest

from fks_desk.core.errors import FeedUnavailable
from fks_desk.core.model import Provenance, Timeframe
from fks_desk.venue.market.replay import ReplayOptions
from fks_desk.venue.market.tape import IDS_PER_BAR
from tests.adapters.exchange.conftest import take, utc
from tests.fakes.candles import MINUTE_MS, walk


async def test_the_listed_instruments_have_exact_steps(desk):
    assert (str(desk.btc.tick), str(desk.btc.lot)) == ("0.01", "0.00001")
    assert desk.btc.id == "demo:spot:BTC/USDT"


async def test_all_four_kinds_of_stream_flow_at_once(desk):
    market, btc = desk.connection.market, desk.btc
    candles, tickers, trades, books = await asyncio.gather(
        take(market.candles(btc, Timeframe.M1), 1),
        take(market.tickers([btc]), 1),
        take(market.trades(btc), 2),
        take(market.books(btc), 2),
    )

    assert candles[0].provenance is Provenance.STREAMED
    assert utc(candles[0].ts_event)
    assert tickers[0].bid < tickers[0].ask
    assert trades[0].instrument == btc.id
    assert books[0].bids[0].price < books[0].asks[0].price
    assert books[0].sequence < books[1].sequence


async def test_every_print_arrives_exactly_once_and_in_order(open_desk):
    async with open_desk({"message_rate": 2000.0}) as desk:
        instruments = await desk.connection.instruments()
        streams = [take(desk.connection.market.trades(one), 300) for one in instruments[:3]]
        found = await asyncio.gather(*streams)

    for trades in found:
        numbers = [int(trade.trade_id) for trade in trades]
        # The venue numbers the prints of each minute anew, from a higher start.
        steps = {after - before for before, after in pairwise(numbers) if after % IDS_PER_BAR}
        assert steps == {1}


async def test_what_the_venue_sent_is_what_the_readers_got(open_desk):
    async with open_desk({"message_rate": 1000.0}) as desk:
        got, stop = 0, asyncio.Event()

        async def read():
            nonlocal got
            async for _ in desk.connection.market.trades(desk.btc):
                got += 1

        reader = asyncio.get_running_loop().create_task(read())
        await asyncio.sleep(1.0)
        await desk.script(mute_market=True)
        sent = (await desk.admin("sent"))["btcusdt@trade"]
        async with asyncio.timeout(30):
            while got < sent:
                await asyncio.sleep(0.01)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), 0.3)
        reader.cancel()

        assert sent > 100
        assert got == sent == desk.connection.streams.arrivals.received["trade"]


async def test_a_replayed_file_closes_its_bars_one_after_the_other(open_desk):
    frame = walk(40, step_ms=MINUTE_MS, price=60_000)
    replay = ReplayOptions(
        symbol="BTC/USDT", timeframe=Timeframe.M1, frame=frame, speed=300, live_candles=35
    )
    async with open_desk({"replay": replay}, is_replayed=True) as desk:
        closed = []
        stream = desk.connection.market.candles(desk.btc, Timeframe.M1)
        async with contextlib.aclosing(stream) as candles:
            while len(closed) < 4:
                candle = await anext(candles)
                closed += [candle] if candle.is_closed else []
        history = await desk.connection.history.history(
            desk.btc, Timeframe.M1, closed[0].opened, 1000
        )

    assert [one.opened - closed[0].opened for one in closed] == [
        timedelta(minutes=number) for number in range(4)
    ]
    assert all(one.ts_event >= one.closes for one in closed)
    # The bar in progress is not history, although it lies in the machine's past.
    assert [one.opened for one in history[:4]] == [one.opened for one in closed]
    assert [one.close for one in history[:4]] == [one.close for one in closed]
    assert history[-1].closes <= desk.connection.streams.market_time


async def test_a_dropped_connection_ends_the_stream_and_the_next_one_works(desk):
    trades = desk.connection.market.trades(desk.btc)
    await anext(trades)
    await desk.admin("drop", {})
    with pytest.raises(FeedUnavailable):
        async for _ in trades:
            pass

    assert len(await take(desk.connection.market.trades(desk.btc), 2)) == 2


async def test_a_connection_that_is_open_but_silent_is_cut(open_desk):
    async with open_desk(quiet_limit_s=0.6) as desk:
        trades = desk.connection.market.trades(desk.btc)
        await anext(trades)
        await desk.script(mute_market=True)
        with pytest.raises(FeedUnavailable, match="silent"):
            await take(trades, 1000, timeout_s=5)
        await desk.script()

        assert await take(desk.connection.market.trades(desk.btc), 1)


async def test_two_readers_of_one_stream_both_get_everything(open_desk):
    async with open_desk({"message_rate": 200.0}) as desk:
        market = desk.connection.market
        one, other = await asyncio.gather(
            take(market.trades(desk.btc), 5), take(market.trades(desk.btc), 5)
        )

    assert [trade.trade_id for trade in one] == [trade.trade_id for trade in other]


async def test_a_stream_that_is_left_and_wanted_again_flows_again(open_desk):
    async with open_desk({"message_rate": 200.0}) as desk:
        await _leave_and_return(desk, desk.connection.market)


async def _leave_and_return(desk, market):
    keep = asyncio.get_running_loop().create_task(take(market.trades(desk.btc), 20))
    await take(market.tickers([desk.btc]), 1)
    await take(market.tickers([desk.btc]), 1)

    assert len(await keep) == 20


async def test_no_venue_is_an_unavailable_feed(open_desk):
    async with open_desk() as desk:
        connection, btc = desk.connection, desk.btc
        url = connection._clients[0].urls["api"]
        url["public"] = "http://127.0.0.1:9/api/v3"
        url["ws"]["spot"] = "ws://127.0.0.1:9/stream/ws"

        with pytest.raises(FeedUnavailable, match="demo is out of reach"):
            await connection.market.instruments()
        with pytest.raises(FeedUnavailable):
            await take(connection.market.trades(btc), 1)


@pytest.mark.parametrize("is_hot", [True, False])
async def test_a_connection_is_renewed_before_it_ends_and_no_print_is_lost(open_desk, is_hot):
    async with open_desk({"message_rate": 300.0}, is_hot=is_hot) as desk:
        streams = desk.connection.streams
        streams._life_s, streams._handover_s = 0.6, 30.0
        trades = desk.connection.market.trades(desk.btc)
        found = []
        async with asyncio.timeout(60), contextlib.aclosing(trades) as values:
            async for value in values:
                found.append(int(value.trade_id))
                if streams.renewals >= 2 and len(found) > 200:
                    break

    steps = {after - before for before, after in pairwise(found) if after % IDS_PER_BAR}
    assert steps == {1}
    assert (streams.arrivals.lane.read > 0) is is_hot


async def test_a_renewal_that_cannot_connect_keeps_the_old_connection(open_desk):
    async with open_desk({"message_rate": 300.0}) as desk:
        streams = desk.connection.streams
        trades = desk.connection.market.trades(desk.btc)
        await anext(trades)
        line = streams._lines.all[0]
        old = streams._url(line)
        urls = desk.connection._clients[0].urls["api"]["ws"]
        good, urls["spot"] = urls["spot"], "ws://127.0.0.1:9/ws"
        await streams._renew(line, old)
        urls["spot"] = good

        assert streams._url(line) == old
        assert streams.renewals == 0
        assert await take(trades, 50)


async def test_a_book_with_holes_asks_for_a_snapshot_seldom(open_desk):
    async with open_desk() as desk:
        market = desk.connection.market
        await take(market.books(desk.btc), 1)
        asked = market._asked["BTCUSDT"]
        await take(market.books(desk.btc), 1, timeout_s=40)

        assert market._asked["BTCUSDT"] - asked >= 5.0
