from __future__ import annotations

import asyncio

import numpy as np
import pytest

from fks_desk.core.frame import Frame
from fks_desk.core.messages import (
    BacktestDone,
    BacktestMoved,
    BacktestStopped,
    CancelBacktest,
    CandlesRepaired,
    RunBacktest,
)
from fks_desk.core.model import RunId, Span, StrategyName, Timeframe
from fks_desk.core.nursery import Nursery
from fks_desk.strategy.catalog import strategies
from fks_desk.ui.models.format import Tone
from fks_desk.ui.models.research.backtest import BacktestModel, RunRow
from fks_desk.ui.models.research.curve import Curve
from tests.fakes.panes import BTC, ETH, NOON, Desk, MemoryBacktests, MemoryCandles, report


class Bench:
    def __init__(self) -> None:
        self.nursery = Nursery()
        self.desk = Desk(self.nursery)
        self.candles = MemoryCandles()
        price = np.array([100.0, 110.0, 90.0])
        frame = Frame(
            time=np.arange(3) * 300_000, open=price, high=price, low=price, close=price,
            volume=price,
        )  # fmt: skip
        for key in ((BTC.id, Timeframe.M5), (BTC.id, Timeframe.H1), (ETH.id, Timeframe.M5)):
            self.candles.frames[key] = frame if key != (BTC.id, Timeframe.H1) else frame.tail(1)
            self.candles.extents[key] = Span(start=NOON.replace(year=2025), end=NOON)
        self.store = MemoryBacktests(report(run="old2"), report(run="old1"))
        self.model = BacktestModel(
            strategies=strategies(),
            candles=self.candles,
            store=self.store,
            send=self.desk.sent.append,
            nursery=self.nursery,
        )
        self.rows: list[RunRow] = []
        self.curves: list[Curve] = []
        self.model.runs_changed.connect(self.rows.extend)
        self.model.curve_changed.connect(self.curves.append)

    async def settle(self) -> None:
        while len(self.nursery):
            await asyncio.sleep(0)


@pytest.fixture
async def bench() -> Bench:
    made = Bench()
    made.model.load()
    await made.settle()
    return made


async def test_the_form_starts_with_what_is_stored_and_its_whole_range(bench: Bench) -> None:
    form = bench.model.form

    assert (form.instrument, form.timeframe) == (BTC.id, Timeframe.M5)
    assert (form.start, form.end) == ("2025-11-20 12:00", "2026-11-20 12:00")
    assert bench.model.problem == ""
    assert bench.model.rule.startswith("Long while the 20-bar average")


async def test_another_strategy_brings_its_own_parameters(bench: Bench) -> None:
    bench.model.set_strategy(StrategyName("rsi_reversion"))

    assert set(bench.model.form.params) == {
        parameter.name for parameter in bench.model.strategy.parameters
    }


async def test_what_is_wrong_is_said_and_nothing_is_sent(bench: Bench) -> None:
    bench.model.set_param("fast", 100)
    bench.model.run()

    assert bench.desk.sent == []
    assert "0 < fast < slow" in bench.model.state.text
    assert bench.model.state.tone is Tone.WARNING


async def test_one_run_at_a_time_with_progress_and_stop(bench: Bench) -> None:
    bench.model.run()
    bench.model.run()
    run = bench.model.state.run
    assert run is not None
    bench.model.on_backtest_moved(BacktestMoved(run=run, fraction=0.5, note="half"))
    bench.model.on_backtest_moved(BacktestMoved(run=RunId("other"), fraction=0.9, note="x"))
    assert (bench.model.state.fraction, bench.model.state.text) == (0.5, "half")

    bench.model.cancel()
    bench.model.on_backtest_stopped(BacktestStopped(run=run, reason="stopped", was_cancelled=True))

    assert [type(one) for one in bench.desk.sent] == [RunBacktest, CancelBacktest]
    assert not bench.model.state.is_running


async def test_a_finished_run_is_shown_with_holding_as_reference(bench: Bench) -> None:
    bench.model.run()
    done = report(np.array([10_000.0, 10_500.0, 10_100.0]), run=bench.model.state.run or "")

    bench.model.on_backtest_done(BacktestDone(report=done))
    await bench.settle()

    assert bench.model.report is done
    assert [curve.hold is None for curve in bench.curves] == [True, False]
    assert "Done in" in bench.model.state.text


async def test_a_run_of_somebody_else_is_listed_but_not_shown(bench: Bench) -> None:
    bench.model.on_backtest_done(BacktestDone(report=report(run="elsewhere")))

    assert bench.model.report is None
    assert bench.rows[-1].report.run == "elsewhere"


async def test_earlier_runs_are_numbered_oldest_first_and_can_be_opened(bench: Bench) -> None:
    assert [(row.report.run, row.number) for row in bench.rows] == [("old1", 0), ("old2", 1)]

    bench.model.open_run(bench.rows[0])
    await bench.settle()

    assert bench.model.report is not None
    assert bench.model.report.run == "old1"


async def test_a_chosen_instrument_without_candles_leaves_the_form_alone(bench: Bench) -> None:
    bench.model.set_instrument(ETH.id)
    assert bench.model.form.instrument == ETH.id

    bench.model.set_instrument(type(ETH.id)("demo:spot:NO/USDT"))
    assert bench.model.form.instrument == ETH.id


async def test_the_form_follows_the_chart_as_soon_as_its_candles_are_stored(bench: Bench) -> None:
    bench.model.follow(ETH.id, Timeframe.M15)
    await bench.settle()
    assert (bench.model.form.instrument, bench.model.form.timeframe) == (BTC.id, Timeframe.M5)

    bench.candles.frames[ETH.id, Timeframe.M15] = bench.candles.frames[ETH.id, Timeframe.M5]
    bench.candles.extents[ETH.id, Timeframe.M15] = Span(start=NOON.replace(month=3), end=NOON)
    span = Span(start=NOON.replace(month=3), end=NOON)
    bench.model.on_candles_repaired(
        CandlesRepaired(instrument=ETH.id, timeframe=Timeframe.M15, span=span, count=3)
    )
    await bench.settle()

    assert (bench.model.form.instrument, bench.model.form.timeframe) == (ETH.id, Timeframe.M15)
    assert bench.model.form.start == "2026-03-20 12:00"


async def test_what_a_person_chose_stays_until_the_chart_shows_something_else(
    bench: Bench,
) -> None:
    bench.model.follow(BTC.id, Timeframe.H1)
    bench.model.set_instrument(ETH.id)
    bench.model.load()
    bench.model.follow(BTC.id, Timeframe.H1)
    await bench.settle()
    assert bench.model.form.instrument == ETH.id

    bench.model.follow(BTC.id, Timeframe.M5)

    assert (bench.model.form.instrument, bench.model.form.timeframe) == (BTC.id, Timeframe.M5)
