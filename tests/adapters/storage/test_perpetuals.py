"""One state a minute is kept of each perpetual, and the newest one of the minute wins."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from fks_desk.core.model import InstrumentId
from fks_desk.core.perpetuals import PerpetualState

BTC = InstrumentId("binanceusdm:linear:BTC/USDT")
NOW = datetime(2026, 1, 5, 10, 0, 10, tzinfo=UTC)
STATE = PerpetualState(
    instrument=BTC,
    mark=Decimal("11793.63104562"),
    index=Decimal("11781.8"),
    funding_rate=Decimal("-0.00038246"),
    next_funding=NOW + timedelta(hours=8),
    open_interest=Decimal("10659.509"),
    ts_event=NOW,
    ts_init=NOW,
)


async def test_a_state_comes_back_with_every_digit(stores):
    bare = PerpetualState(
        instrument=BTC, mark=Decimal(1), ts_event=NOW + timedelta(minutes=1), ts_init=NOW
    )
    await stores.perpetuals.record_perpetual(STATE)
    await stores.perpetuals.record_perpetual(bare)

    assert await stores.perpetuals.perpetuals(BTC, 10) == [bare, STATE]
    assert await stores.perpetuals.perpetuals(BTC, 1) == [bare]
    assert await stores.perpetuals.perpetuals(InstrumentId("v:linear:X/Y"), 1) == []


async def test_the_newest_of_a_minute_stays(stores):
    later = replace(STATE, mark=Decimal(2), ts_event=NOW + timedelta(seconds=20))
    for state in (later, STATE, later):
        await stores.perpetuals.record_perpetual(state)

    assert await stores.perpetuals.perpetuals(BTC, 10) == [later]
