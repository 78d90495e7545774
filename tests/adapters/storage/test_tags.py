"""Tags live beside their rows."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from fks_desk.adapters.storage.database import Database
from fks_desk.adapters.storage.tags import TagTable
from fks_desk.core.clock import SteppedClock
from fks_desk.core.tags import TagRows


def wish(*keys, tag="good", wanted=True):
    return TagRows(table="trades", keys=keys, tag=tag, wanted=wanted)


async def test_a_tag_is_put_on_once_and_taken_off(database_url):
    database = Database(database_url)
    await database.open()
    table = TagTable(database=database, clock=SteppedClock(datetime(2026, 1, 5, tzinfo=UTC)))
    await table.tag(wish("1", "2"))
    await table.tag(wish("2"))
    await table.tag(wish("2", tag="odd"))
    tagged = await table.tags("trades")
    await table.tag(wish("1", "2", wanted=False))
    left = await table.tags("trades")
    await database.close()

    assert tagged == {"1": ["good"], "2": ["good", "odd"]}
    assert left == {"2": ["odd"]}


def test_a_tag_without_letters_or_without_end_cannot_be():
    for tag in (" ", "x" * 41):
        with pytest.raises(ValueError, match="between 1 and 40"):
            wish("1", tag=tag)
