"""Decide what the SQL console asks and how its answer is told."""

from __future__ import annotations

import asyncio
from typing import Any

from PySide6.QtCore import QObject, Signal

from fks_desk.core.clock import Clock
from fks_desk.core.console import QueryAnswer, SqlConsole
from fks_desk.core.errors import FKSException
from fks_desk.core.nursery import Nursery
from fks_desk.core.transfers import FileDesk
from fks_desk.ui.text import tr

ROWS = 1_000
_KEPT = 50
EXAMPLES = (
    "SELECT * FROM trades ORDER BY ts_event DESC",
    (
        "SELECT i.instrument, c.timeframe, count(*), min(c.ts), max(c.ts)\n"
        "FROM candles c JOIN instruments i ON i.id = c.instrument_id\n"
        "GROUP BY 1, 2 ORDER BY 3 DESC"
    ),
    "SELECT provenance, count(*) FROM candles GROUP BY 1",
)


class ConsoleModel(QObject):
    """Run one statement at a time; remember those of this sitting."""

    answer_changed = Signal(object)  # QueryAnswer
    state_changed = Signal(str, bool)  # a sentence, and whether it tells of a fault
    notice_changed = Signal(str)

    def __init__(
        self,
        *,
        console: SqlConsole,
        files: FileDesk,
        clock: Clock,
        nursery: Nursery,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._console = console
        self._files = files
        self._clock = clock
        self._nursery = nursery
        self._running: asyncio.Task[Any] | None = None
        self._place = 0
        self.asked: list[str] = list(EXAMPLES)
        self.answer: QueryAnswer | None = None

    def run(self, text: str) -> None:
        """Ask the database; a question under way is given up for the new one."""
        if not text.strip():
            self.state_changed.emit(tr("Write a statement, such as SELECT * FROM orders."), True)
            return
        self.cancel()
        self._remember(text.strip())
        self.state_changed.emit(tr("asking … Esc gives up"), False)
        self._running = self._nursery.start(self._ask(text), name="ask in SQL")

    def cancel(self) -> None:
        """Give the question up; the database stops working on it."""
        if self._running is not None and not self._running.done():
            self._running.cancel()
            self.state_changed.emit(tr("Given up."), False)
        self._running = None

    def older(self) -> str:
        """Return the statement before the one shown."""
        return self._step(-1)

    def newer(self) -> str:
        """Return the statement after the one shown."""
        return self._step(1)

    def export(self) -> None:
        """Write the answer to a csv file."""
        if self.answer is None or not self.answer.rows:
            self.notice_changed.emit(tr("There is no answer to write: press Ctrl+Enter first."))
            return
        self._nursery.start(self._write(self.answer), name="export an answer")

    def _step(self, by: int) -> str:
        self._place = (self._place + by) % len(self.asked)
        return self.asked[self._place]

    def _remember(self, text: str) -> None:
        if text in self.asked:
            self.asked.remove(text)
        self.asked = [*self.asked[-_KEPT:], text]
        self._place = len(self.asked) - 1

    async def _ask(self, text: str) -> None:
        try:
            answer = await self._console.ask_sql(text, ROWS)
        except FKSException as error:
            self.state_changed.emit(error.message, True)
            return
        self.answer = answer
        self.answer_changed.emit(answer)
        count = f"{len(answer.rows):,}"
        rows = tr("first {count} rows, more follow", count=count) if answer.is_cut else tr(
            "{count} rows", count=count
        )  # fmt: skip
        self.state_changed.emit(
            tr("{rows} · {ms} ms", rows=rows, ms=f"{answer.seconds * 1000:.0f}"), False
        )

    async def _write(self, answer: QueryAnswer) -> None:
        columns = [column.name for column in answer.columns]
        name = f"answer-{self._clock.now():%Y%m%d-%H%M%S}.csv"
        try:
            path = await self._files.write_table(name, columns, answer.rows)
        except FKSException as error:
            self.notice_changed.emit(error.message)
            return
        self.notice_changed.emit(
            tr("{count} rows written to {path}", count=f"{len(answer.rows):,}", path=path)
        )
