from __future__ import annotations

import logging
from collections.abc import Sequence

import pytest

from fks_desk.core.ports import JournalDraft, JournalRow
from fks_desk.trading.following.repairs import REPAIRED, Repairs
from tests.fakes.trading import DEMO, MemoryStore, world


async def test_a_long_explanation_is_written_row_by_row_and_in_parts(
    caplog: pytest.LogCaptureFixture,
) -> None:
    _, rows = world()
    store, parts = MemoryStore(rows), list[int]()
    append = store.append

    async def note(drafts: Sequence[JournalDraft]) -> Sequence[JournalRow]:
        parts.append(len(drafts))
        return await append(drafts)

    store.append = note  # type: ignore[method-assign]  # counts the transactions
    repairs = Repairs(account=DEMO.id, journal=store, clock=rows.clock)
    with caplog.at_level(logging.INFO):
        await repairs.note([f"execution {number} was missing" for number in range(450)])

    assert [row.draft.type for row in rows.journal] == [REPAIRED] * 450
    assert rows.journal[-1].draft.payload == {"repair": "execution 449 was missing"}
    assert parts == [200, 200, 50]
    assert "350 more" in caplog.text
