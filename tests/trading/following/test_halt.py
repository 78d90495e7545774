from __future__ import annotations

from fks_desk.trading.following.halt import HaltLatch
from tests.fakes.trading import DEMO, MemoryStore, world


def latch() -> tuple[HaltLatch, MemoryStore]:
    venue, rows = world()
    store = MemoryStore(rows)
    return HaltLatch(account=DEMO.id, journal=store, clock=venue.clock), store


async def test_nothing_stands_at_first() -> None:
    assert await latch()[0].standing() is None


async def test_a_halt_stands_with_its_reason_until_it_is_lifted() -> None:
    first, store = latch()
    await first.close("daily loss", "command:HaltTrading")
    assert await first.standing() == "daily loss"

    await first.open()
    assert await first.standing() is None
    await first.close("again", "venue:KeyRefused")
    assert await first.standing() == "again"
    assert [row.draft.type for row in store.rows.journal] == [
        "trading.halted",
        "trading.resumed",
        "trading.halted",
    ]
    causes = [row.draft.causation for row in store.rows.journal]
    assert causes == ["command:HaltTrading", "command:ResumeTrading", "venue:KeyRefused"]


async def test_a_halt_whose_entry_is_gone_still_stands() -> None:
    first, store = latch()
    await first.close("lost", "command:HaltTrading")
    store.rows.journal.clear()

    assert await first.standing() == "trading was halted before the restart"
