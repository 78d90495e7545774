"""Row R13: a venue that refuses an order is asked for its list, since its rules may be others."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from fks_desk.core.clock import SteppedClock
from fks_desk.core.errors import FeedUnavailable
from fks_desk.core.messages import InstrumentsListed, OrderMoved
from fks_desk.core.model import InstrumentId, OrderState, VenueId
from fks_desk.market.instruments import Instruments
from fks_desk.market.relisting import Relisting
from tests.fakes.market import FakeSource, InstrumentTable, an_instrument
from tests.fakes.rows import NOW, intent, order

OLD = an_instrument()
COARSER = replace(OLD, lot=Decimal("0.01"), is_trading=False)


def refused(state=OrderState.REJECTED, instrument=OLD.id):
    return OrderMoved(
        order=order(state=state, wanted=replace(intent("t-1"), instrument=instrument))
    )


async def settled():
    for _ in range(10):
        await asyncio.sleep(0)


@pytest.fixture
async def scene():
    asked, clock = [], SteppedClock(NOW)

    async def relist(venue):
        asked.append(venue)

    relisting = Relisting(relist=relist, clock=clock)
    yield relisting, asked, clock
    await relisting.close()


async def test_a_refusal_asks_once_and_a_storm_of_them_once_a_minute(scene):
    relisting, asked, clock = scene
    for _ in range(50):
        relisting.on_order_moved(refused())
    await settled()
    assert asked == [VenueId("demo")]

    clock.advance(timedelta(seconds=59))
    relisting.on_order_moved(refused())
    clock.advance(timedelta(seconds=1))
    relisting.on_order_moved(refused())
    relisting.on_order_moved(refused(instrument=InstrumentId("kraken:spot:BTC/USDT")))
    await settled()

    assert asked == [VenueId("demo"), VenueId("demo"), VenueId("kraken")]


@pytest.mark.parametrize("state", [one for one in OrderState if one is not OrderState.REJECTED])
async def test_what_is_no_refusal_asks_nothing(scene, state):
    relisting, asked, _clock = scene
    relisting.on_order_moved(refused(state))
    await settled()

    assert asked == []


async def test_a_venue_that_does_not_answer_breaks_nothing():
    async def relist(_venue):
        raise FeedUnavailable("no network")

    relisting = Relisting(relist=relist, clock=SteppedClock(NOW))
    relisting.on_order_moved(refused())
    await settled()

    await relisting.close()


async def test_only_what_is_other_than_before_is_stored_and_told():
    other = an_instrument(venue="kraken")
    source, table, told = FakeSource([OLD]), InstrumentTable(), []
    instruments = Instruments(sources={VenueId("demo"): source}, store=table, publish=told.append)
    await instruments.load()
    await instruments.learn([other])
    told.clear()

    await instruments.relist(VenueId("demo"))
    assert told == []
    source.listed = [COARSER]
    await instruments.relist(VenueId("demo"))
    await instruments.relist(VenueId("nobody"))

    assert told == [InstrumentsListed(instruments=(COARSER,))]
    assert instruments.get(OLD.id) == table.rows[OLD.id] == COARSER
    assert instruments.get(other.id) == other
