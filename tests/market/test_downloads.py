"""Downloads fetch each page once, rest where they are told to, and go on after a restart."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import timedelta

import pytest

from fks_desk.core.clock import SteppedClock
from fks_desk.core.downloads import (
    Download,
    DownloadMoved,
    DownloadsRemoved,
    DownloadState,
    KeepUp,
    PauseDownloads,
    QueueDownloads,
    RemoveDownloads,
    ResumeDownloads,
)
from fks_desk.core.errors import DataError, FeedUnavailable
from fks_desk.core.messages import CandlesRepaired
from fks_desk.core.model import Timeframe, VenueId
from fks_desk.market.downloads import Downloads
from fks_desk.resilience.retry import Waits
from tests.fakes.market import START, CandleTable, FakeHistory, a_candle, an_instrument

M1 = Timeframe.M1
BTC = an_instrument()
LONGEST_WAIT_S = 60


class MemoryDownloads:
    def __init__(self) -> None:
        self.rows: dict[str, Download] = {}

    async def downloads(self):
        return list(self.rows.values())

    async def save_downloads(self, downloads):
        self.rows |= {one.id: one for one in downloads}

    async def remove_downloads(self, ids):
        for name in ids:
            self.rows.pop(name, None)


class GatedHistory(FakeHistory):
    """Answer only while the gate is open, and count the pages; it may close after some."""

    def __init__(self, *arguments, **named):
        super().__init__(*arguments, **named)
        self.gate = asyncio.Event()
        self.gate.set()
        self.pages = 0
        self.closes_after: int | None = None

    async def history(self, *arguments):
        if self.pages == self.closes_after:
            self.gate.clear()
        await self.gate.wait()
        self.pages += 1
        return await super().history(*arguments)


class Bench:
    def __init__(self, history: FakeHistory, minutes: int = 500) -> None:
        self.history, self.table, self.store, self.told = history, CandleTable(), None, []
        self.store = MemoryDownloads()
        self.clock = SteppedClock(START + timedelta(minutes=minutes))
        self.held_s = 0.0
        self.downloads = self.fresh()

    def fresh(self) -> Downloads:
        return Downloads(
            sources={VenueId("demo"): self.history},
            lookup={BTC.id: BTC}.__getitem__,
            reader=self.table,
            writer=self.table,
            store=self.store,
            clock=self.clock,
            publish=self.told.append,
            held_s=lambda _venue: self.held_s,
            waits=Waits(first_s=0.01, longest_s=0.02),
        )

    async def queue(self, first: int = 0, last: int | None = None, **changes) -> None:
        end = None if last is None else a_candle(last).opened
        await self.downloads.queue(
            QueueDownloads(
                instruments=(BTC.id,),
                timeframes=(M1,),
                start=a_candle(first).opened,
                end=end,
                **changes,
            )
        )

    @property
    def one(self) -> Download:
        (download,) = self.store.rows.values()
        return download

    @property
    def numbers(self) -> list[int]:
        rows = self.table.series(BTC.id, M1)
        return [(row.opened - START) // M1.delta for row in rows]

    async def until(self, is_so: Callable[[], bool]) -> None:
        async with asyncio.timeout(LONGEST_WAIT_S):
            while not is_so():
                await asyncio.sleep(0.005)

    async def until_state(self, state: DownloadState) -> None:
        await self.until(lambda: self.one.state is state)


def history(count: int = 500, page: int = 50, first: int = 0) -> GatedHistory:
    return GatedHistory([a_candle(n) for n in range(first, count)], page=page)


async def test_a_series_is_fetched_page_by_page_up_to_now():
    bench = Bench(history())
    await bench.queue()
    await bench.until_state(DownloadState.DONE)

    assert bench.numbers == list(range(500))
    assert (bench.one.fetched, bench.one.stored, bench.one.expected) == (500, 500, 500)
    assert bench.one.fraction == 1.0
    assert sum(e.count for e in bench.told if isinstance(e, CandlesRepaired)) == 500
    states = [e.download.state for e in bench.told if isinstance(e, DownloadMoved)]
    assert states[0] is DownloadState.WAITING
    await bench.downloads.close()


async def test_what_is_stored_is_not_asked_for_again():
    bench = Bench(history())
    await bench.table.upsert([a_candle(n) for n in range(100, 400)])
    await bench.queue()
    await bench.until_state(DownloadState.DONE)

    assert bench.one.fetched == 200
    before = bench.history.pages
    await bench.queue()
    await bench.until_state(DownloadState.DONE)
    assert bench.history.pages == before
    await bench.downloads.close()


async def test_a_listing_that_came_later_ends_the_download_all_the_same():
    bench = Bench(history(first=300))
    await bench.queue()
    await bench.until_state(DownloadState.DONE)

    assert bench.numbers == list(range(300, 500))
    await bench.downloads.close()


async def test_a_pause_rests_and_a_restart_goes_on_where_it_stood():
    bench = Bench(history())
    bench.history.closes_after = 2
    await bench.queue()
    await bench.until(lambda: bench.one.fetched == 100)
    await bench.downloads.pause(PauseDownloads())
    fetched, asked = bench.one.fetched, bench.history.pages

    assert bench.one.state is DownloadState.PAUSED
    await bench.downloads.close()
    bench.history.gate.set()
    bench.history.closes_after = None
    bench.downloads = bench.fresh()
    await bench.downloads.open()
    await asyncio.sleep(0)
    assert bench.history.pages == asked
    await bench.downloads.resume(ResumeDownloads())
    await bench.until_state(DownloadState.DONE)
    assert bench.numbers == list(range(500))
    assert (fetched, bench.one.fetched) == (100, 500)
    await bench.downloads.close()


async def test_a_killed_desk_goes_on_by_itself():
    bench = Bench(history())
    bench.history.closes_after = 2
    await bench.queue()
    await bench.until(lambda: bench.one.fetched == 100)
    await bench.downloads.close()

    assert bench.one.state is DownloadState.RUNNING
    bench.history.closes_after = None
    bench.history.gate.set()
    bench.downloads = bench.fresh()
    await bench.downloads.open()
    await bench.until_state(DownloadState.DONE)
    assert bench.numbers == list(range(500))
    await bench.downloads.close()


async def test_an_exchange_out_of_reach_is_asked_again_and_the_note_says_so(monkeypatch):
    bench = Bench(history())
    answers = iter([FeedUnavailable("the exchange is away")] * 3)

    async def page(*arguments):
        if (error := next(answers, None)) is not None:
            raise error
        return await GatedHistory.history(bench.history, *arguments[:2], arguments[2], 50)

    monkeypatch.setattr(bench.downloads, "_page", page)
    await bench.queue()
    await bench.until_state(DownloadState.DONE)

    notes = [e.download.note for e in bench.told if isinstance(e, DownloadMoved)]
    assert any("tried again" in note for note in notes)
    assert bench.one.note == ""
    await bench.downloads.close()


@pytest.mark.usefixtures("allow_warnings")
async def test_what_cannot_be_had_fails_with_its_reason_and_can_be_tried_again(monkeypatch):
    bench = Bench(history())

    async def refuse(*_arguments):
        raise DataError("the symbol is not listed")

    with monkeypatch.context() as patched:
        patched.setattr(bench.downloads, "_page", refuse)
        await bench.queue()
        await bench.until_state(DownloadState.FAILED)
    assert bench.one.note == "the symbol is not listed"

    await bench.downloads.resume(ResumeDownloads(ids=(bench.one.id,)))
    await bench.until_state(DownloadState.DONE)
    await bench.downloads.close()


async def test_a_wait_that_the_exchange_asks_for_is_told():
    bench = Bench(history())
    bench.held_s = 12.0
    await bench.queue()
    await bench.until_state(DownloadState.DONE)

    notes = [e.download.note for e in bench.told if isinstance(e, DownloadMoved)]
    assert "demo asked to wait 12 s" in notes
    await bench.downloads.close()


async def test_queueing_again_widens_the_span():
    bench = Bench(history())
    await bench.queue(200, 300)
    await bench.until_state(DownloadState.DONE)
    await bench.queue(100, 250)
    await bench.until_state(DownloadState.DONE)

    assert bench.numbers == list(range(100, 300))
    assert len(bench.store.rows) == 1
    await bench.downloads.close()


async def test_a_series_that_keeps_up_is_fetched_up_to_now_on_schedule():
    bench = Bench(history(600), minutes=500)
    await bench.queue()
    await bench.until_state(DownloadState.DONE)
    bench.clock.advance(timedelta(minutes=50))

    assert await bench.downloads.update() == 0
    await bench.downloads.keep_up(KeepUp(ids=(bench.one.id,), wanted=True))
    assert await bench.downloads.update() == 1
    await bench.until(lambda: len(bench.numbers) == 550)
    await bench.downloads.close()


async def test_a_removed_download_leaves_its_candles():
    bench = Bench(history())
    await bench.queue()
    await bench.until_state(DownloadState.DONE)
    name = bench.one.id
    await bench.downloads.remove(RemoveDownloads(ids=(name,)))

    assert bench.store.rows == {}
    assert bench.told[-1] == DownloadsRemoved(ids=(name,))
    assert len(bench.numbers) == 500
    await bench.downloads.close()


async def test_impossible_wishes_are_refused():
    bench = Bench(history())
    with pytest.raises(DataError, match="start before its end"):
        await bench.queue(10, 5)
    bench.downloads = Downloads(
        sources={},
        lookup={BTC.id: BTC}.__getitem__,
        reader=bench.table,
        writer=bench.table,
        store=bench.store,
        clock=bench.clock,
        publish=bench.told.append,
    )
    with pytest.raises(DataError, match="no history"):
        await bench.queue(0, 5)


async def test_the_list_is_in_the_order_of_queueing():
    bench = Bench(history())
    await bench.queue()

    assert [one.id for one in await bench.downloads.downloads()] == [bench.one.id]
    await bench.downloads.close()
