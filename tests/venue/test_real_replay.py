"""Real candles of a real file, replayed: they reach the client unchanged and fill an order."""

from __future__ import annotations

import asyncio
import csv
import gzip
import os
from pathlib import Path

import numpy as np
import pytest

from fks_desk.core.frame import Frame
from fks_desk.core.model import Timeframe
from fks_desk.venue.market.replay import ReplayOptions
from tests.fakes.venue import ccxt_client, running_venue

DATA = Path(os.environ.get("FKS_TEST_DATA", "/nonexistent")) / "ohlcv"
FILES = [
    ("BTC/USDT", Timeframe.M5, "binance-spot_BTCUSDT_5m_2024-03-01_2025-07-02.csv.gz"),
    ("XRP/ETH", Timeframe.M1, "binance-spot_XRPETH_1m_2019-10-11_2019-10-13.csv.gz"),
]


def read(path: Path) -> Frame:
    with gzip.open(path, "rt") as file:
        rows = [row for row in csv.reader(file) if row[0].isdigit()][-3000:]
    table = np.array(rows, dtype=np.float64)
    names = ("open", "high", "low", "close", "volume")
    columns = {name: table[:, index] for index, name in enumerate(names, 1)}
    return Frame(time=np.array([int(row[0]) for row in rows], dtype=np.int64), **columns)


@pytest.mark.parametrize(("symbol", "timeframe", "name"), FILES, ids=[file[0] for file in FILES])
async def test_real_candles_are_replayed_as_they_were(tmp_path, symbol, timeframe, name):
    if not (DATA / name).exists():
        pytest.skip("FKS_TEST_DATA holds no such file")
    frame = read(DATA / name)
    replay = ReplayOptions(symbol=symbol, timeframe=timeframe, frame=frame, speed=3_000)
    first_live = replay.first_live
    # Crossed at the file's end at the latest: a busy machine may place the order late.
    low = float(np.sort(frame.low[-100:])[30])
    funds = {symbol.split("/")[1]: 10_000}
    async with (
        running_venue(tmp_path, replay=replay, initial_balances=funds) as ready,
        ccxt_client(ready) as client,
    ):
        await client.load_markets()
        rows = await client.fetch_ohlcv(symbol, timeframe.value, since=int(frame.time[0]))
        assert len(rows) == 500
        for index, row in enumerate(rows):
            columns = (frame.open, frame.high, frame.low, frame.close, frame.volume)
            assert row == [frame.time[index], *(column[index] for column in columns)]

        size = client.amount_to_precision(symbol, 500 / low)
        order = await client.create_order(symbol, "limit", "buy", size, low)
        while order["status"] == "open":
            await asyncio.sleep(0.1)
            order = await client.fetch_order(order["id"], symbol)

        fill = (await client.fetch_my_trades(symbol))[0]
        candle = int(np.searchsorted(frame.time, fill["timestamp"], side="right")) - 1
        assert frame.low[candle] <= low <= frame.high[candle] or fill["takerOrMaker"] == "taker"
        assert frame.time[first_live] <= fill["timestamp"]
