"""Read symbol and timeframe from names."""

from __future__ import annotations

from pathlib import Path

import pytest

from fks_desk.adapters.files.names import guess_from_name, split_symbol
from fks_desk.core.model import Timeframe


@pytest.mark.parametrize(
    ("name", "symbol", "timeframe"),
    [
        ("BTC_USDT-5m.feather", "BTC/USDT", Timeframe.M5),
        ("BTCUSDT-1m-2024-01.zip", "BTC/USDT", Timeframe.M1),
        ("binance-spot_ETHUSDT_15m_2023-04-01.csv.gz", "ETH/USDT", Timeframe.M15),
        ("binance-vision_FILUSDT-1m-2023-04.csv.gz", "FIL/USDT", Timeframe.M1),
        ("XRPETH_1d_.csv", "XRP/ETH", Timeframe.D1),
        ("my candles.csv", None, None),
    ],
)
def test_a_name_tells_symbol_and_timeframe(name, symbol, timeframe):
    guess = guess_from_name(Path(name))

    assert (guess.symbol, guess.timeframe) == (symbol, timeframe)


@pytest.mark.parametrize(
    ("text", "symbol"),
    [
        ("BTC/USDT", "BTC/USDT"),
        ("btc-usdt", "BTC/USDT"),
        ("BTCUSDT", "BTC/USDT"),
        ("ETHBTC", "ETH/BTC"),
        ("USDT", None),
        ("ABC", None),
    ],
)
def test_a_symbol_is_split_at_a_known_quote(text, symbol):
    assert split_symbol(text) == symbol


@pytest.mark.parametrize(
    ("name", "symbol", "timeframe", "venue", "kind"),
    [
        ("BINANCE_BTCUSDT, 60.csv", "BTC/USDT", "1h", "binance", "spot"),
        ("BYBIT_ETHUSDT.P, 1D_a1b2c.csv", "ETH/USDT", "1d", "bybit", "linear"),
        ("BTCUSD_H1_202401010000_202402010000.csv", "BTC/USD", "1h", None, "spot"),
        ("BTCUSDM5.csv", "BTC/USD", "5m", None, "spot"),
        ("data/kraken/BTC_EUR-4h.feather", "BTC/EUR", "4h", "kraken", "spot"),
        ("data/binance/futures/BTC_USDT_USDT-1h-futures.feather", "BTC/USDT", "1h", "binance",
         "linear"),
    ],
)  # fmt: skip
def test_programs_tell_more_in_their_names(name, symbol, timeframe, venue, kind):
    guess = guess_from_name(Path("/home/trader") / name)

    assert (guess.symbol, guess.timeframe.value) == (symbol, timeframe)
    assert (guess.venue, guess.kind.value) == (venue, kind)
