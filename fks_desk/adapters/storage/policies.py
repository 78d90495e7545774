"""Keep policies, tell what each would do, and do it."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta

import psycopg

from fks_desk.adapters.storage.data_sets import (
    SHELVES,
    arguments_of,
    condition_of,
    takes_everything,
)
from fks_desk.adapters.storage.database import Database
from fks_desk.adapters.storage.pool import Connection, Row
from fks_desk.adapters.storage.rollups import RollUps, archive_minutes
from fks_desk.core.clock import Clock
from fks_desk.core.errors import StorageUnavailable
from fks_desk.core.job import JobContext
from fks_desk.core.model import InstrumentId, Span, Timeframe
from fks_desk.core.storage_report import (
    AffectedSeries,
    DataSet,
    PolicyEffect,
    PolicyKind,
    ServerFeatures,
    StoragePolicy,
    TimescaleEdition,
)

log = logging.getLogger(__name__)

NO_COMPRESSION = (
    "this server cannot compress; TimescaleDB's community edition can: `fks-desk db up`, then "
    "`fks-desk db move`"
)
TRIES = 4
_INSTANT = timedelta(microseconds=1)
_FIRST = (
    # Nothing is thinned out unless somebody asks; what has no price is compressed.
    StoragePolicy(kind=PolicyKind.COMPRESSION, data_set=DataSet.CANDLES, after=timedelta(days=180)),
    StoragePolicy(
        kind=PolicyKind.COMPRESSION, data_set=DataSet.MARKET_TRADES, after=timedelta(days=14)
    ),
)
_SAVE = """
INSERT INTO storage_policies (
    name, kind, data_set, timeframe, instrument, after, is_enabled, changed
) VALUES (
    %(name)s, %(kind)s, %(data_set)s, %(timeframe)s, %(instrument)s, %(after)s, %(is_enabled)s,
    %(changed)s
)
ON CONFLICT (name) DO UPDATE SET
    after = excluded.after, is_enabled = excluded.is_enabled, changed = excluded.changed
"""
_BYTES = """
SELECT coalesce(sum(pg_total_relation_size(relid)), 0)::bigint AS bytes,
    coalesce(sum(greatest(reltuples, 0)), 0)::bigint AS rows
FROM pg_partition_tree(%(table)s::regclass) t JOIN pg_class c ON c.oid = t.relid WHERE isleaf
"""
_HYPER_BYTES = """
SELECT hypertable_size(%(table)s::regclass) AS bytes,
    approximate_row_count(%(table)s::regclass) AS rows
"""
_UNCOMPRESSED = """
SELECT format('%%I.%%I', chunk_schema, chunk_name) AS chunk
FROM timescaledb_information.chunks
WHERE hypertable_schema = 'public' AND hypertable_name = %(table)s
    AND range_end <= %(cutoff)s AND NOT is_compressed
ORDER BY range_end
"""
_COMPRESS = "SELECT compress_chunk(%s::regclass, if_not_compressed => true)"
_OLD_PARTITIONS = """
SELECT c.oid::regclass::text AS part
FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
WHERE i.inhparent = %(table)s::regclass AND (
    regexp_match(pg_get_expr(c.relpartbound, c.oid), 'TO \\(''([^'']+)''\\)')
)[1]::timestamptz <= %(cutoff)s
"""


class PolicyTable:
    """Keep and carry out policies; every cutoff is a midnight, so that days stay whole."""

    def __init__(
        self, *, database: Database, features: ServerFeatures, rollups: RollUps, clock: Clock
    ) -> None:
        self._database = database
        self._features = features
        self._rollups = rollups
        self._clock = clock

    async def policies(self) -> tuple[StoragePolicy, ...]:
        """Return every policy, enabled or not."""
        rows = await self._database.rows("SELECT * FROM storage_policies ORDER BY name")
        return tuple(_policy_of(row) for row in rows)

    async def save_first(self) -> None:
        """Save the policies that a server which can compress begins with."""
        if not await self.policies():
            for policy in _FIRST:
                await self.save(policy)

    async def save(self, policy: StoragePolicy) -> None:
        """Keep the policy in place of one of the same name."""
        values = {
            "name": policy.name,
            "kind": policy.kind.value,
            "data_set": policy.data_set.value,
            "timeframe": policy.timeframe.value if policy.timeframe else None,
            "instrument": policy.instrument,
            "after": policy.after,
            "is_enabled": policy.is_enabled,
            "changed": self._clock.now(),
        }
        async with self._database.writing() as connection:
            await connection.execute(_SAVE, values)
            await self._tell_server(connection, policy)

    async def forget(self, name: str) -> None:
        """Drop a policy; nothing happens if there is none of this name."""
        async with self._database.writing() as connection:
            cursor = await connection.execute(
                "DELETE FROM storage_policies WHERE name = %s RETURNING *", [name]
            )
            row = await cursor.fetchone()
            if row is not None:
                await self._tell_server(connection, _policy_of(row | {"is_enabled": False}))

    async def preview(self, policy: StoragePolicy) -> PolicyEffect:
        """Return what the policy would do now; nothing changes."""
        cutoff = self._cutoff(policy)
        if policy.kind is PolicyKind.COMPRESSION:
            return await self._compression_preview(policy, cutoff)
        rows = await self._database.rows(_counted(policy), arguments_of(policy, cutoff))
        series = tuple(_affected(row) for row in rows)
        total = sum(one.rows for one in series)
        size = await self._row_bytes(SHELVES[policy.data_set].table)
        return PolicyEffect(
            policy=policy, cutoff=cutoff, rows=total, bytes=round(total * size), series=series
        )

    async def carry_out(self, context: JobContext, policy: StoragePolicy) -> PolicyEffect:
        """Do what the preview says and return what was done."""
        if policy.kind is PolicyKind.COMPRESSION:
            return await self._compress(context, policy)
        if policy.data_set is DataSet.CANDLES:
            # What is removed lives on in its roll-ups, so they must be up to date.
            await self._rollups.roll_up(context)
        effect = await self.preview(policy)
        if not effect.rows or context.cancel.is_cancelled:
            return effect
        removed = await self._removed(policy, effect)
        log.info("%s removed %d rows before %s", policy.name, removed, effect.cutoff)
        return PolicyEffect(
            policy=policy,
            cutoff=effect.cutoff,
            rows=removed,
            bytes=effect.bytes * removed // effect.rows,
            series=effect.series,
        )

    async def _removed(self, policy: StoragePolicy, effect: PolicyEffect) -> int:
        """Remove in one transaction, again if the server's own work got in its way."""
        for left in reversed(range(TRIES)):
            try:
                async with self._database.writing() as connection:
                    await connection.execute("SET LOCAL statement_timeout = 0")
                    return await self._remove(connection, policy, effect)
            except StorageUnavailable as error:
                if not left:
                    raise
                log.info("%s is tried again: %s", policy.name, error)
        raise AssertionError("the loop above returns or raises")

    async def _remove(
        self, connection: Connection, policy: StoragePolicy, effect: PolicyEffect
    ) -> int:
        table = SHELVES[policy.data_set].table
        minutes = [one.instrument for one in effect.series if one.timeframe is Timeframe.M1]
        if minutes:
            await archive_minutes(connection, minutes, effect.cutoff)
        arguments = arguments_of(policy, effect.cutoff)
        condition = condition_of(policy)
        counted = await connection.execute(
            f"SELECT count(*) AS rows FROM {table} WHERE {condition}".encode(),  # noqa: S608  constants
            arguments,
        )
        before = await counted.fetchone()
        if takes_everything(policy):
            await self._drop_pieces(connection, table, effect.cutoff)
        await connection.execute(
            f"DELETE FROM {table} WHERE {condition}".encode(),  # noqa: S608  constants
            arguments,
        )
        return int(before["rows"]) if before else 0

    async def _drop_pieces(self, connection: Connection, table: str, cutoff: datetime) -> None:
        """Drop the pieces that lie wholly before the cutoff, which gives their space back."""
        if self._features.edition is not TimescaleEdition.NONE:
            await connection.execute(
                "SELECT drop_chunks(%s::regclass, older_than => %s)", [table, cutoff]
            )
            return
        cursor = await connection.execute(_OLD_PARTITIONS, {"table": table, "cutoff": cutoff})
        for row in await cursor.fetchall():
            # Emptied and not dropped: a late candle of those days must still find its place.
            await connection.execute(f"TRUNCATE {row['part']}".encode())

    async def _compression_preview(self, policy: StoragePolicy, cutoff: datetime) -> PolicyEffect:
        if not self._features.can_compress:
            return PolicyEffect(policy=policy, cutoff=cutoff, rows=0, bytes=0, note=NO_COMPRESSION)
        chunks = await self._chunks(policy, cutoff)
        rows = size = 0
        for chunk in chunks:
            found = await self._database.rows(
                f"SELECT count(*) AS rows, pg_total_relation_size('{chunk}') AS bytes FROM {chunk}"  # noqa: S608  the server's own names
            )
            rows, size = rows + found[0]["rows"], size + found[0]["bytes"]
        note = f"{len(chunks)} pieces can be compressed"
        return PolicyEffect(policy=policy, cutoff=cutoff, rows=rows, bytes=size, note=note)

    async def _compress(self, context: JobContext, policy: StoragePolicy) -> PolicyEffect:
        effect = await self._compression_preview(policy, self._cutoff(policy))
        for chunk in await self._chunks(policy, effect.cutoff) if effect.rows else ():
            if context.cancel.is_cancelled:
                break
            async with self._database.writing() as connection:
                await connection.execute("SET LOCAL statement_timeout = 0")
                # The server's own policy may be at the same piece and done first.
                with suppress(psycopg.errors.DuplicateObject):
                    async with connection.transaction():
                        await connection.execute(_COMPRESS, [chunk])
        return effect

    async def _chunks(self, policy: StoragePolicy, cutoff: datetime) -> Sequence[str]:
        table = SHELVES[policy.data_set].table
        rows = await self._database.rows(_UNCOMPRESSED, {"table": table, "cutoff": cutoff})
        return [row["chunk"] for row in rows]

    async def _tell_server(self, connection: Connection, policy: StoragePolicy) -> None:
        """Let a server that compresses by itself do so while no desk is open."""
        if policy.kind is not PolicyKind.COMPRESSION or not self._features.can_compress:
            return
        shelf = SHELVES[policy.data_set]
        await connection.execute(
            f"ALTER TABLE {shelf.table} SET (timescaledb.compress, "
            f"timescaledb.compress_segmentby = '{', '.join(shelf.series)}', "
            f"timescaledb.compress_orderby = '{shelf.order}')".encode()
        )
        await connection.execute(
            "SELECT remove_compression_policy(%s::regclass, if_exists => true)", [shelf.table]
        )
        if policy.is_enabled:
            await connection.execute(
                "SELECT add_compression_policy(%s::regclass, compress_after => %s::interval)",
                [shelf.table, policy.after],
            )

    async def _row_bytes(self, table: str) -> float:
        is_plain = self._features.edition is TimescaleEdition.NONE
        found = await self._database.rows(_BYTES if is_plain else _HYPER_BYTES, {"table": table})
        rows = int(found[0]["rows"])
        if not rows:
            counted = await self._database.rows(f"SELECT count(*) AS rows FROM {table}")  # noqa: S608  constants
            rows = int(counted[0]["rows"])
        return float(found[0]["bytes"]) / max(1, rows)

    def _cutoff(self, policy: StoragePolicy) -> datetime:
        age = (self._clock.now() - policy.after).astimezone(UTC)
        return age.replace(hour=0, minute=0, second=0, microsecond=0)


def _counted(policy: StoragePolicy) -> str:
    shelf = SHELVES[policy.data_set]
    has_instrument = "instrument_id" in shelf.series
    names = [
        "(SELECT instrument FROM instruments i WHERE i.id = instrument_id)"
        if has_instrument
        else "NULL",
        "timeframe" if "timeframe" in shelf.series else "NULL",
    ]
    keys = ", ".join(name for name in shelf.series if name in {"instrument_id", "timeframe"})
    grouping = f"GROUP BY {keys} ORDER BY {keys}" if keys else "HAVING count(*) > 0"
    return (
        f"SELECT {names[0]} AS instrument, {names[1]} AS timeframe, count(*) AS rows, "  # noqa: S608  constants
        f"min({shelf.time}) AS first, max({shelf.time}) AS last FROM {shelf.table} "
        f"WHERE {condition_of(policy)} {grouping}"
    )


def _affected(row: Row) -> AffectedSeries:
    timeframe = Timeframe(row["timeframe"]) if row["timeframe"] else None
    return AffectedSeries(
        instrument=InstrumentId(row["instrument"]) if row["instrument"] else None,
        timeframe=timeframe,
        rows=row["rows"],
        span=Span(
            start=row["first"], end=row["last"] + (timeframe.delta if timeframe else _INSTANT)
        ),
    )


def _policy_of(row: Row) -> StoragePolicy:
    return StoragePolicy(
        kind=PolicyKind(row["kind"]),
        data_set=DataSet(row["data_set"]),
        after=row["after"],
        timeframe=Timeframe(row["timeframe"]) if row["timeframe"] else None,
        instrument=InstrumentId(row["instrument"]) if row["instrument"] else None,
        is_enabled=row["is_enabled"],
    )
