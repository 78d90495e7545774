"""The hot window holds the newest candles, each once, in order."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from fks_desk.market.window import HotWindow
from tests.fakes.market import a_candle


@given(st.lists(st.integers(0, 40)))
def test_any_order_of_arrival_gives_the_newest_in_order(numbers):
    window = HotWindow(size=10)
    window.put_all(a_candle(number) for number in numbers)
    times = window.frame().time.tolist()

    assert times == sorted(set(times))
    assert len(times) <= 10
    if numbers:
        assert window.newest == a_candle(max(numbers))


def test_a_corrected_candle_replaces_the_old_one():
    window = HotWindow()
    window.put_all([a_candle(0), a_candle(1), a_candle(0, close="7")])

    assert window.frame().close.tolist() == [7.0, 100.0]


def test_an_empty_window_has_no_newest():
    assert HotWindow().newest is None
    assert len(HotWindow()) == 0


def test_a_candle_is_found_by_its_open():
    window = HotWindow()
    window.put_all([a_candle(0), a_candle(2)])

    assert window.find(a_candle(2).opened) == a_candle(2)
    assert window.find(a_candle(1).opened) is None
    assert window.find(a_candle(3).opened) is None
