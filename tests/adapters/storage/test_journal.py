"""Hold the journals, real and in memory, to one contract, and break the real chain."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fks_desk.core.errors import DataError, FKSException
from fks_desk.core.ports import TradingChange
from tests.fakes.rows import DEMO, NOW, draft
from tests.fakes.storage import MemoryJournal


@pytest.fixture(params=["memory", "postgres"])
def journal(request, clock):
    if request.param == "memory":
        return MemoryJournal(clock)
    return request.getfixturevalue("stores").journal


async def test_rows_get_a_sequence_without_holes_and_come_back(journal, clock):
    drafts = [draft("a", number=1), draft("b", at=NOW + timedelta(microseconds=1), text="é\n")]

    rows = await journal.append(drafts)
    more = await journal.append([draft("c")])

    assert [row.sequence for row in (*rows, *more)] == [1, 2, 3]
    assert list(await journal.read(0)) == [*rows, *more]
    assert [row.draft for row in await journal.read(0)] == [*drafts, draft("c")]
    assert {row.ts_init for row in rows} == {clock.now()}


async def test_reading_goes_on_after_a_sequence(journal):
    await journal.append([draft(str(number)) for number in range(10)])

    assert [row.draft.type for row in await journal.read(4, limit=3)] == ["4", "5", "6"]
    assert list(await journal.read(10)) == []


async def test_an_untouched_chain_holds(journal):
    assert await journal.verify() is None
    await journal.append([draft(str(number)) for number in range(20)])

    assert await journal.verify() is None


async def test_a_consumer_never_goes_back(journal):
    assert await journal.offset("notifier") == 0
    await journal.advance("notifier", 5)
    await journal.advance("notifier", 3)

    assert await journal.offset("notifier") == 5


async def test_rows_and_how_far_their_readers_got_are_noted_together(journal):
    rows = await journal.append([draft("a"), draft("b")], marks=["halted", "lifted"])

    assert await journal.offset("halted") == rows[-1].sequence
    assert await journal.offset("lifted") == rows[-1].sequence


async def test_a_mark_that_cannot_be_noted_takes_its_rows_along(stores):
    with pytest.raises(FKSException):
        await stores.journal.append([draft("a")], marks=["halted", "no\x00text"])

    assert list(await stores.journal.read(0)) == []
    assert await stores.journal.offset("halted") == 0


TAMPERINGS = {
    "payload": 'UPDATE journal SET payload = \'{"size": "9"}\' WHERE sequence = 4',
    "account": "UPDATE journal SET account = NULL WHERE sequence = 4",
    "event time": "UPDATE journal SET ts_event = ts_event + '1 us'::interval WHERE sequence = 4",
    "stamp": "UPDATE journal SET ts_init = ts_init + '1 us'::interval WHERE sequence = 4",
    "words moved between columns": "UPDATE journal SET origin = type, type = origin "
    "WHERE sequence = 4",
    "row taken out": "DELETE FROM journal WHERE sequence = 3",
    "digest": "UPDATE journal SET digest = repeat('0', 64) WHERE sequence = 4",
    "first row taken out": "DELETE FROM journal WHERE sequence = 1",
}


@pytest.mark.parametrize("name", TAMPERINGS)
async def test_every_tampering_is_found(stores, database, name):
    await stores.journal.append([draft(f"t{number}", size="1") for number in range(8)])
    await _by_force(database, TAMPERINGS[name])

    broken = await stores.journal.verify()

    assert broken == (2 if "first" in name else 4)


async def test_a_cut_off_end_is_found_by_what_a_consumer_has_seen(stores, database):
    await stores.journal.append([draft(str(number)) for number in range(8)])
    await stores.journal.advance("notifier", 8)
    await _by_force(database, "DELETE FROM journal WHERE sequence > 6")

    assert await stores.journal.verify() == 7


@pytest.mark.parametrize("statement", ["UPDATE journal SET type = 'x'", "DELETE FROM journal"])
async def test_the_database_refuses_to_change_the_journal(stores, database, statement):
    await stores.journal.append([draft()])

    with pytest.raises(DataError, match="append-only"):
        await database.rows(statement)


async def test_writers_at_once_make_one_chain(stores):
    changes = [TradingChange(account=DEMO, events=(draft(f"r{n}"),)) for n in range(12)]

    await asyncio.gather(
        *(stores.trading_writer.record(change) for change in changes),
        *(stores.journal.append([draft(f"a{n}"), draft(f"b{n}")]) for n in range(12)),
    )

    rows = await stores.journal.read(0)
    assert [row.sequence for row in rows] == list(range(1, 37))
    assert await stores.journal.verify() is None


json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**20), 10**20)
    # jsonb writes 1e17 as a whole number; exact amounts travel as text.
    | st.floats(-1e15, 1e15)
    | st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("ab", max_size=2), inner),
    max_leaves=8,
)


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(payload=st.dictionaries(st.text("abc", min_size=1, max_size=3), json_values, max_size=4))
async def test_any_payload_is_sealed_and_comes_back(stores, payload):
    row = (await stores.journal.append([replace(draft(), payload=payload)]))[0]

    assert (await stores.journal.read(row.sequence - 1))[0] == row
    assert row.draft.payload == payload
    assert await stores.journal.verify() is None


@pytest.mark.parametrize("payload", [{"x": float("nan")}, {"x": "\0"}, {"x": "\ud800"}])
async def test_what_json_cannot_say_is_refused_before_it_is_stored(stores, payload):
    with pytest.raises(DataError):
        await stores.journal.append([replace(draft(), payload=payload)])

    assert list(await stores.journal.read(0)) == []


async def _by_force(database, statement):
    async with database.writing() as connection:
        await connection.execute("ALTER TABLE journal DISABLE TRIGGER USER")
        await connection.execute(statement)
        await connection.execute("ALTER TABLE journal ENABLE TRIGGER USER")
