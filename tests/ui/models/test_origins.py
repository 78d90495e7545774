"""What the desk says of a candle's way, and how seldom it asks."""

from __future__ import annotations

import asyncio
from datetime import timedelta

from fks_desk.core.clock import to_ms
from fks_desk.core.errors import StorageUnavailable
from fks_desk.core.model import Provenance, Timeframe
from fks_desk.core.nursery import Nursery
from fks_desk.core.origins import CandleOrigin
from fks_desk.ui.models.origins import OriginBook, origin_words
from tests.fakes.market import START, a_candle, an_instrument

FETCHED = CandleOrigin(provenance=Provenance.BACKFILLED, arrived=START)


class Origins:
    def __init__(self) -> None:
        self.asked: list[object] = []
        self.is_down = False

    async def origins(self, _instrument, timeframe, span):
        self.asked.append(span)
        if self.is_down:
            raise StorageUnavailable("away")
        count = (span.end - span.start) // timeframe.delta
        return {span.start + timeframe.delta * number: FETCHED for number in range(count)}


class Desk:
    def __init__(self) -> None:
        self.source, self.told, self.nursery = Origins(), 0, Nursery()
        self.book = OriginBook(origins=self.source, nursery=self.nursery, on_read=self._tell)
        self.book.show(an_instrument().id, Timeframe.M1)

    def _tell(self) -> None:
        self.told += 1

    async def settle(self) -> None:
        async with asyncio.timeout(30):
            while len(self.nursery):
                await asyncio.sleep(0)


async def test_a_stretch_is_read_once_for_all_its_candles():
    desk = Desk()
    moment = to_ms(START)
    assert desk.book.origin(moment) is None
    await desk.settle()

    assert desk.told == 1
    assert desk.book.origin(moment) == FETCHED
    assert desk.book.origin(moment + 60_000) == FETCHED
    assert len(desk.source.asked) == 1


async def test_a_streamed_candle_needs_no_reading_and_a_repair_is_read_again():
    desk = Desk()
    candle = a_candle(3)
    desk.book.note(candle)
    assert desk.book.origin(to_ms(candle.opened)).provenance is Provenance.STREAMED
    assert desk.source.asked == []

    desk.book.forget()
    assert desk.book.origin(to_ms(candle.opened)) is None
    await desk.settle()
    assert desk.book.origin(to_ms(candle.opened)) == FETCHED


async def test_a_database_that_is_away_leaves_the_bar_without_an_origin():
    desk = Desk()
    desk.source.is_down = True
    assert desk.book.origin(to_ms(START)) is None
    await desk.settle()

    assert (desk.told, desk.book.origin(to_ms(START))) == (0, None)


def test_an_origin_in_words():
    moved = CandleOrigin(
        provenance=Provenance.IMPORTED, arrived=START + timedelta(hours=1), revision=2
    )

    assert origin_words(FETCHED) == "backfilled 2026-01-05 00:00:00"
    assert origin_words(moved) == "imported 2026-01-05 01:00:00, put right 2 times"
