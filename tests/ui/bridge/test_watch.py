import time
from datetime import UTC, datetime, timedelta

from fks_desk.core.clock import SteppedClock, SystemClock
from fks_desk.ui.bridge.watch import FrameWatch


def test_gaps_are_counted_and_summed_up(qapp):
    clock = SteppedClock(datetime(2024, 1, 1, tzinfo=UTC))
    watch = FrameWatch(clock=clock)
    watch.start()
    watch.stop()
    for gap_ms in [10] * 98 + [60, 120]:
        clock.advance(timedelta(milliseconds=gap_ms + 0.5))
        watch._tick()
    gauge = watch.gauge()

    assert gauge.ticks == 100
    assert gauge.p50_ms == 10
    assert gauge.p99_ms == 60
    assert gauge.over_50_ms == 2
    assert gauge.over_100_ms == 1
    assert 120 < gauge.longest_ms < 121
    assert gauge.histogram == {10: 98, 60: 1, 120: 1}


def test_a_blocked_loop_shows(qtbot):
    watch = FrameWatch(clock=SystemClock())
    watch.start()
    qtbot.wait(60)
    time.sleep(0.15)
    qtbot.wait(60)
    gauge = watch.gauge()
    watch.stop()

    assert gauge.longest_ms >= 140
    assert gauge.over_100_ms >= 1
    assert gauge.ticks >= 5


def test_nothing_measured_is_zero(qapp):
    gauge = FrameWatch(clock=SystemClock()).gauge()

    assert (gauge.ticks, gauge.p99_ms, gauge.longest_ms) == (0, 0, 0.0)
