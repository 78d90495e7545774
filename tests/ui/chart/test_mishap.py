"""Show that a chart which cannot be painted says so, and takes nothing else down."""

from __future__ import annotations

import logging

import pytest
from PySide6.QtGui import QImage

from tests.fakes.charts import made_frame
from tests.ui.chart.conftest import BTC, colors_in
from tests.ui.chart.test_still import tick, unlike

WARNED = logging.ERROR
pytestmark = pytest.mark.allow_warnings


def broken(*_how: object, **_named: object) -> None:
    raise ZeroDivisionError("a scale without a span")


@pytest.mark.parametrize(
    "steps", [("fit",), ("draw",), ("draw", "draw_over"), ("axis_width",), ("still_state",)]
)
def test_a_failing_step_is_told_on_the_chart_and_the_next_paint_is_whole(
    desk, view, picture, monkeypatch, caplog, steps
):
    desk.show(made_frame(500))
    picture(), picture(), picture()
    whole = picture().convertToFormat(QImage.Format.Format_RGB32)
    caplog.clear()
    with monkeypatch.context() as patched:
        for step in steps:
            patched.setattr(view.stack, step, broken)
        view.touch()
        for _ in range(5):
            view.touch_over()
            told = picture()
    ink = view.stack.look.warning.name()
    view.touch()
    after = picture().convertToFormat(QImage.Format.Format_RGB32)

    assert [record.levelno for record in caplog.records] == [WARNED]
    assert ink in colors_in(told, 0, 200, 800, 300)
    assert unlike(whole, after) == 0
    assert view.mishap.sentence == ""


def test_the_sentence_names_the_error_and_what_to_press(desk, view, picture, monkeypatch):
    desk.show()
    monkeypatch.setattr(view.stack, "fit", broken)
    view.touch()
    picture()

    assert "ZeroDivisionError: a scale without a span" in view.mishap.sentence
    assert "F5" in view.mishap.sentence


@pytest.mark.parametrize("step", ["fit", "draw_over", "draw_newest", "stains"])
def test_a_tick_that_cannot_be_shown_leaves_the_desk_alive(
    desk, view, qapp, picture, monkeypatch, caplog, step
):
    desk.show(made_frame(500))
    picture(), picture(), picture()
    for _ in range(3):
        desk.model.on_candle_moved(tick(desk.model, 0.2))
        qapp.processEvents()
    with monkeypatch.context() as patched:
        patched.setattr(view.stack, step, broken)
        for by in (0.1, -0.2, 0.3):
            desk.model.on_candle_moved(tick(desk.model, by))
            view.repaint()
            qapp.processEvents(), qapp.processEvents()
    failed = [record for record in caplog.records if record.levelno == WARNED]
    desk.model.on_candle_moved(tick(desk.model, 0.1))
    for _ in range(4):
        qapp.processEvents()
    seen = picture().convertToFormat(QImage.Format.Format_RGB32)
    view.touch()

    assert len(failed) == 1
    assert view.mishap.sentence == ""
    assert unlike(seen, picture().convertToFormat(QImage.Format.Format_RGB32)) <= 20
    assert desk.model.instrument_id == BTC.id
