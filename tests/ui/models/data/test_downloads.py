"""The download manager's decisions, without a screen."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from fks_desk.core.downloads import (
    Download,
    DownloadId,
    DownloadMoved,
    DownloadsRemoved,
    DownloadState,
    KeepUp,
    PauseDownloads,
    QueueDownloads,
    RemoveDownloads,
    ResumeDownloads,
)
from fks_desk.core.model import Span, Timeframe, VenueId
from fks_desk.core.nursery import Nursery
from fks_desk.ui.models.data.downloads import DownloadsModel
from tests.fakes.panes import BTC, ETH, NOON, Desk


def download(number: int = 1, state: DownloadState = DownloadState.RUNNING, **changes) -> Download:
    span = Span(start=NOON - timedelta(days=1), end=NOON)
    one = Download(
        id=DownloadId(str(number)),
        instrument=BTC.id,
        timeframe=Timeframe.M1,
        span=span,
        reached=span.start,
        state=state,
        queued=NOON + timedelta(seconds=number),
        updated=NOON,
    )
    return replace(one, **changes)


class Reader:
    async def downloads(self):
        return [download(7)]


class Bench:
    def __init__(self) -> None:
        self.desk = Desk(Nursery())
        self.desk.list_instruments()
        self.notices: list[str] = []
        self.rows: dict[str, Download] = {}
        self.model = DownloadsModel(
            venue=VenueId("demo"),
            market=self.desk.market,
            downloads=Reader(),
            send=self.desk.sent.append,
            clock=self.desk.clock,
            nursery=self.desk.nursery,
        )
        self.model.notice_changed.connect(self.notices.append)
        self.model.carried_out.connect(self.notices.append)
        self.model.moved.connect(lambda rows: self.rows.update({row.id: row for row in rows}))


@pytest.fixture
async def bench(qapp) -> Bench:
    return Bench()


async def test_a_typed_wish_becomes_one_command(bench):
    assert bench.model.queue("BTCUSDT eth/usdt", "1m 1h", "90d", "", keeps_up=True)

    assert bench.desk.sent == [
        QueueDownloads(
            instruments=(BTC.id, ETH.id),
            timeframes=(Timeframe.M1, Timeframe.H1),
            start=NOON - timedelta(days=90),
            keeps_up=True,
        )
    ]
    assert bench.notices == ["4 series queued."]


@pytest.mark.parametrize(
    ("wish", "sentence"),
    [
        (("", "1m", "90d", ""), "Name a symbol"),
        (("BTC/USDT", "1m", "later", ""), "From is a day"),
        (("BTC/USDT", "1m", "30d", "90d"), "ends before it begins"),
    ],
)
async def test_what_is_wrong_is_told_and_nothing_is_sent(bench, wish, sentence):
    assert not bench.model.queue(*wish, keeps_up=False)

    assert bench.desk.sent == []
    assert sentence in bench.notices[-1]


async def test_the_chosen_rows_are_paused_resumed_kept_up_and_removed(bench):
    chosen = [download(1), download(2)]
    ids = (DownloadId("1"), DownloadId("2"))

    bench.model.pause(chosen)
    bench.model.resume([])
    bench.model.keep_up(chosen)
    bench.model.keep_up([download(1, keeps_up=True)])
    bench.model.remove(chosen)

    assert bench.desk.sent == [
        PauseDownloads(ids=ids),
        ResumeDownloads(),
        KeepUp(ids=ids, wanted=True),
        KeepUp(ids=ids[:1], wanted=False),
        RemoveDownloads(ids=ids),
    ]


async def test_without_a_choice_it_says_what_to_do(bench):
    bench.model.remove([])
    bench.model.keep_up([])

    assert bench.desk.sent == []
    assert bench.notices == ["Choose a download with the arrow keys."] * 2


async def test_the_summary_counts_and_tells_the_pace(bench):
    half = NOON - timedelta(hours=12)
    bench.model.on_download_moved(DownloadMoved(download=download(1)))
    bench.desk.clock.advance(timedelta(seconds=10))
    bench.model.on_download_moved(
        DownloadMoved(download=download(1, fetched=720, stored=720, reached=half))
    )

    assert bench.model.summary() == (
        "0 of 1 series done · 720 candles stored · 72 candles/s · about 10 s left"
    )
    bench.model.on_download_moved(
        DownloadMoved(download=download(1, DownloadState.DONE, stored=1440, reached=NOON))
    )
    assert bench.model.summary() == "1 of 1 series done · 1,440 candles stored"


async def test_a_removed_row_leaves_the_list(bench):
    gone = []
    bench.model.removed.connect(gone.append)
    bench.model.on_download_moved(DownloadMoved(download=download(1)))
    bench.model.on_downloads_removed(DownloadsRemoved(ids=(DownloadId("1"),)))

    assert gone == [(DownloadId("1"),)]
    assert bench.model.summary() == ""


async def test_the_list_is_read_at_the_start(bench):
    bench.model.load()
    async with asyncio.timeout(30):
        while "7" not in bench.rows:
            await asyncio.sleep(0)

    assert bench.rows["7"].state is DownloadState.RUNNING
