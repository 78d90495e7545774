from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from fks_desk.app.stored_candles import stored_frame, stored_span
from fks_desk.core.clock import to_ms
from fks_desk.core.errors import ConfigError, DataError
from fks_desk.core.frame import Frame
from fks_desk.core.model import InstrumentId, Span, Timeframe

BTC = InstrumentId("binance:spot:BTC/USDT")
FIRST = datetime(2024, 3, 1, tzinfo=UTC)
HOURS = 24


class Shelf:
    """Hold a day of hourly candles of one instrument."""

    async def extent(self, instrument, timeframe):
        is_there = (instrument, timeframe) == (BTC, Timeframe.H1)
        return Span(start=FIRST, end=FIRST + timedelta(hours=HOURS)) if is_there else None

    async def range(self, instrument, timeframe, span):
        if await self.extent(instrument, timeframe) is None:
            return Frame.empty()
        times = to_ms(FIRST) + np.arange(HOURS, dtype=np.int64) * Timeframe.H1.milliseconds
        times = times[(times >= to_ms(span.start)) & (times < to_ms(span.end))]
        ones = np.ones(times.size)
        return Frame(time=times, open=ones, high=ones, low=ones, close=ones, volume=ones)

    async def stored(self):
        return [(BTC, Timeframe.H1, HOURS)]


async def span_of(start=None, end=None, timeframe=Timeframe.H1):
    return await stored_span(Shelf(), BTC, timeframe, start, end)


async def test_open_ends_are_closed_by_what_is_stored():
    noon = FIRST + timedelta(hours=12)

    assert await span_of() == Span(start=FIRST, end=FIRST + timedelta(hours=24))
    assert await span_of(start=noon) == Span(start=noon, end=FIRST + timedelta(hours=24))
    assert await span_of(end=noon) == Span(start=FIRST, end=noon)


async def test_an_end_before_the_start_is_refused():
    with pytest.raises(ConfigError, match="need --from before --to"):
        await span_of(start=FIRST, end=FIRST)


async def test_a_start_after_everything_names_what_is_stored():
    with pytest.raises(ConfigError, match="stored are 2024-03-01 00:00 to 2024-03-02 00:00 UTC"):
        await span_of(start=FIRST + timedelta(days=30))


async def test_a_timeframe_that_is_not_stored_is_answered_with_what_is():
    with pytest.raises(DataError, match="stored are: binance:spot:BTC/USDT 1h; bring some"):
        await span_of(timeframe=Timeframe.M5)


async def test_the_candles_of_a_range_are_read():
    span = Span(start=FIRST, end=FIRST + timedelta(hours=3))

    assert len(await stored_frame(Shelf(), BTC, Timeframe.H1, span)) == 3


async def test_a_range_without_candles_names_the_stored_one():
    span = Span(start=FIRST - timedelta(days=2), end=FIRST - timedelta(days=1))

    with pytest.raises(DataError, match="choose a range inside or import more"):
        await stored_frame(Shelf(), BTC, Timeframe.H1, span)
    with pytest.raises(DataError, match="bring some with fks-desk import FILE"):
        await stored_frame(Shelf(), BTC, Timeframe.M5, span)
