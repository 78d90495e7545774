import pytest

from fks_desk.core.messages import FeedMoved, FeedState, HealthMoved, HealthState
from fks_desk.core.model import InstrumentId
from fks_desk.ui.shell.health import HealthModel

BTC = InstrumentId("demo:spot:BTC/USDT")
ETH = InstrumentId("demo:spot:ETH/USDT")


def feed(instrument: InstrumentId, state: FeedState, stream: str = "candles") -> FeedMoved:
    return FeedMoved(instrument=instrument, stream=stream, state=state)


@pytest.fixture
def health(qapp):
    return HealthModel()


def test_a_part_shows_its_own_word(health):
    told = []
    health.part_changed.connect(told.append)
    health.on_health_moved(
        HealthMoved(part="clock", state=HealthState.BAD, detail="9 s off", next_step="Set it.")
    )

    assert [(h.part, h.state, h.next_step) for h in told] == [("clock", HealthState.BAD, "Set it.")]


def test_the_feed_is_as_good_as_its_worst_stream(health):
    health.on_feed_moved(feed(BTC, FeedState.LIVE))
    assert health.parts["feed"].state is HealthState.GOOD
    health.on_feed_moved(feed(ETH, FeedState.STALE))
    health.on_feed_moved(feed(ETH, FeedState.DOWN, "trades"))

    assert health.parts["feed"].state is HealthState.BAD
    assert "2 of 3 streams" in health.parts["feed"].detail
    assert "ETH/USDT trades" in health.parts["feed"].detail
    assert health.parts["feed"].next_step


def test_a_feed_that_recovers_is_good_again(health):
    health.on_feed_moved(feed(BTC, FeedState.DOWN))
    health.on_feed_moved(feed(BTC, FeedState.LIVE))

    assert health.parts["feed"].state is HealthState.GOOD
    assert health.parts["feed"].detail == "1 streams are live"


def test_the_feeds_own_word_counts_beside_its_streams(health):
    health.on_feed_moved(feed(BTC, FeedState.LIVE))
    health.on_health_moved(HealthMoved(part="feed", state=HealthState.WARNING, detail="slow"))

    assert health.parts["feed"].state is HealthState.WARNING


def test_the_same_health_again_is_not_told(health):
    told = []
    health.part_changed.connect(told.append)
    for _ in range(3):
        health.on_feed_moved(feed(BTC, FeedState.LIVE))

    assert len(told) == 1
