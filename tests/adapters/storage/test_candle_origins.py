"""Where stored candles came from, read back from the real table."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from fks_desk.core.model import Provenance, Span, Timeframe
from tests.fakes.market import START, a_candle, an_instrument

pytestmark = pytest.mark.db

SPAN = Span(start=START, end=START + timedelta(minutes=10))


async def test_each_candle_tells_its_way_its_arrival_and_its_revision(stores):
    await stores.instruments.save_instruments([an_instrument()])
    streamed = a_candle(0)
    fetched = a_candle(1, provenance=Provenance.BACKFILLED)
    await stores.candle_writer.upsert([streamed, fetched])
    later = replace(
        fetched, close=Decimal(101), high=Decimal(101), ts_init=fetched.ts_init + timedelta(hours=1)
    )
    await stores.candle_writer.upsert([later])

    found = await stores.origins.origins(an_instrument().id, Timeframe.M1, SPAN)

    assert list(found) == [streamed.opened, fetched.opened]
    assert found[streamed.opened].provenance is Provenance.STREAMED
    assert found[streamed.opened].arrived == streamed.ts_init
    assert found[streamed.opened].revision == 0
    assert found[fetched.opened].revision == 1
    assert found[fetched.opened].provenance is Provenance.BACKFILLED


async def test_nothing_is_known_of_candles_that_are_not_stored(stores):
    assert await stores.origins.origins(an_instrument().id, Timeframe.M1, SPAN) == {}
