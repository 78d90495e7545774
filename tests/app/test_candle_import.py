from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import pytest

from fks_desk.app.candle_import import read_file, store_file, wish_of
from fks_desk.core.clock import SystemClock
from fks_desk.core.errors import ConfigError, StorageError
from fks_desk.core.model import Instrument, Provenance, Timeframe
from fks_desk.core.ports import WriteCount


def wish(name, **changes):
    asked = {"exchange": "binance", "symbol": None, "timeframe": None, **changes}
    return wish_of(Path(name), **asked)


@dataclass
class Stores:
    """Remember in which order things are stored."""

    error: StorageError | None = None
    calls: list[tuple[object, ...]] = field(default_factory=list)
    listed: list[Instrument] = field(default_factory=list)

    @property
    def candle_writer(self):
        return self

    @property
    def instruments(self):
        return InstrumentList(self)

    async def upsert_frame(self, instrument, timeframe, frame, provenance):
        if self.error is not None:
            raise self.error
        self.calls.append(("candles", instrument, timeframe, len(frame), provenance))
        return WriteCount(inserted=len(frame), revised=0, unchanged=0)


@dataclass
class InstrumentList:
    """Stand for the table of instruments."""

    stores: Stores

    async def instruments(self):
        return self.stores.listed

    async def save_instruments(self, instruments):
        self.stores.calls.append(("instruments", *(one.id for one in instruments)))
        self.stores.listed = list(instruments)


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "BTCUSDT-1h.csv"
    path.write_text(
        "timestamp,open,high,low,close,volume\n"
        "1709251200000,100,102,98,101.25,0.125\n"
        "1709254800000,101,103,99,102,0.5\n"
    )
    return path


@pytest.mark.parametrize(
    ("name", "symbol", "timeframe"),
    [
        ("BTCUSDT-5m-2024-03.zip", "BTC/USDT", Timeframe.M5),
        ("ETH_USDT-1h.feather", "ETH/USDT", Timeframe.H1),
        ("binance-spot_ADAUSDT_15m_2023-04-01_2024-04-09.csv.gz", "ADA/USDT", Timeframe.M15),
    ],
)
def test_a_file_s_name_completes_the_wish(name, symbol, timeframe):
    found = wish(name)

    assert (found.symbol, found.timeframe) == (symbol, timeframe)
    assert found.doubt is None


def test_what_is_asked_for_wins_over_the_name():
    found = wish("BTCUSDT-5m.csv", symbol="ETH/USDT", timeframe=Timeframe.M1, exchange="kraken")

    assert found.instrument == "kraken:spot:ETH/USDT"
    assert found.timeframe is Timeframe.M1
    assert "speaks of BTC/USDT" in found.doubt


def test_a_name_that_tells_no_symbol_becomes_a_question():
    with pytest.raises(ConfigError, match=r"which symbol is in prices\.csv\?"):
        wish("prices.csv")


def test_a_name_that_tells_no_timeframe_leaves_it_to_the_file():
    assert wish("prices.csv", symbol="BTC/USDT").timeframe is None


@pytest.mark.parametrize("exchange", ["demo", "Replay", "paper"])
def test_the_built_in_exchange_s_prices_are_its_own(exchange):
    with pytest.raises(ConfigError, match="no file may change"):
        wish("BTCUSDT-5m.csv", exchange=exchange)


async def test_candles_are_stored_before_their_instrument_is_listed(file):
    stores, chosen = Stores(), wish(file)

    count = await store_file(stores, chosen, await read_file(chosen, SystemClock()))

    assert count.inserted == 2
    assert stores.calls == [
        ("candles", "binance:spot:BTC/USDT", Timeframe.H1, 2, Provenance.IMPORTED),
        ("instruments", "binance:spot:BTC/USDT"),
    ]


async def test_the_second_time_the_instrument_is_left_alone(file):
    stores, chosen = Stores(), wish(file)
    read = await read_file(chosen, SystemClock())
    await store_file(stores, chosen, read)
    await store_file(stores, chosen, read)

    assert [call[0] for call in stores.calls] == ["candles", "instruments", "candles"]


async def test_an_instrument_without_candles_is_not_listed(file):
    stores, chosen = Stores(error=StorageError("the disk is full")), wish(file)

    with pytest.raises(StorageError):
        await store_file(stores, chosen, await read_file(chosen, SystemClock()))

    assert stores.calls == []
