"""Show that order flow on a chart is what is recorded, and says so where nothing is."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import numpy as np
import pytest

from fks_desk.core.clock import from_ms, to_ms
from fks_desk.core.flow import TradeFlow
from fks_desk.core.model import Timeframe
from fks_desk.ui.models.chart import ChartModel
from fks_desk.ui.models.choices import indicator_choices
from fks_desk.ui.models.flow_studies import FlowStudies
from fks_desk.ui.models.market import MarketModel
from fks_desk.ui.models.shaped import BarKind
from tests.fakes.charts import AtOnce, MadeCandles, MadeInstruments, made_frame
from tests.ui.chart.conftest import BTC, ETH


class MadeFlow:
    """Return the flow of every bar from a moment on, and note what was asked."""

    def __init__(self, since_ms: int = 0) -> None:
        self.since_ms = since_ms
        self.asked: list[Any] = []

    async def flow(self, instrument, timeframe, span):
        self.asked.append((instrument, span))
        start = max(to_ms(span.start), self.since_ms)
        time = np.arange(start, to_ms(span.end), timeframe.milliseconds, dtype=np.int64)
        ones = np.ones(time.size)
        return TradeFlow(time=time, bought=3 * ones, sold=ones)


class Bench:
    def __init__(self, since_ms: int = 0) -> None:
        self.reader, self.candles = MadeFlow(since_ms), MadeCandles()
        for instrument in (BTC, ETH):
            self.candles.frames[instrument.id, Timeframe.M5] = made_frame(300)
        market = MarketModel(store=MadeInstruments([BTC, ETH]), nursery=AtOnce())
        self.flow = FlowStudies(reader=self.reader, nursery=AtOnce())
        self.model = ChartModel(
            candles=self.candles, market=market, send=lambda _: None, nursery=AtOnce(),
            flow_studies=self.flow,
        )  # fmt: skip
        self.model.show(BTC.id, Timeframe.M5)

    def values(self, study):
        return next(iter(study.lines.values())).all[0]


@pytest.fixture
def bench(qapp):
    return Bench()


def test_delta_and_total_of_recorded_bars_are_shown(qapp):
    bench = Bench(since_ms=int(made_frame(300).time[200]))
    delta, total = bench.model.add_study("delta"), bench.model.add_study("CVD")

    assert np.isnan(bench.values(delta)[:200]).all()
    assert (bench.values(delta)[200:] == 2.0).all()
    assert bench.values(total)[-1] == 200.0
    assert delta.error == total.error == ""
    assert delta.is_pane


def test_where_no_trade_is_recorded_the_chart_says_how_they_come(qapp):
    bench = Bench(since_ms=1 << 60)
    study = bench.model.add_study("DELTA")

    assert "no trade of BTC/USDT is recorded yet" in study.error
    assert np.isnan(bench.values(study)).all()


def test_a_live_bar_reads_the_newest_trades_alone(bench, qtbot):
    study = bench.model.add_study("CVD")
    heard = []
    bench.model.bars_changed.connect(heard.append)
    bench.flow._running.clear()
    frame = bench.model.series.frame()
    last = from_ms(int(frame.time[-1]))
    bench.flow.compute(study, BTC.id, Timeframe.M5)
    _, span = bench.reader.asked[-1]

    assert span.start == last - timedelta(minutes=5)
    assert bench.values(study)[-1] == 600.0
    assert (heard[-1].low, heard[-1].high) == (298, 300)


def test_readings_rest_between_one_another(bench, qtbot):
    study = bench.model.add_study("DELTA")
    for _ in range(20):
        bench.flow.compute(study, BTC.id, Timeframe.M5)
    assert len(bench.reader.asked) == 1
    qtbot.waitUntil(lambda: len(bench.reader.asked) == 2, timeout=5_000)


def test_another_instrument_begins_anew(bench, qtbot):
    study = bench.model.add_study("DELTA")
    bench.model.show(ETH.id)
    qtbot.waitUntil(lambda: bench.reader.asked[-1][0] == ETH.id, timeout=5_000)

    assert (bench.values(study) == 2.0).all()


def test_bars_that_are_no_stretch_of_time_say_so(bench):
    study = bench.model.add_study("DELTA")
    bench.model.set_kind(BarKind.RENKO)

    assert "bars of time" in study.error


def test_order_flow_is_found_by_its_name_and_words(bench):
    own = bench.model.user_indicators

    assert [one.value.name for one in indicator_choices("delta", [], own)][:1] == ["DELTA"]
    assert indicator_choices("cvd", [], own)[0].value.name == "CVD"
