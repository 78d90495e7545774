"""Show that a hole is hatched until it is filled, and said in words."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QPointF

from fks_desk.core.clock import from_ms
from fks_desk.core.frame import Frame
from fks_desk.core.messages import CandlesRepaired, FeedMoved, FeedState
from fks_desk.core.model import Provenance, Span, Timeframe
from fks_desk.core.origins import CandleOrigin
from fks_desk.ui.chart.header import ChartHeader, hole_words
from fks_desk.ui.chart.reading import described_bar, ohlc_row
from tests.fakes.charts import made_frame
from tests.ui.chart.conftest import BTC, color_at


def without(frame: Frame, low: int, high: int) -> Frame:
    keep = np.r_[0:low, high : len(frame)]
    return Frame(**{name: getattr(frame, name)[keep] for name in Frame.__slots__})


@pytest.fixture
def whole() -> Frame:
    return made_frame(500)


@pytest.fixture
def holed(desk, whole):
    """Return a desk whose chart misses twelve candles among the newest ones."""
    state = FeedMoved(instrument=BTC.id, stream="trades", state=FeedState.LIVE)
    desk.show(without(whole, 460, 472))
    desk.market.on_feed_moved(state)
    return desk


def first_behind(desk) -> int:
    return int(desk.model.holes.numbers[-1])


def seam(view, number: int) -> QPointF:
    return QPointF(view.stack.price.projection.x(number - 0.5), 200.0)


def test_a_hole_is_shaded_until_it_is_filled(view, holed, picture, whole):
    ground = view.stack.look.background.name()
    picture()
    at = seam(view, first_behind(holed))

    def shaded() -> int:
        image = picture()
        points = [QPointF(at.x(), y) for y in range(150, 420)]
        return sum(color_at(image, point) != ground for point in points)

    before = shaded()
    holed.candles.frames[BTC.id, Timeframe.M5] = whole
    span = Span(start=from_ms(int(whole.time[460])), end=from_ms(int(whole.time[472])))
    holed.model.on_candles_repaired(
        CandlesRepaired(instrument=BTC.id, timeframe=Timeframe.M5, span=span, count=12)
    )

    assert before == 270
    assert len(holed.model.holes) == 0
    assert len(holed.model.series) == 500
    assert shaded() < 200


def test_behind_the_newest_bar_all_is_hatched_while_the_connection_is_lost(
    view, desk, picture, whole
):
    desk.show(whole)
    ground = view.stack.look.background.name()
    picture()
    stop = desk.model.series.stop

    def hatched() -> int:
        image, projection = picture(), view.stack.price.projection
        x = (projection.x(stop) + projection.width) / 2
        points = [QPointF(x, y) for y in range(150, 420)]
        return sum(color_at(image, point) != ground for point in points)

    before = hatched()
    told = []
    for state in (FeedState.DOWN, FeedState.CONNECTING, FeedState.LIVE):
        desk.market.on_feed_moved(FeedMoved(instrument=BTC.id, stream="trades", state=state))
        told.append((desk.model.lost_from, hatched()))

    assert before < 50
    assert told[0] == (stop, 270)
    assert [number for number, _count in told[1:]] == [None, None]
    assert told[2][1] == before


def test_the_bar_behind_a_hole_tells_how_many_are_missing(holed, view):
    number = first_behind(holed)

    assert "12 missing before" in described_bar(holed.model, number)
    assert "12 missing before" in ohlc_row(holed.model, number, view.stack.look)[-1].text
    assert "missing" not in described_bar(holed.model, number + 1)


def test_the_header_counts_recent_holes_and_says_what_becomes_of_them(holed, qtbot):
    header = ChartHeader(holed.model)
    qtbot.addWidget(header)

    assert header.holes.text() == "▨ 1 HOLE"
    assert header.holes.toolTip().startswith("12 candles are missing before ")
    assert "indicators begin anew" in header.holes.toolTip()


def test_stored_candles_of_a_market_that_nobody_streams_have_no_holes(desk, whole):
    desk.show(without(whole, 460, 472))

    assert len(desk.model.holes) == 0
    assert hole_words(desk.model) == ("", "")


def test_an_indicator_begins_anew_behind_a_hole(holed):
    study = holed.model.add_study("SMA", {"timeperiod": 5})
    number = first_behind(holed)
    values = [study.value("real", one) for one in range(number - 1, number + 6)]

    assert np.isnan(values).tolist() == [False, True, True, True, True, False, False]


def test_the_reading_says_where_the_candle_came_from(desk, view, monkeypatch):
    said: list[str] = []
    origin = CandleOrigin(provenance=Provenance.BACKFILLED, arrived=from_ms(0))
    monkeypatch.setattr(desk.model, "origin", lambda _number: origin)
    desk.show()
    view.described.connect(said.append)
    view.put_crosshair(400)
    desk.model.origins_changed.emit()

    assert "backfilled 1970-01-01 00:00:00" in said[0]
    assert said[0] == said[1]
