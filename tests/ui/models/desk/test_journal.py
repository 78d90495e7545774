from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest
from pytestqt.qtbot import QtBot

from fks_desk.core.messages import CandleMoved, NoticeRaised, Severity
from fks_desk.core.nursery import Nursery
from fks_desk.core.ports import JournalDraft, JournalRow
from fks_desk.ui.models.desk.journal import TAIL, JournalModel
from tests.fakes.panes import NOON


class MemoryJournal:
    """Rows with holes in their numbers, as rolled back transactions leave them."""

    def __init__(self, *sequences: int) -> None:
        self.rows = [self._row(sequence) for sequence in sequences]
        self.reads = 0

    def add(self, sequence: int) -> None:
        self.rows.append(self._row(sequence))

    async def read(self, after: int, limit: int = 1000) -> Sequence[JournalRow]:
        self.reads += 1
        return [row for row in self.rows if row.sequence > after][:limit]

    @staticmethod
    def _row(sequence: int) -> JournalRow:
        draft = JournalDraft(type="OrderMoved", payload={}, ts_event=NOON)
        return JournalRow(sequence=sequence, draft=draft, ts_init=NOON, digest="")


@pytest.mark.parametrize(
    ("stored", "first"),
    [((), None), ((1,), 1), ((7,), 7), (tuple(range(1, 2000, 3)), 1801), ((5, 900_000), 900_000)],
)
async def test_only_the_tail_is_read(
    qtbot: QtBot, stored: tuple[int, ...], first: int | None
) -> None:
    journal = MemoryJournal(*stored)
    model = JournalModel(journal=journal, nursery=Nursery())  # type: ignore[arg-type]
    rows: list[JournalRow] = []
    model.rows_changed.connect(rows.extend)

    await model._load()

    assert (rows[0].sequence if rows else None) == first
    assert journal.reads < 50
    assert all(row.sequence > (stored[-1] if stored else 0) - TAIL for row in rows)


async def test_new_rows_are_read_once_each(qtbot: QtBot) -> None:
    journal = MemoryJournal(1, 2)
    model = JournalModel(journal=journal, nursery=Nursery())  # type: ignore[arg-type]
    seen: list[int] = []
    model.rows_changed.connect(lambda rows: seen.extend(row.sequence for row in rows))
    await model._load()
    journal.add(3)

    await model._load()
    await model._load()

    assert seen == [1, 2, 3]


async def test_lasting_events_start_one_read_after_a_pause(qtbot: QtBot) -> None:
    model = JournalModel(journal=MemoryJournal(), nursery=Nursery())  # type: ignore[arg-type]
    assert CandleMoved.merge_key is not NoticeRaised.merge_key

    for _ in range(5):
        model.on_event(NoticeRaised(severity=Severity.INFO, text="x"))
    await asyncio.sleep(0)

    assert model._timer.isActive()
    model._timer.stop()
