from __future__ import annotations

from fks_desk.core.messages import FeedMoved, FeedState, HealthMoved, HealthState
from fks_desk.ui.models.desk.health import HealthModel
from tests.fakes.panes import BTC, ETH


def part(name: str, state: HealthState) -> HealthMoved:
    return HealthMoved(part=name, state=state, detail="")


def test_parts_that_need_somebody_stand_first() -> None:
    model = HealthModel()
    for name, state in (
        ("database", HealthState.GOOD),
        ("model", HealthState.OFF),
        ("worker", HealthState.BAD),
        ("clock", HealthState.WARNING),
    ):
        model.on_health_moved(part(name, state))
    model.on_health_moved(part("worker", HealthState.GOOD))

    assert [one.part for one in model.parts] == ["clock", "database", "worker", "model"]


def test_all_streams_together_are_as_well_as_the_worst() -> None:
    model = HealthModel()
    for instrument, stream, state in (
        (BTC, "candles", FeedState.LIVE),
        (ETH, "ticker", FeedState.STALE),
    ):
        moved = FeedMoved(instrument=instrument.id, stream=stream, state=state, detail="12 s")
        model.on_feed_moved(moved)

    feeds = model.parts[0]
    assert (feeds.state, feeds.detail) == (HealthState.WARNING, "1 of 2 streams are live")
    assert feeds.next_step == "ETH/USDT ticker is stale: 12 s"


def test_the_same_news_is_told_once() -> None:
    model = HealthModel()
    told: list[HealthMoved] = []
    model.part_changed.connect(told.append)

    for _ in range(3):
        model.on_feed_moved(FeedMoved(instrument=BTC.id, stream="t", state=FeedState.LIVE))

    assert len(told) == 1
