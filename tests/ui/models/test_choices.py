"""Show that what is typed over the chart finds what was meant."""

import pytest

from fks_desk.core.model import InstrumentId, Timeframe
from fks_desk.strategy.indicators import indicator
from fks_desk.strategy.inputs import INPUTS
from fks_desk.ui.models.choices import (
    Addition,
    date_choices,
    indicator_choices,
    interval_choices,
    parameter_choices,
    size_choices,
    symbol_choices,
)
from fks_desk.ui.models.studies import Study

DEMO_BTC, DEMO_ETH = InstrumentId("demo:spot:BTC/USDT"), InstrumentId("demo:spot:ETH/USDT")
FILE_BTC, EUR = InstrumentId("binance:spot:BTC/USDT"), InstrumentId("demo:spot:BTC/EUR")


def found(text, **more):
    stored = {FILE_BTC: 105_120}
    return [
        choice.value for choice in symbol_choices(text, [DEMO_BTC, DEMO_ETH, EUR], stored, **more)
    ]


@pytest.mark.parametrize(
    "text", ["BTCUSDT", "btc/usdt", "BTC-USDT", "demo:BTCUSDT", "BTCUSDT.DEMO", "btcu"]
)
def test_a_symbol_is_found_as_people_write_it(text):
    assert found(text, venue="demo")[0] == DEMO_BTC


def test_a_venue_narrows_the_search_to_itself():
    assert found("BINANCE:BTCUSDT") == [FILE_BTC]


def test_the_chart_s_own_venue_comes_first_and_stored_candles_are_named():
    assert found("btcusdt", venue="binance") == [FILE_BTC, DEMO_BTC]
    choice = symbol_choices("btcusdt", [], {FILE_BTC: 105_120})[0]
    assert "105,120 candles stored" in choice.detail


def test_letters_inside_a_symbol_count_after_those_at_its_start():
    assert found("e", venue="demo") == [DEMO_ETH, EUR]


def test_what_nothing_matches_is_empty():
    assert found("xyz") == []


def test_an_interval_is_offered_as_soon_as_it_is_understood():
    assert [choice.value for choice in interval_choices("60")] == [Timeframe.H1]
    assert interval_choices("7")[0].value is None
    assert len(interval_choices("")) == len(Timeframe)


def test_indicators_start_with_the_common_ones():
    assert [choice.value.name for choice in indicator_choices("", [])][:2] == ["SMA", "EMA"]


def test_numbers_behind_an_indicator_are_its_parameters():
    assert indicator_choices("bb 20 2.5", [])[0].value == Addition(
        name="BBANDS", params={"timeperiod": 20.0, "nbdevup": 2.5}
    )
    assert indicator_choices("sma 50", [])[0].value == Addition(
        name="SMA", params={"timeperiod": 50.0}
    )


def test_an_indicator_is_found_by_its_words():
    assert indicator_choices("relative strength", [])[0].value.name == "RSI"
    assert indicator_choices("on balance volume", [])[0].value.name == "OBV"


def test_the_price_that_it_reads_is_typed_behind_an_indicator():
    assert indicator_choices("ema 20 hl2", [])[0].value == Addition(
        name="EMA", params={"timeperiod": 20.0, "price": INPUTS.index("hl2")}
    )
    assert indicator_choices("sma volume", [])[0].value == Addition(
        name="SMA", params={"price": INPUTS.index("volume")}
    )
    assert [one.value.name for one in indicator_choices("bb 20 2 2 ema hl2", [])] == ["BBANDS"]
    assert indicator_choices("atr 14 hl2", []) == []  # it reads three prices at once


def test_parameters_are_changed_by_numbers_and_by_words():
    study = Study.of(indicator("BBANDS"))

    params = parameter_choices("30 2.5 2 ema hlc3", study)[0].value
    assert params == {
        "timeperiod": 30, "nbdevup": 2.5, "nbdevdn": 2.0, "matype": 1, "price": INPUTS.index("hlc3")
    }  # fmt: skip
    study.change(params)
    assert study.title == "BBANDS 30 2.5 2 EMA hlc3"
    wrong, *rows = parameter_choices("30 hl9", study)
    assert wrong.value is None
    assert "hl2" in wrong.title
    assert rows[-1].title == "Input: hlc3"


def test_what_is_on_the_chart_is_offered_for_removal_first():
    study = Study.of(indicator("RSI"))

    assert indicator_choices("rsi", [study])[0].value is study
    assert indicator_choices("rsi 7", [study])[0].value == Addition(
        name="RSI", params={"timeperiod": 7.0}
    )


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("2026-03-09 14:30", "2026-03-09 14:30"),
        ("2026-03-09", "2026-03-09 00:00"),
        ("9.3.2026", "2026-03-09 00:00"),
        ("2026-03", "2026-03-01 00:00"),
    ],
)
def test_a_date_is_read_as_utc(text, meant):
    moment = date_choices(text)[0].value

    assert f"{moment:%Y-%m-%d %H:%M}" == meant
    assert moment.utcoffset().total_seconds() == 0


def test_what_is_no_date_says_how_to_write_one():
    assert date_choices("soon")[0].value is None


def test_a_size_is_taken_as_it_is_typed_and_nonsense_is_refused():
    assert [choice.value for choice in size_choices("", 100.0)] == [100.0]
    assert [choice.value for choice in size_choices("1,250.5", 100.0)] == [1250.5]
    for text in ("-1", "0", "abc", "inf", "nan"):
        assert [choice.value for choice in size_choices(text, 100.0)] == [None]
    assert [choice.value for choice in size_choices("5", float("nan"))] == [None]
