"""Show a user's file computed beside the window, changed while it is on the chart, and ended."""

from __future__ import annotations

import math

import pytest

from fks_desk.core.model import Timeframe
from fks_desk.ui.models.chart import ChartModel
from fks_desk.ui.models.market import MarketModel
from fks_desk.ui.models.user_studies import UserStudies
from tests.fakes.charts import AtOnce, MadeCandles, MadeInstruments, made_frame, made_instrument

BTC = made_instrument()
PATIENCE_MS = 30_000


@pytest.fixture
def user(tmp_path, qapp):
    return UserStudies(tmp_path)


@pytest.fixture
def model(user):
    market = MarketModel(store=MadeInstruments([BTC]), nursery=AtOnce())
    model = ChartModel(
        candles=MadeCandles({(BTC.id, Timeframe.M5): made_frame(300)}),
        market=market,
        send=lambda _command: None,
        nursery=AtOnce(),
        user_studies=user,
    )
    model.show(BTC.id, Timeframe.M5)
    return model


def write(user, text, name="mine"):
    (user.folder / f"{name}.py").write_text(text, encoding="utf-8")


def test_values_come_from_a_thread_and_again_when_the_file_changes(qtbot, user, model):
    write(user, "def compute(bars):\n    return bars.close * 2")
    user.read()
    assert [one.name for one in model.user_indicators] == ["mine"]
    model.add_study("mine")
    assert math.isnan(model.studies[0].value("value", 299))
    close = model.series.bar(299)[3]
    qtbot.waitUntil(lambda: model.studies[0].value("value", 299) == close * 2, timeout=PATIENCE_MS)
    write(user, "def compute(bars):\n    return bars.close * 3")

    qtbot.waitUntil(lambda: model.studies[0].value("value", 299) == close * 3, timeout=PATIENCE_MS)


def test_a_mistake_is_told_with_its_line_and_mended_by_the_next_save(qtbot, user, model):
    write(user, "def compute(bars):\n    return nothing")
    user.read()
    model.add_study("mine")
    qtbot.waitUntil(lambda: "line 2: NameError" in model.studies[0].error, timeout=PATIENCE_MS)
    write(user, "def compute(bars:\n    return nothing")
    qtbot.waitUntil(lambda: "SyntaxError" in model.studies[0].error, timeout=PATIENCE_MS)
    write(user, "def compute(bars):\n    return bars.close")

    qtbot.waitUntil(lambda: model.studies[0].value("value", 299) > 0, timeout=PATIENCE_MS)
    assert model.studies[0].error == ""


def test_a_file_that_never_ends_is_ended(qtbot, tmp_path, qapp, model, user):
    user._limit_ms = 50
    write(user, "def compute(bars):\n    while True:\n        pass")
    user.read()
    model.add_study("mine")

    qtbot.waitUntil(lambda: "took too long" in model.studies[0].error, timeout=PATIENCE_MS)


def test_a_wrong_parameter_is_refused(user):
    write(user, "PARAMETERS = {'n': 3}\ndef compute(bars, n):\n    return bars.close")
    user.read()
    with pytest.raises(ValueError, match="unknown parameter m"):
        user.study("mine", {"m": 1})
