import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fks_desk.backtest import kernel
from fks_desk.backtest.exact import decided, replay
from fks_desk.backtest.kernel import (
    T_ENTRY_BAR,
    T_ENTRY_PRICE,
    T_EXIT_BAR,
    T_EXIT_PRICE,
    T_FEES,
    T_PNL,
    T_SIDE,
    T_SIZE,
    simulate,
)
from fks_desk.core.frame import Frame
from fks_desk.strategy.catalog import strategies, strategy
from tests.backtest.specs import COSTS, FREE
from tests.fakes.candles import frames, real_frame, walk, year
from tests.fakes.pandas_rules import RULES

PARAMS = {
    "sma_cross": {"fast": 2, "slow": 4},
    "rsi_reversion": {"period": 3, "low": 45.0, "high": 55.0},
    "macd_trend": {"fast": 2, "slow": 4, "signal": 2},
    "bollinger_breakout": {"period": 3, "width": 0.5},
}


@st.composite
def traded(draw, lowest=-1):
    """Make a frame and any stances at all."""
    frame = draw(frames(min_size=1, max_size=80))
    size = len(frame)
    stances = draw(st.lists(st.integers(lowest, 1), min_size=size, max_size=size))
    return frame, np.array(stances, dtype=np.int8)


def of(frame, *stances):
    return simulate(frame, np.array(stances, dtype=np.int8), FREE)


def bars(opens, closes):
    opens, closes = np.array(opens, dtype=float), np.array(closes, dtype=float)
    return Frame(
        time=np.arange(opens.size, dtype=np.int64) * 300_000,
        open=opens,
        high=np.maximum(opens, closes),
        low=np.minimum(opens, closes),
        close=closes,
        volume=np.ones(opens.size),
    )


def test_a_stance_at_a_close_is_traded_at_the_next_open():
    run = of(bars([10, 20, 30, 40], [11, 21, 31, 41]), 1, 1, 0, 0)

    assert run.trades[:, [T_ENTRY_BAR, T_EXIT_BAR]].tolist() == [[1, 3]]
    assert run.trades[0, [T_ENTRY_PRICE, T_EXIT_PRICE, T_SIZE]].tolist() == [20, 40, 500]
    assert run.equity.tolist() == [10_000, 10_500, 15_500, 20_000]
    assert run.held_bars == 2


def test_what_is_held_at_the_end_is_closed_at_the_last_close():
    run = of(bars([10, 20, 30], [11, 21, 40]), 1, 1, 1)

    assert run.trades[0, [T_EXIT_BAR, T_EXIT_PRICE, T_PNL]].tolist() == [2, 40, 10_000]
    assert run.equity[-1] == 20_000


def test_a_turn_from_long_to_short_sells_and_sells_again_at_one_open():
    run = of(bars([10, 10, 20, 20], [10, 10, 20, 10]), 1, -1, -1, -1)

    assert run.trades[:, T_SIDE].tolist() == [1, -1]
    assert run.trades[:, T_PNL].tolist() == [10_000, 10_000]


def test_a_short_that_lost_all_its_cash_is_bought_back_and_the_run_stays_at_zero():
    run = of(bars([10, 10, 15, 15, 5], [10, 10, 25, 5, 5]), -1, -1, -1, 1, 1)

    assert run.trades[:, [T_EXIT_BAR, T_PNL]].tolist() == [[2, -10_000]]
    assert run.equity.tolist() == [10_000, 10_000, 0, 0, 0]


def test_a_bar_without_a_usable_price_trades_nothing_and_keeps_the_last_mark():
    frame = bars([10, np.nan, 30, 40], [10, np.nan, 30, np.nan])
    run = of(frame, 1, 1, 1, 1)

    assert run.trades[0, [T_ENTRY_BAR, T_ENTRY_PRICE, T_EXIT_PRICE]].tolist() == [2, 30, 30]
    assert np.isfinite(run.equity).all()


def test_costs_are_paid_on_both_sides():
    run = simulate(bars([10] * 4, [10] * 4), np.array([1, 0, 0, 0], dtype=np.int8), COSTS)
    entry, leaving = 10 * 1.0002, 10 * 0.9998
    size = 10_000 / entry * 0.999

    assert run.trades[0, T_ENTRY_PRICE] == pytest.approx(entry)
    assert run.trades[0, T_SIZE] == pytest.approx(size)
    assert run.trades[0, T_FEES] == pytest.approx(10 + size * leaving * 0.001)
    assert run.equity[-1] == pytest.approx(size * leaving * 0.999)


@given(traded())
def test_it_equals_the_exact_engine_whatever_the_stances(case):
    frame, stances = case
    by_number = {1: "long", 0: "flat", -1: "short"}

    assert_equal(
        simulate(frame, stances, COSTS),
        replay(frame, lambda bar: by_number[int(stances[bar])], COSTS),
    )


@pytest.mark.parametrize("name", list(PARAMS))
@given(frame=frames(min_size=1, max_size=60))
def test_it_equals_the_exact_engine_driven_by_decide(name, frame):
    found, params = strategy(name), PARAMS[name]

    assert_equal(
        simulate(frame, found.stances(frame, params), COSTS),
        replay(frame, decided(found, frame, params), COSTS),
    )


@given(traded(lowest=0))
def test_the_profits_of_the_trades_add_up_to_the_change_in_equity(case):
    frame, stances = case
    run = simulate(frame, stances, COSTS)

    assert run.trades[:, T_PNL].sum() == pytest.approx(run.equity[-1] - 10_000, abs=1e-6)


@given(traded(), st.data())
def test_poisoned_later_bars_never_change_an_earlier_trade_or_equity(case, data):
    frame, stances = case
    cut = data.draw(st.integers(1, len(frame)))
    poison = np.where(np.arange(len(frame)) < cut, 1.0, 1000.0)
    spoiled = Frame(
        time=frame.time,
        open=frame.open * poison,
        high=frame.high * poison,
        low=frame.low * poison,
        close=frame.close * poison,
        volume=frame.volume,
    )
    clean, dirty = simulate(frame, stances, COSTS), simulate(spoiled, stances, COSTS)
    before = clean.trades[clean.trades[:, T_EXIT_BAR] < cut]

    np.testing.assert_array_equal(before, dirty.trades[dirty.trades[:, T_EXIT_BAR] < cut])
    # The last bar's equity is after the sale at the end, which is no news of a later bar.
    np.testing.assert_array_equal(clean.equity[:cut], dirty.equity[:cut])


@given(traded())
def test_chunks_do_not_show(case):
    frame, stances = case
    whole = simulate(frame, stances, COSTS)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(kernel, "CHUNK", 7)
        parts = simulate(frame, stances, COSTS)

    np.testing.assert_array_equal(whole.trades, parts.trades)
    np.testing.assert_array_equal(whole.equity, parts.equity)


def test_it_stops_after_the_chunk_in_which_it_was_told_to():
    asked = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(kernel, "CHUNK", 10)
        run = simulate(
            walk(100), np.zeros(100, dtype=np.int8), COSTS, lambda done: bool(asked.append(done))
        )

    assert run is None
    assert asked == [0.1]


def test_it_trades_nothing_on_nothing():
    run = simulate(Frame.empty(), np.empty(0, dtype=np.int8), COSTS)

    assert (run.equity.size, len(run.trades), run.held_bars) == (0, 0, 0)


@pytest.mark.parametrize("name", [found.name for found in strategies()])
def test_over_the_real_year_it_equals_the_exact_engine_and_pandas(name):
    frame = year(real_frame())
    found = strategy(name)
    stances = found.stances(frame, {})
    by_number = {1: "long", 0: "flat"}
    run = simulate(frame, stances, COSTS)

    assert_equal(run, replay(frame, lambda bar: by_number[int(stances[bar])], COSTS))
    assert_equals_pandas(run, frame, RULES[name](pd.Series(frame.close)))


def assert_equal(run, exact):
    """Compare the compiled run with the exact one: bars to the letter, money to 1e-9."""
    assert run.trades[:, T_ENTRY_BAR].tolist() == [trade.entry_bar for trade in exact.trades]
    assert run.trades[:, T_EXIT_BAR].tolist() == [trade.exit_bar for trade in exact.trades]
    assert run.trades[:, T_SIDE].tolist() == [trade.side.sign for trade in exact.trades]
    for column, name in COLUMNS.items():
        expected = np.array([float(getattr(trade, name)) for trade in exact.trades])
        # Profit is a difference of sums of the size of the cash, and as exact as they are.
        np.testing.assert_allclose(run.trades[:, column], expected, rtol=1e-9, atol=1e-6)
    np.testing.assert_allclose(
        run.equity, np.array([float(level) for level in exact.equity]), rtol=1e-9, atol=1e-6
    )


COLUMNS = {
    T_ENTRY_PRICE: "entry_price",
    T_EXIT_PRICE: "exit_price",
    T_SIZE: "size",
    T_PNL: "pnl",
    T_FEES: "fees",
}


def assert_equals_pandas(run, frame, wanted):
    """Work the trades and the equity out with whole columns and no loop, and compare."""
    held = wanted.astype(int).shift(1, fill_value=0)
    entries = np.flatnonzero(held.diff().fillna(held) == 1)
    leaves = np.flatnonzero(held.diff() == -1)
    bought = frame.open[entries] * 1.0002
    sold = frame.open[leaves] * 0.9998
    if leaves.size < entries.size:
        leaves = np.append(leaves, len(frame) - 1)
        sold = np.append(sold, frame.close[-1] * 0.9998)
    growth = sold / bought * 0.999**2
    cash = 10_000 * np.concatenate([[1.0], growth.cumprod()])

    np.testing.assert_array_equal(run.trades[:, T_ENTRY_BAR], entries)
    np.testing.assert_array_equal(run.trades[:, T_EXIT_BAR], leaves)
    np.testing.assert_allclose(run.trades[:, T_ENTRY_PRICE], bought)
    np.testing.assert_allclose(run.trades[:, T_EXIT_PRICE], sold)
    np.testing.assert_allclose(run.trades[:, T_SIZE], cash[:-1] / bought * 0.999)
    np.testing.assert_allclose(run.trades[:, T_PNL], np.diff(cash), atol=1e-6)
    np.testing.assert_allclose(run.equity[-1], cash[-1])
