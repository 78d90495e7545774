"""The data browser reads page by page and acts on what is chosen."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from fks_desk.core.console import Column, ColumnKind, QueryAnswer, TableInfo
from fks_desk.core.errors import DataError
from fks_desk.core.nursery import Nursery
from fks_desk.core.tags import RowsTagged, TagRows
from fks_desk.ui.models.data.browser import PAGE, BrowserModel
from tests.fakes.panes import BTC, NOON, Desk

COLUMNS = (
    Column(name="id", kind=ColumnKind.NUMBER),
    Column(name="instrument", kind=ColumnKind.TEXT),
    Column(name="ts_event", kind=ColumnKind.MOMENT),
)


class MemoryBrowser:
    def __init__(self, count: int) -> None:
        self.count, self.asked = count, []
        self.error: DataError | None = None

    async def tables(self):
        return (TableInfo(name="trades", columns=COLUMNS, key=("id",), rows=self.count),)

    async def browse(self, query):
        self.asked.append(query)
        if self.error is not None:
            raise self.error
        first = 0 if query.after is None else query.after[0] + 1
        stop = min(first + query.limit, self.count)
        rows = tuple((n, BTC.id, NOON + timedelta(seconds=n)) for n in range(first, stop))
        return QueryAnswer(columns=COLUMNS, rows=rows, is_cut=stop < self.count, seconds=0.002)


class MemoryTags:
    def __init__(self) -> None:
        self.rows: dict[str, list[str]] = {}

    async def tags(self, _table):
        return dict(self.rows)


class MemoryFiles:
    def __init__(self) -> None:
        self.written = []

    async def write_table(self, name, columns, rows):
        self.written.append((name, list(columns), list(rows)))
        return f"/exports/{name}"


class Bench:
    def __init__(self, count: int = 1_000_000) -> None:
        self.desk = Desk(Nursery())
        self.browser, self.tags, self.files = MemoryBrowser(count), MemoryTags(), MemoryFiles()
        self.notices, self.pages, self.summaries = [], [], []
        self.model = BrowserModel(
            tables=self.browser,
            files=self.files,
            tags=self.tags,
            send=self.desk.sent.append,
            clock=self.desk.clock,
            nursery=self.desk.nursery,
        )
        self.model.notice_changed.connect(self.notices.append)
        self.model.failed.connect(self.notices.append)
        self.model.page_read.connect(self.pages.append)
        self.model.summary_changed.connect(self.summaries.append)

    async def until(self, is_so) -> None:
        async with asyncio.timeout(30):
            while not is_so():
                await asyncio.sleep(0)

    async def opened(self) -> None:
        self.model.load()
        await self.until(lambda: self.model.tables)
        self.model.open_table("trades")
        await self.until(lambda: self.pages)


@pytest.fixture
async def bench(qapp) -> Bench:
    return Bench()


async def test_a_million_rows_cost_a_page_at_a_time(bench):
    await bench.opened()
    bench.model.more()
    await bench.until(lambda: len(bench.pages) == 2)

    assert [(query.after, query.limit) for query in bench.browser.asked] == [
        (None, 500),
        ((499,), 500),
    ]
    assert [page.is_first for page in bench.pages] == [True, False]
    assert len(bench.model.rows) == 2 * PAGE
    assert bench.summaries[-1] == "first 1,000 of about 1,000,000 rows · 2 ms"


async def test_filter_and_sort_ask_anew_from_the_first_row(bench):
    await bench.opened()
    bench.model.filter("id > 5")
    bench.model.sort(0)
    bench.model.sort(0)
    await bench.until(lambda: bench.browser.asked[-1].sort == "id")

    asked = bench.browser.asked[-1]
    assert (asked.filters[0].column, asked.after) == ("id", None)
    assert not asked.is_descending
    bench.model.filter("nonsense")
    assert "is no filter" in bench.notices[-1]


async def test_chosen_rows_are_exported_else_everything_asked_for(qapp):
    bench = Bench(700)
    await bench.opened()
    bench.model.export([1, 2])
    await bench.until(lambda: len(bench.files.written) == 1)
    bench.model.export([4])
    await bench.until(lambda: len(bench.files.written) == 2)

    name, columns, rows = bench.files.written[0]
    assert name == "trades-20261120-120000.csv"
    assert columns == ["id", "instrument", "ts_event"]
    assert [row[0] for row in rows] == [1, 2]
    assert len(bench.files.written[1][2]) == 700


async def test_tags_are_put_on_and_taken_off_the_chosen_rows(bench):
    await bench.opened()
    bench.model.tag([0, 1], " odd ")
    bench.tags.rows = {"0": ["odd"], "1": ["odd"]}
    bench.model.on_rows_tagged(RowsTagged(table="trades"))
    await bench.until(lambda: bench.model.tags)
    bench.model.tag([0, 1], "odd")
    bench.model.tag([], "odd")
    bench.model.tag([0], "")

    assert bench.desk.sent == [
        TagRows(table="trades", keys=("0", "1"), tag="odd", wanted=True),
        TagRows(table="trades", keys=("0", "1"), tag="odd", wanted=False),
    ]
    assert bench.notices[-2:] == [
        "Choose rows of a table that has a key.",
        "Type a tag of up to 40 letters first.",
    ]


async def test_a_row_has_its_place_on_the_chart(bench):
    await bench.opened()

    assert bench.model.target(3).moment == NOON + timedelta(seconds=3)


async def test_a_refusal_of_the_database_is_told(bench):
    await bench.opened()
    bench.browser.error = DataError("the database does not understand: x")
    bench.model.refresh()
    await bench.until(lambda: bench.notices)

    assert bench.notices == ["the database does not understand: x"]
