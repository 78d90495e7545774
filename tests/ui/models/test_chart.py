"""Show which bars the chart model holds while history, streams and repairs come in."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import numpy as np
import pytest

from fks_desk.core.clock import from_ms
from fks_desk.core.errors import StorageUnavailable
from fks_desk.core.frame import Frame
from fks_desk.core.messages import (
    CandleClosed,
    CandleMoved,
    CandlesRepaired,
    EngineReady,
    FeedMoved,
    FeedState,
    WatchCandles,
    WatchMarket,
)
from fks_desk.core.model import InstrumentId, Provenance, Span, Timeframe
from fks_desk.core.nursery import Nursery
from fks_desk.ui.models import history
from fks_desk.ui.models.chart import ChartModel
from fks_desk.ui.models.history import ChangeKind
from tests.fakes.charts import made_candle, made_frame
from tests.ui.chart.conftest import BTC, ETH, made_desk

M5 = Timeframe.M5


@pytest.fixture
def desk(qapp):
    return made_desk()


@pytest.fixture
def changes(desk):
    heard = []
    desk.model.bars_changed.connect(heard.append)
    return heard


def moved(model, offset, price="67000", kind=CandleMoved, **more):
    opened = from_ms(int(model.series.time[-1])) + offset * model.timeframe.delta
    return kind(candle=made_candle(BTC.id, model.timeframe, opened, (price,) * 4, **more))


def test_showing_an_instrument_watches_it_and_reads_its_newest_bars(desk, changes):
    desk.show(made_frame(300))

    assert len(desk.model.series) == 300
    assert desk.commands == [
        WatchMarket(instrument=BTC.id),
        WatchCandles(instrument=BTC.id, timeframe=M5),
    ]
    assert changes[-1].kind is ChangeKind.REPLACED
    assert not desk.model.message


def test_showing_the_same_again_does_nothing(desk):
    desk.show(made_frame(300))
    asked = desk.candles.asked
    desk.model.show(BTC.id, M5)

    assert desk.candles.asked == asked
    assert len(desk.commands) == 2


def test_all_that_is_stored_follows_the_newest_bars_in_chunks(desk, changes, monkeypatch):
    monkeypatch.setattr(history, "FIRST_BARS", 100)
    monkeypatch.setattr(history, "CHUNK_BARS", 1_000)
    frame = made_frame(4_321)
    desk.show(frame)

    assert desk.model.has_all
    assert desk.model.series.first == -4_221
    np.testing.assert_array_equal(desk.model.series.frame().close, frame.close)
    kinds = [change.kind for change in changes]
    assert kinds == [ChangeKind.REPLACED] * 2 + [ChangeKind.PREPENDED] * 5


def test_more_than_enough_is_read_only_when_somebody_pans_there(desk, monkeypatch):
    monkeypatch.setattr(history, "FIRST_BARS", 100)
    monkeypatch.setattr(history, "CHUNK_BARS", 100)
    monkeypatch.setattr(history, "MOST_BARS", 300)
    desk.show(made_frame(1_000))
    assert len(desk.model.series) == 300
    desk.model.want_older()
    assert len(desk.model.series) == 400


def test_a_streamed_candle_changes_the_newest_bar_or_adds_one(desk, changes):
    desk.show(made_frame(300))
    desk.model.on_candle_moved(moved(desk.model, 0, "66000"))
    assert (changes[-1].kind, changes[-1].low) == (ChangeKind.MOVED, 299)
    assert desk.model.series.bar(299)[3] == 66_000
    desk.model.on_candle_closed(moved(desk.model, 1, "66100", CandleClosed, is_closed=True))
    assert (changes[-1].kind, changes[-1].low) == (ChangeKind.APPENDED, 300)
    assert str(desk.model.last) == "66100"


def test_candles_of_other_symbols_and_timeframes_are_left_alone(desk, changes):
    desk.show(made_frame(300))
    count = len(changes)
    opened = from_ms(int(desk.model.series.time[-1]))
    for instrument, timeframe in ((ETH.id, M5), (BTC.id, Timeframe.H1)):
        candle = made_candle(instrument, timeframe, opened, ("1",) * 4)
        desk.model.on_candle_moved(CandleMoved(candle=candle))

    assert len(changes) == count


def test_a_streamed_candle_starts_a_chart_that_had_none(desk):
    desk.show(Frame.empty())
    assert "No candles of BTC/USDT 5m yet" in desk.model.message
    candle = made_candle(BTC.id, M5, from_ms(1_700_000_100_000), ("5", "6", "4", "5"))
    desk.model.on_candle_moved(CandleMoved(candle=candle))
    assert len(desk.model.series) == 1
    assert not desk.model.message


def test_a_filled_gap_is_read_again_and_the_newest_bar_keeps_its_number(desk, changes):
    frame = made_frame(300)
    holed = Frame(**{name: np.delete(getattr(frame, name), range(200, 220)) for name in COLUMNS})
    desk.show(holed)
    stop = desk.model.series.stop
    desk.candles.frames[BTC.id, M5] = frame
    start = from_ms(int(frame.time[200]))
    span = Span(start=start, end=start + timedelta(minutes=100))
    desk.model.on_candles_repaired(
        CandlesRepaired(instrument=BTC.id, timeframe=M5, span=span, count=20)
    )

    assert desk.model.series.stop == stop
    np.testing.assert_array_equal(desk.model.series.time, frame.time)
    assert changes[-1].kind is ChangeKind.SPLICED


COLUMNS = ("time", "open", "high", "low", "close", "volume")


def test_a_revised_bar_is_overwritten_where_it_stands(desk, changes):
    frame = made_frame(300)
    desk.show(frame)
    revised = Frame(**{name: getattr(frame, name).copy() for name in COLUMNS})
    revised.volume[150] = 1e6
    desk.candles.frames[BTC.id, M5] = revised
    start = from_ms(int(frame.time[149]))
    span = Span(start=start, end=start + timedelta(minutes=15))
    desk.model.on_candles_repaired(
        CandlesRepaired(instrument=BTC.id, timeframe=M5, span=span, count=1)
    )

    assert desk.model.series.bar(150)[4] == 1e6
    assert (changes[-1].kind, changes[-1].low, changes[-1].high) == (ChangeKind.MOVED, 149, 152)


def test_history_that_comes_after_the_first_live_candle_is_shown(desk, changes):
    frame = made_frame(300)
    desk.show(frame.slice(298, 300))
    desk.candles.frames[BTC.id, M5] = frame
    span = Span(start=from_ms(int(frame.time[0])), end=from_ms(int(frame.time[298])))
    desk.model.on_candles_repaired(
        CandlesRepaired(instrument=BTC.id, timeframe=M5, span=span, count=298)
    )

    assert len(desk.model.series) == 300
    assert desk.model.has_all
    assert changes[-1].kind is ChangeKind.PREPENDED


def test_a_repair_fills_an_empty_chart(desk):
    desk.show(Frame.empty())
    frame = made_frame(50)
    desk.candles.frames[BTC.id, M5] = frame
    span = Span(start=from_ms(int(frame.time[0])), end=from_ms(int(frame.time[-1])))
    desk.model.on_candles_repaired(
        CandlesRepaired(instrument=BTC.id, timeframe=M5, span=span, count=50)
    )

    assert len(desk.model.series) == 50


def test_what_streams_while_history_is_read_is_not_lost(desk):
    frame = made_frame(300)
    gate = asyncio.Event()

    class Slow(type(desk.candles)):
        async def latest(self, *arguments):
            await gate.wait()
            return await super().latest(*arguments)

    async def scene():
        nursery = Nursery()
        model = ChartModel(
            candles=Slow({(BTC.id, M5): frame}),
            market=desk.market,
            send=desk.commands.append,
            nursery=nursery,
        )
        model.show(BTC.id, M5)
        assert model.is_loading
        assert "Loading" in model.message
        opened = from_ms(int(frame.time[-1])) + M5.delta
        candle = made_candle(BTC.id, M5, opened, ("5", "6", "4", "5"))
        model.on_candle_moved(CandleMoved(candle=candle))
        gate.set()
        while model.is_loading:
            await asyncio.sleep(0)
        await nursery.close()
        return model

    model = asyncio.run(scene())
    assert len(model.series) == 301
    assert model.series.bar(300)[3] == 5


def test_a_symbol_changed_in_mid_read_shows_the_newer_one_alone(desk):
    async def scene():
        nursery = Nursery()
        candles = type(desk.candles)(
            {(BTC.id, M5): made_frame(100), (ETH.id, M5): made_frame(70, price=3000)}
        )
        model = ChartModel(
            candles=candles, market=desk.market, send=desk.commands.append, nursery=nursery
        )
        model.show(BTC.id, M5)
        model.show(ETH.id, M5)
        for _ in range(20):
            await asyncio.sleep(0)
        await nursery.close()
        return model

    model = asyncio.run(scene())
    assert len(model.series) == 70
    assert model.series.bar(69)[3] < 10_000


def test_a_failed_read_says_why_and_can_be_tried_again(desk):
    told = []
    desk.model.failed.connect(told.append)
    read = desk.candles.latest

    async def fail(*_arguments):
        raise StorageUnavailable("The database does not answer.")

    desk.candles.latest = fail
    desk.show(made_frame(100))
    assert told == ["The database does not answer."]
    assert desk.model.message == "The database does not answer. Press F5 to try again."
    desk.candles.latest = read
    desk.model.reload()
    assert len(desk.model.series) == 100
    assert not desk.model.message


def test_the_feed_and_the_origin_of_the_newest_candle_are_known(desk):
    desk.show(made_frame(100))
    assert desk.model.is_offline
    desk.market.on_feed_moved(FeedMoved(instrument=BTC.id, stream="candles", state=FeedState.STALE))
    assert desk.model.feed is FeedState.STALE
    desk.model.on_candle_moved(moved(desk.model, 0))
    assert desk.model.provenance is Provenance.STREAMED
    assert not desk.model.is_offline


@pytest.mark.parametrize(
    ("price", "used", "digits"),
    [(67_000.0, 2, 2), (1.2345, 4, 4), (0.00005177, 8, 8), (67_000.0, 0, 2), (1e-9, 14, 10)],
)
def test_prices_of_an_unknown_instrument_show_the_digits_that_they_use(desk, price, used, digits):
    stranger = InstrumentId("binance:spot:WHO/USDT")
    desk.candles.frames[stranger, M5] = made_frame(300, price=price, digits=used)
    desk.model.show(stranger, M5)

    assert desk.model.instrument is None
    assert desk.model.symbol == "WHO/USDT"
    assert desk.model.price_digits == digits


def test_without_a_symbol_the_chart_asks_for_one(desk):
    assert desk.model.message.startswith("Type a symbol")
    desk.model.set_timeframe(Timeframe.H1)
    assert desk.model.timeframe is Timeframe.H1
    assert desk.commands == []
    desk.model.reload()
    desk.model.want_older()


def test_studies_follow_older_and_newer_bars(desk, monkeypatch):
    monkeypatch.setattr(history, "FIRST_BARS", 400)
    monkeypatch.setattr(history, "CHUNK_BARS", 400)
    study = desk.model.add_study("EMA", {"timeperiod": 10})
    frame = made_frame(2_000)
    desk.show(frame)
    desk.model.on_candle_moved(moved(desk.model, 1))
    whole = study.indicator.compute(desk.model.series.frame(), study.params)["real"]

    np.testing.assert_allclose(study.lines["real"].all[0], whole, rtol=1e-10)


def test_a_wrong_indicator_is_refused(desk):
    with pytest.raises(ValueError, match="NOPE"):
        desk.model.add_study("NOPE")


def test_studies_can_be_prepared_beside_the_loop(desk):
    asyncio.run(desk.model.prepare_studies({"SMA": {"timeperiod": 20}, "RSI": {}}))

    assert [study.title for study in desk.model.studies] == ["SMA 20", "RSI 14"]


def test_stored_instruments_are_counted_over_their_timeframes(desk):
    desk.show(made_frame(10))
    desk.candles.frames[BTC.id, Timeframe.H1] = made_frame(5)
    desk.model.read_stored()

    assert desk.model.stored == {BTC.id: 15}


def test_the_model_hears_the_bridge(desk, bridge):
    desk.show(made_frame(10))
    undo = desk.model.listen(bridge)
    bridge.post(moved(desk.model, 0, "1234"))
    bridge.flush()
    assert desk.model.series.bar(9)[3] == 1234
    for stop in undo:
        stop()
    bridge.post(moved(desk.model, 0, "4321"))
    bridge.flush()
    assert desk.model.series.bar(9)[3] == 1234


def test_what_failed_before_the_engine_was_ready_is_read_again(desk):
    read = desk.candles.latest

    async def fail(*_arguments):
        raise StorageUnavailable("The database starts.")

    desk.candles.latest = fail
    desk.show(made_frame(100))
    desk.candles.latest = read
    desk.model.on_engine_ready(EngineReady(accounts=[], seconds=1.0))
    asked = desk.candles.asked
    assert len(desk.model.series) == 100
    desk.model.on_engine_ready(EngineReady(accounts=[], seconds=1.0))
    assert desk.candles.asked == asked


def test_a_comparison_without_candles_says_why_there_is_no_line(desk):
    said = []
    desk.show()
    desk.model.failed.connect(said.append)
    desk.candles.frames.pop((ETH.id, desk.model.timeframe), None)
    desk.model.compare(ETH.id)

    (text,) = said
    assert text.startswith(f"There are no {desk.model.timeframe.value} candles of ETH/USDT yet")
    desk.candles.frames[ETH.id, desk.model.timeframe] = made_frame(50)
    desk.model.compare(ETH.id)
    assert said == [text]
