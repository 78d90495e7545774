"""Decide which rows of which table are looked at, and what is done with those chosen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QObject, Signal

from fks_desk.core.clock import Clock
from fks_desk.core.console import (
    Cell,
    Column,
    QueryAnswer,
    TableBrowser,
    TableFilter,
    TableInfo,
    TableQuery,
)
from fks_desk.core.messages import EngineReady
from fks_desk.core.model import InstrumentId
from fks_desk.core.nursery import Nursery
from fks_desk.core.ports import Send
from fks_desk.core.tags import LONGEST_TAG, RowsTagged, TagReader, TagRows, row_key
from fks_desk.core.transfers import FileDesk
from fks_desk.ui.bridge.bridge import Bridge
from fks_desk.ui.models.data.cells import chart_target
from fks_desk.ui.models.data.filters import read_filters
from fks_desk.ui.models.data.wishes import Unreadable
from fks_desk.ui.models.loading import Loader
from fks_desk.ui.models.target import ChartTarget
from fks_desk.ui.text import tr

PAGE = 500
MOST_EXPORTED = 100_000
_INSTRUMENTS = "instruments"


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """Hold rows to show; the first page of an answer replaces what was shown."""

    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    is_first: bool
    is_whole: bool


class BrowserModel(QObject):
    """Hold the table looked at, its filters and sort, and every row read so far."""

    tables_changed = Signal()
    page_read = Signal(object)  # Page
    tags_changed = Signal(object)  # the lines whose tags are others now
    summary_changed = Signal(str)
    notice_changed = Signal(str)
    failed = Signal(str)

    def __init__(
        self,
        *,
        tables: TableBrowser,
        files: FileDesk,
        tags: TagReader,
        send: Send,
        clock: Clock,
        nursery: Nursery,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._browser = tables
        self._files = files
        self._tag_reader = tags
        self._send = send
        self._clock = clock
        self._loader = Loader(nursery, self._on_failure)
        self.tables: Mapping[str, TableInfo] = {}
        self.query: TableQuery | None = None
        self.rows: list[tuple[Cell, ...]] = []
        self.columns: tuple[Column, ...] = ()
        self._keys: list[str] = []
        self._lines: dict[str, int] = {}
        self.tags: Mapping[str, Sequence[str]] = {}
        self._is_whole = True
        self._numbers: dict[int, InstrumentId] = {}

    def listen(self, bridge: Bridge) -> None:
        """Hear of tags."""
        bridge.subscribe(RowsTagged, self.on_rows_tagged)
        bridge.subscribe(EngineReady, lambda _event: self.load())

    def load(self) -> None:
        """Read which tables there are."""
        self._loader.start(self._load_tables, name="read tables")

    def open_table(self, name: str) -> None:
        """Look at a table from its newest row on, without filters."""
        if name in self.tables:
            self._ask(TableQuery(table=name, limit=PAGE))

    def filter(self, text: str) -> None:
        """Keep the rows for which every term of the text holds."""
        if self.query is None:
            self.notice_changed.emit(tr("Choose a table first."))
            return
        try:
            filters = read_filters(text, self.tables[self.query.table].columns)
        except Unreadable as error:
            self.notice_changed.emit(str(error))
            return
        self._ask(self._query(filters=filters))

    def sort(self, place: int) -> None:
        """Sort by a column, falling at first, rising when asked again."""
        if self.query is None or not 0 <= place < len(self.columns):
            return
        name = self.columns[place].name
        falling = not (self.query.sort == name and self.query.is_descending)
        self._ask(self._query(sort=name, falling=falling))

    def refresh(self) -> None:
        """Read the same question again."""
        if self.query is not None:
            self._ask(self._query())

    def more(self) -> None:
        """Read the next page."""
        if self.query is not None and not self._is_whole:
            last = dict(zip((one.name for one in self.columns), self.rows[-1], strict=True))
            table = self.tables[self.query.table]
            self._read(self.query.next_page(table, last, len(self.rows)))

    def export(self, lines: Sequence[int]) -> None:
        """Write the chosen rows, or everything that was asked for, to a csv file."""
        if self.query is None or not self.rows:
            self.notice_changed.emit(tr("There is no row to write."))
            return
        chosen = [self.rows[line] for line in lines] if len(lines) > 1 else None
        self._loader.start(lambda: self._export(chosen), name="export rows")

    def tag(self, lines: Sequence[int], tag: str) -> None:
        """Put a tag on the chosen rows, or take it off if all of them have it."""
        keys = [key for line in lines if (key := self.key_of(line))]
        word = tag.strip()
        if self.query is None or not keys:
            self.notice_changed.emit(tr("Choose rows of a table that has a key."))
        elif not word or len(word) > LONGEST_TAG:
            self.notice_changed.emit(
                tr("Type a tag of up to {most} letters first.", most=LONGEST_TAG)
            )
        else:
            wanted = not all(word in self.tags.get(key, ()) for key in keys)
            self._send(TagRows(table=self.query.table, keys=tuple(keys), tag=word, wanted=wanted))
            count = len(keys)
            self.notice_changed.emit(
                tr("{count} rows tagged.", count=count)
                if wanted
                else tr("Tag taken off {count} rows.", count=count)
            )

    def key_of(self, line: int) -> str:
        """Return the key of a row, empty for a table without one."""
        return self._keys[line]

    def target(self, line: int) -> ChartTarget | None:
        """Return what a row would show on the chart, or None."""
        return chart_target(self.columns, self.rows[line], self._numbers)

    def on_rows_tagged(self, event: RowsTagged) -> None:
        """Show tags that changed."""
        if self.query is not None and event.table == self.query.table:
            self._loader.start(self._load_tags, name="read tags")

    def _query(
        self,
        *,
        filters: tuple[TableFilter, ...] | None = None,
        sort: str | None = None,
        falling: bool | None = None,
    ) -> TableQuery:
        assert self.query is not None  # noqa: S101  each caller looked
        return TableQuery(
            table=self.query.table,
            filters=self.query.filters if filters is None else filters,
            sort=sort or self.query.sort,
            is_descending=self.query.is_descending if falling is None else falling,
            limit=PAGE,
        )

    def _ask(self, query: TableQuery) -> None:
        self.query = query
        self.summary_changed.emit(tr("reading {table} …", table=query.table))
        self._read(query)

    def _read(self, query: TableQuery) -> None:
        self._loader.start(lambda: self._read_page(query), name="read a page")

    async def _read_page(self, query: TableQuery) -> None:
        answer = await self._browser.browse(query)
        is_first = query.offset == 0 and query.after is None
        if is_first:
            self.rows, self._keys, self._lines = [], [], {}
            self.tags = await self._tag_reader.tags(query.table)
        self.rows.extend(answer.rows)
        self.columns, self._is_whole = answer.columns, not answer.is_cut
        self._note_keys(query.table, answer)
        self.page_read.emit(
            Page(
                columns=answer.columns,
                rows=answer.rows,
                is_first=is_first,
                is_whole=not answer.is_cut,
            )
        )
        self.summary_changed.emit(self._summary(answer))

    def _note_keys(self, table: str, answer: QueryAnswer) -> None:
        names = [column.name for column in answer.columns]
        places = [names.index(name) for name in self.tables[table].key]
        for row in answer.rows:
            key = row_key([row[place] for place in places]) if places else ""
            self._lines[key] = len(self._keys)
            self._keys.append(key)

    def _summary(self, answer: QueryAnswer) -> str:
        assert self.query is not None  # noqa: S101  a page was read of it
        about = self.tables[self.query.table].rows
        if not self.rows:
            known = tr("no row")
        elif not answer.is_cut and len(self.rows) == 1:
            known = tr("one row")
        elif not answer.is_cut:
            known = tr("all {count} rows", count=f"{len(self.rows):,}")
        elif self.query.filters:
            known = tr("first {count} rows, more follow", count=f"{len(self.rows):,}")
        else:
            known = tr(
                "first {count} of about {all} rows", count=f"{len(self.rows):,}", all=f"{about:,}"
            )
        return tr("{rows} · {ms} ms", rows=known, ms=f"{answer.seconds * 1000:.0f}")

    async def _load_tables(self) -> None:
        self.tables = {table.name: table for table in await self._browser.tables()}
        self.tables_changed.emit()
        if _INSTRUMENTS in self.tables:
            answer = await self._browser.browse(TableQuery(table=_INSTRUMENTS, limit=5_000))
            names = [column.name for column in answer.columns]
            if {"id", "instrument"} <= set(names):
                number, name = names.index("id"), names.index("instrument")
                self._numbers = {row[number]: InstrumentId(row[name]) for row in answer.rows}

    async def _load_tags(self) -> None:
        if self.query is None:
            return
        before, self.tags = self.tags, await self._tag_reader.tags(self.query.table)
        changed = {
            key
            for key in before.keys() | self.tags.keys()
            if before.get(key) != self.tags.get(key) and key in self._lines
        }
        self.tags_changed.emit(sorted(self._lines[key] for key in changed))

    async def _export(self, chosen: Sequence[tuple[Cell, ...]] | None) -> None:
        assert self.query is not None  # noqa: S101  looked at before
        rows = chosen if chosen is not None else await self._everything()
        columns = [column.name for column in self.columns]
        name = f"{self.query.table}-{self._clock.now():%Y%m%d-%H%M%S}.csv"
        path = await self._files.write_table(name, columns, rows)
        self.notice_changed.emit(
            tr("{count} rows written to {path}", count=f"{len(rows):,}", path=path)
        )

    async def _everything(self) -> Sequence[tuple[Cell, ...]]:
        if self._is_whole:
            return self.rows
        query = self._query()
        whole = TableQuery(
            table=query.table, filters=query.filters, sort=query.sort,
            is_descending=query.is_descending, limit=MOST_EXPORTED,
        )  # fmt: skip
        answer = await self._browser.browse(whole)
        if answer.is_cut:
            self.notice_changed.emit(
                tr("Only the first {most} rows are written.", most=f"{MOST_EXPORTED:,}")
            )
        return answer.rows

    def _on_failure(self, text: str) -> None:
        self.summary_changed.emit("")
        self.failed.emit(text)
