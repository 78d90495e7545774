"""Old candles come in pages, and the venue's clock is measured."""

from __future__ import annotations

from datetime import timedelta

import pytest

from fks_desk.core.clock import SystemClock
from fks_desk.core.errors import CircuitBreakerError, DataError, FeedUnavailable
from fks_desk.core.model import Provenance, Timeframe
from fks_desk.resilience.breaker import BreakerState
from fks_desk.venue.faults import FaultAction, FaultRule

M1 = Timeframe.M1
KLINES = "GET /api/v3/klines"


async def test_a_page_holds_closed_candles_oldest_first(desk):
    now = SystemClock().now()
    since = M1.floor(now) - timedelta(minutes=50)
    page = await desk.connection.history.history(desk.btc, M1, since, 1000)

    assert [one.opened for one in page] == [since + timedelta(minutes=n) for n in range(50)]
    assert all(one.is_closed and one.provenance is Provenance.BACKFILLED for one in page)
    assert page[-1].closes <= SystemClock().now()


async def test_a_limit_is_kept_and_the_next_page_goes_on(desk):
    history = desk.connection.history
    since = M1.floor(SystemClock().now()) - timedelta(minutes=50)
    first = await history.history(desk.btc, M1, since, 20)
    second = await history.history(desk.btc, M1, first[-1].closes, 20)

    assert (len(first), len(second)) == (20, 20)
    assert second[0].opened == first[-1].closes


@pytest.mark.parametrize("off_ms", [1500, -6000])
async def test_the_venues_clock_is_measured(open_desk, off_ms):
    async with open_desk() as desk:
        await desk.script(server_clock_ms=off_ms)

        assert await desk.connection.history.server_offset_ms() == pytest.approx(off_ms, abs=100)


async def test_the_clock_is_measured_although_bulk_requests_wait(desk):
    desk.connection.gate.note({"X-MBX-USED-WEIGHT-1M": "5900"})

    assert abs(await desk.connection.history.server_offset_ms()) < 500


async def test_a_slow_answer_about_the_clock_is_not_believed(desk):
    await desk.connection.history.server_offset_ms()
    rule = FaultRule(on="GET /api/v3/time", action=FaultAction.DELAY_REPLY, seconds=1.2)
    await desk.script(rule, server_clock_ms=5000)

    assert abs(await desk.connection.history.server_offset_ms()) < 500


async def test_five_failures_leave_the_venue_alone(desk):
    history = desk.connection.history
    await desk.script(FaultRule(on=KLINES, action=FaultAction.HTML502))
    for _ in range(5):
        with pytest.raises(FeedUnavailable):
            await history.history(desk.btc, M1, SystemClock().now(), 10)
    with pytest.raises(CircuitBreakerError, match="demo_api"):
        await history.history(desk.btc, M1, SystemClock().now(), 10)

    assert history.breaker.state is BreakerState.OPEN


async def test_a_refused_question_is_not_the_networks_fault(desk):
    rule = FaultRule(on=KLINES, action=FaultAction.ERROR, code=-1121, text="Invalid symbol.")
    await desk.script(rule)
    with pytest.raises(DataError, match=r"refused old candles: Invalid symbol\. \(-1121\)"):
        await desk.connection.history.history(desk.btc, M1, SystemClock().now(), 10)
