"""The list of downloads survives exactly."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import psycopg
import pytest

from fks_desk.adapters.storage.database import Database
from fks_desk.adapters.storage.downloads import DownloadTable
from fks_desk.core.downloads import Download, DownloadId, DownloadState
from fks_desk.core.model import InstrumentId, Span, Timeframe

START = datetime(2026, 1, 5, tzinfo=UTC)
ONE = Download(
    id=DownloadId("demo:spot:BTC/USDT/1m"),
    instrument=InstrumentId("demo:spot:BTC/USDT"),
    timeframe=Timeframe.M1,
    span=Span(start=START, end=START + timedelta(days=1)),
    reached=START,
    queued=START,
    updated=START,
)


@pytest.fixture
async def table(database_url):
    database = Database(database_url)
    await database.open()
    yield DownloadTable(database=database)
    await database.close()


async def test_a_download_comes_back_as_it_was_saved(table):
    later = replace(ONE, id=DownloadId("x"), queued=START + timedelta(hours=1))
    await table.save_downloads([later, ONE])

    assert await table.downloads() == [ONE, later]


async def test_saving_again_moves_it_and_removing_forgets_it(table):
    moved = replace(
        ONE,
        reached=START + timedelta(hours=3),
        state=DownloadState.PAUSED,
        fetched=180,
        stored=100,
        keeps_up=True,
        note="held",
        updated=START + timedelta(seconds=5),
    )
    await table.save_downloads([ONE])
    await table.save_downloads([moved])

    assert await table.downloads() == [moved]
    await table.remove_downloads([ONE.id, DownloadId("nobody")])
    assert await table.downloads() == []


def test_the_table_refuses_what_cannot_be(database_url):
    with (
        psycopg.connect(database_url) as connection,
        pytest.raises(psycopg.errors.CheckViolation),
    ):
        connection.execute(
            "INSERT INTO downloads VALUES ('a', 'b', '1m', now(), now(), now(), 'waiting', 0, 0,"
            " false, '', now(), now())"
        )
