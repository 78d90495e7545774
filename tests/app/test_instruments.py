from __future__ import annotations

from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fks_desk.app.instruments import (
    MOST_DIGITS,
    described,
    read_instrument,
    read_symbol,
    read_venue,
    refined,
    step_of,
)
from fks_desk.core.errors import ConfigError
from fks_desk.core.frame import Frame
from fks_desk.core.model import InstrumentId

BTC = InstrumentId("binance:spot:BTC/USDT")


def frame(prices, volumes):
    columns = np.array(prices, dtype=np.float64)
    return Frame(
        time=np.arange(columns.size, dtype=np.int64) * 60_000,
        open=columns,
        high=columns,
        low=columns,
        close=columns,
        volume=np.array(volumes, dtype=np.float64),
    )


@pytest.mark.parametrize(
    "text", ["BTC/USDT", "btc/usdt", "BTCUSDT", "btc-usdt", "BTC_USDT", " BTC/USDT "]
)
def test_a_symbol_is_read_as_people_write_it(text):
    assert read_symbol(text) == "BTC/USDT"


@pytest.mark.parametrize("text", ["", "BTC", "/", "BTC/", "/USDT", "B C/USDT", "A/B/C", "a:b/c"])
def test_what_is_no_symbol_is_refused_with_an_example(text):
    with pytest.raises(ConfigError, match="such as BTC/USDT"):
        read_symbol(text)


def test_an_instrument_is_a_symbol_at_an_exchange_or_a_full_id():
    assert read_instrument("ETHUSDT", "Binance") == "binance:spot:ETH/USDT"
    assert read_instrument("demo:spot:btc/usdt", "binance") == "demo:spot:BTC/USDT"
    assert read_instrument("kraken:linear:BTC/USD", "binance") == "kraken:linear:BTC/USD"


@pytest.mark.parametrize("text", ["demo:margin:BTC/USDT", "de mo:spot:BTC/USDT", "demo:spot:BTC"])
def test_a_wrong_id_is_refused(text):
    with pytest.raises(ConfigError):
        read_instrument(text, "binance")


@pytest.mark.parametrize("text", ["", "1x", "a", "Bi nance", "../etc"])
def test_what_is_no_exchange_is_refused(text):
    with pytest.raises(ConfigError, match="like binance"):
        read_venue(text)


@given(
    places=st.integers(0, 8),
    numbers=st.lists(st.integers(1, 10**9), min_size=1, max_size=20),
)
def test_the_step_of_written_numbers_is_their_last_digit(places, numbers):
    texts = [f"{Decimal(number).scaleb(-places):f}" for number in numbers]
    step = step_of(np.array([float(text) for text in texts]))

    exponents = [-Decimal(text).normalize().as_tuple().exponent for text in texts]
    assert step == Decimal(1).scaleb(-max(0, *exponents))


def test_the_step_is_of_all_columns_together():
    assert step_of(np.array([1.5]), np.array([1.25]), np.array([2.0])) == Decimal("0.01")


def test_a_float_s_noise_ends_the_search():
    assert step_of(np.array([1 / 3])) == Decimal(1).scaleb(-MOST_DIGITS)


def test_an_instrument_is_described_by_its_file():
    found = described(BTC, frame([61130.99, 61217.4], [0.5, 0.12345]))

    assert found.id == "binance:spot:BTC/USDT"
    assert (found.base, found.quote, found.settle) == ("BTC", "USDT", "USDT")
    assert (found.tick, found.lot) == (Decimal("0.01"), Decimal("0.00001"))


def test_only_finer_steps_refine_what_is_known():
    known = described(BTC, frame([1.01], [0.001]))
    coarse = described(BTC, frame([1.0], [1.0]))
    fine = described(BTC, frame([1.0], [0.00001]))

    assert refined(None, known) == known
    assert refined(known, coarse) == known
    assert (refined(known, fine).tick, refined(known, fine).lot) == (known.tick, fine.lot)
