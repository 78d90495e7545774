"""Bring files through both rooms into the database, once and again."""

from __future__ import annotations

import numpy as np
import pytest

from fks_desk.adapters.files.reading import read_candles
from fks_desk.adapters.files.writing import write_candles
from fks_desk.adapters.storage.database import Database
from fks_desk.adapters.storage.stores import open_stores
from fks_desk.core.clock import SystemClock
from fks_desk.core.model import Provenance, Timeframe
from fks_desk.core.ports import WriteCount
from tests.fakes.candles import BITCOIN, REAL_YEAR, walk


@pytest.fixture
async def stores(database_url):
    database = Database(database_url)
    yield await open_stores(database=database, clock=SystemClock())
    await database.close()


async def brought(stores, path):
    file = read_candles(path, clock=SystemClock())
    count = await stores.candle_writer.upsert_frame(
        BITCOIN, file.timeframe, file.frame, Provenance.IMPORTED
    )
    return file, count


async def test_a_file_imported_twice_is_imported_once(stores, tmp_path):
    path = tmp_path / "BTC_USDT-5m.csv.gz"
    write_candles(path, walk(1000))

    _, first = await brought(stores, path)
    _, second = await brought(stores, path)

    assert first == WriteCount(inserted=1000, revised=0, unchanged=0)
    assert second == WriteCount(inserted=0, revised=0, unchanged=1000)


async def test_the_real_year_is_stored_and_comes_back_bit_for_bit(stores, real_data):
    file, first = await brought(stores, real_data / REAL_YEAR)
    _, second = await brought(stores, real_data / REAL_YEAR)

    back = await stores.candles.latest(BITCOIN, Timeframe.M5, 1_000_000)
    assert (first.inserted, second.unchanged, second.inserted) == (140_614, 140_614, 0)
    assert np.array_equal(back.time, file.frame.time)
    assert np.array_equal(back.close, file.frame.close)
    assert np.array_equal(back.volume, file.frame.volume)
