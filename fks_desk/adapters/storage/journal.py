"""Keep the append-only journal: rows in one chain of seals, and how far its readers got."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from fks_desk.adapters.storage.codec import as_json, rows_as_json
from fks_desk.adapters.storage.database import Database
from fks_desk.adapters.storage.pool import Connection, Row
from fks_desk.core.clock import Clock
from fks_desk.core.model import AccountId
from fks_desk.core.ports import JournalDraft, JournalRow

_APPEND = "SELECT * FROM journal_append(%s::jsonb, %s)"
_SEAL = "SELECT count(*) FROM journal_append(%s::jsonb, %s)"
_READ = "SELECT * FROM journal WHERE sequence > %s ORDER BY sequence LIMIT %s"
_OFFSET = "SELECT sequence FROM journal_offsets WHERE consumer = %s"
# Never backwards: a consumer that is told twice must not read twice.
_ADVANCE = """
INSERT INTO journal_offsets (consumer, sequence, updated) VALUES (%s, %s, %s)
ON CONFLICT (consumer) DO UPDATE
    SET sequence = greatest(journal_offsets.sequence, excluded.sequence),
        updated = excluded.updated
"""
# Broken is a row whose seal does not fit, a row after a missing one, and the end of
# the journal if a consumer has seen more of it than there is.
_VERIFY = """
WITH chain AS (
    SELECT sequence, digest,
        lag(sequence, 1, 0::bigint) OVER w AS before,
        journal_seal(lag(digest, 1, '') OVER w, journal) AS seal
    FROM journal WINDOW w AS (ORDER BY sequence)
)
SELECT min(broken) AS broken FROM (
    SELECT min(sequence) AS broken FROM chain WHERE digest <> seal OR sequence <> before + 1
    UNION ALL
    SELECT (SELECT coalesce(max(sequence), 0) + 1 FROM journal)
    WHERE (SELECT max(sequence) FROM journal_offsets)
        > (SELECT coalesce(max(sequence), 0) FROM journal)
) AS found
"""


class JournalTable:
    """Append to and read from the journal."""

    def __init__(self, *, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def append(
        self, drafts: Sequence[JournalDraft], *, marks: Sequence[str] = ()
    ) -> Sequence[JournalRow]:
        """Seal and store rows of their own, and with them how far some consumers got."""
        if not drafts:
            return []
        now = self._clock.now()
        async with self._database.writing() as connection:
            rows = await append_rows(connection, drafts, now)
            for consumer in marks:
                await connection.execute(_ADVANCE, [consumer, rows[-1].sequence, now])
            return rows

    async def read(self, after: int, limit: int = 1000) -> Sequence[JournalRow]:
        """Return rows with a higher sequence, oldest first."""
        return [journal_row_of(row) for row in await self._database.rows(_READ, [after, limit])]

    async def offset(self, consumer: str) -> int:
        """Return the last sequence a consumer has dealt with, 0 at first."""
        found = await self._database.rows(_OFFSET, [consumer])
        return int(found[0]["sequence"]) if found else 0

    async def advance(self, consumer: str, sequence: int) -> None:
        """Note that a consumer has dealt with everything up to the sequence."""
        async with self._database.writing() as connection:
            await connection.execute(_ADVANCE, [consumer, sequence, self._clock.now()])

    async def verify(self) -> int | None:
        """Return the first sequence whose seal is broken, or None if all hold."""
        async with self._database.writing() as connection:
            await connection.execute("SET LOCAL statement_timeout = 0")
            found = await (await connection.execute(_VERIFY)).fetchone()
        return found["broken"] if found else None


async def append_rows(
    connection: Connection, drafts: Sequence[JournalDraft], stamp: datetime
) -> list[JournalRow]:
    """Seal and store the drafts within the caller's transaction."""
    values = as_json([_draft(draft) for draft in drafts])
    rows = await (await connection.execute(_APPEND, [values, stamp])).fetchall()
    return [journal_row_of(row) for row in rows]


def sealable(drafts: Sequence[JournalDraft]) -> str:
    """Return the text of drafts that `seal_rows` takes, empty without one."""
    return rows_as_json([_draft(draft) for draft in drafts]) if drafts else ""


async def seal_rows(connection: Connection, drafts: str, stamp: datetime) -> None:
    """Seal and store drafts within the caller's transaction, and read nothing back."""
    if drafts:
        await connection.execute(_SEAL, [drafts, stamp])


def _draft(draft: JournalDraft) -> Row:
    return {
        "type": draft.type,
        "version": draft.version,
        "ts_event": draft.ts_event.isoformat(),
        "account": draft.account,
        "origin": draft.origin,
        "correlation": draft.correlation,
        "causation": draft.causation,
        "payload": dict(draft.payload),
    }


def journal_row_of(row: Row) -> JournalRow:
    """Return the journal row of a stored one."""
    return JournalRow(
        sequence=row["sequence"],
        draft=JournalDraft(
            type=row["type"],
            payload=row["payload"],
            ts_event=row["ts_event"],
            account=AccountId(row["account"]) if row["account"] is not None else None,
            origin=row["origin"],
            correlation=row["correlation"],
            causation=row["causation"],
            version=row["version"],
        ),
        ts_init=row["ts_init"],
        digest=row["digest"],
    )
