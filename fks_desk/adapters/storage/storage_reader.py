"""Measure what is stored: every table, every series, how it grows and how small it became."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta

from psycopg import sql

from fks_desk.adapters.storage.data_sets import SHELVES
from fks_desk.adapters.storage.database import Database
from fks_desk.adapters.storage.policies import PolicyTable
from fks_desk.adapters.storage.pool import Row
from fks_desk.core.clock import Clock
from fks_desk.core.model import InstrumentId, Span, Timeframe
from fks_desk.core.storage_report import (
    DataSet,
    PolicyEffect,
    ServerFeatures,
    StoragePolicy,
    StorageReport,
    StoredSeries,
    StoredTable,
    TimescaleEdition,
)

MEASURE_EVERY = timedelta(hours=1)
GROWTH_OVER = timedelta(days=7)
_KEEP_SIZES = timedelta(days=400)
_COUNTED_BYTES = 4 << 20
_DAY = timedelta(days=1)
_INSTANT = timedelta(microseconds=1)

# Every table of the desk; the pieces of one that is split by time count as one.
_PLAIN = """
SELECT c.relname AS name, count(t.relid)::integer AS parts,
    coalesce(sum(pg_total_relation_size(t.relid)), 0)::bigint AS bytes,
    coalesce(sum(greatest(leaf.reltuples, 0)), 0)::bigint AS rows
FROM pg_class c
LEFT JOIN LATERAL (
    SELECT c.oid AS relid WHERE c.relkind = 'r'
    UNION ALL SELECT relid FROM pg_partition_tree(c.oid) WHERE c.relkind = 'p' AND isleaf
) AS t ON true
LEFT JOIN pg_class leaf ON leaf.oid = t.relid
WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p')
    AND NOT c.relispartition AND c.relname <> ALL (%(chunked)s)
    AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = c.oid AND d.deptype = 'e')
GROUP BY c.relname
"""
_HYPERTABLES = """
SELECT hypertable_name AS name, num_chunks::integer AS parts,
    hypertable_size(format('%%I.%%I', hypertable_schema, hypertable_name)::regclass) AS bytes,
    approximate_row_count(
        format('%%I.%%I', hypertable_schema, hypertable_name)::regclass) AS rows
FROM timescaledb_information.hypertables WHERE hypertable_schema = 'public'
"""
_COMPRESSED = """
SELECT coalesce(number_compressed_chunks, 0)::integer AS compressed_parts,
    coalesce(before_compression_total_bytes, 0)::bigint AS raw_bytes,
    coalesce(after_compression_total_bytes, 0)::bigint AS compressed_bytes
FROM hypertable_compression_stats(%(table)s::regclass)
"""
_SERIES: Mapping[DataSet, str] = {
    DataSet.CANDLES: """
        SELECT i.instrument, s.* FROM (
            SELECT instrument_id, timeframe, count(*) AS rows, min(ts) AS first, max(ts) AS last
            FROM ohlcv_data GROUP BY instrument_id, timeframe
        ) AS s JOIN instruments i ON i.id = s.instrument_id ORDER BY i.instrument, s.rows DESC
    """,
    DataSet.MARKET_TRADES: """
        SELECT i.instrument, NULL AS timeframe, s.* FROM (
            SELECT instrument_id, count(*) AS rows, min(ts_event) AS first, max(ts_event) AS last
            FROM market_trades GROUP BY instrument_id
        ) AS s JOIN instruments i ON i.id = s.instrument_id ORDER BY i.instrument
    """,
}
_GROWTH = """
SELECT DISTINCT ON (name) name, bytes, taken FROM storage_sizes
WHERE taken >= %(since)s AND taken <= %(until)s ORDER BY name, taken
"""
_IS_DUE = "SELECT coalesce(max(taken) <= %(due)s, true) AS is_due FROM storage_sizes"
_NOTE_SIZES = """
INSERT INTO storage_sizes (name, taken, rows, bytes)
SELECT name, %(taken)s, rows, bytes
FROM unnest(%(names)s::text[], %(rows)s::bigint[], %(bytes)s::bigint[]) AS t (name, rows, bytes)
ON CONFLICT DO NOTHING
"""


class StorageReaderTable:
    """Fulfil `core.storage_report.StorageReader` on one database."""

    def __init__(
        self,
        *,
        database: Database,
        features: ServerFeatures,
        policies: PolicyTable,
        clock: Clock,
    ) -> None:
        self._database = database
        self._features = features
        self._policies = policies
        self._clock = clock

    async def report(self) -> StorageReport:
        """Measure every table and every series."""
        series = {kind: await self._database.rows(query) for kind, query in _SERIES.items()}
        tables = [self._table(row, series) for row in await self._sizes()]
        growth = await self._growth({table.name: table.bytes for table in tables})
        size = await self._database.rows("SELECT pg_database_size(current_database()) AS bytes")
        grown = tuple(
            StoredTable(
                **{name: getattr(table, name) for name in StoredTable.__slots__}
                | {"growth_bytes_per_day": growth.get(table.name)}
            )
            for table in sorted(tables, key=lambda table: -table.bytes)
        )
        return StorageReport(
            taken=self._clock.now(),
            features=self._features,
            database_bytes=size[0]["bytes"],
            tables=grown,
            series=tuple(_series(series, {table.name: table for table in tables})),
        )

    async def policies(self) -> tuple[StoragePolicy, ...]:
        """Return every policy, enabled or not."""
        return await self._policies.policies()

    async def preview(self, policy: StoragePolicy) -> PolicyEffect:
        """Return what the policy, saved or not, would do now: a dry run."""
        return await self._policies.preview(policy)

    async def note_sizes(self) -> bool:
        """Write down how big the tables are, if the last time is an hour ago; tell whether."""
        now = self._clock.now()
        due = await self._database.rows(_IS_DUE, {"due": now - MEASURE_EVERY})
        if not due[0]["is_due"]:
            return False
        sizes = await self._sizes()
        values = {name: [row[name] for row in sizes] for name in ("name", "rows", "bytes")}
        async with self._database.writing() as connection:
            await connection.execute(
                "DELETE FROM storage_sizes WHERE taken < %s", [now - _KEEP_SIZES]
            )
            await connection.execute(
                _NOTE_SIZES,
                {
                    "taken": now,
                    "names": values["name"],
                    "rows": values["rows"],
                    "bytes": values["bytes"],
                },
            )
        return True

    async def _sizes(self) -> Sequence[Row]:
        chunked: Sequence[Row] = []
        if self._features.edition is not TimescaleEdition.NONE:
            chunked = await self._database.rows(_HYPERTABLES, {})
        for row in chunked:
            if self._features.can_compress:
                found = await self._database.rows(_COMPRESSED, {"table": row["name"]})
                row.update(found[0] if found else {})
        names = [row["name"] for row in chunked]
        plain = await self._database.rows(_PLAIN, {"chunked": names})
        counted = await self._counted([one["name"] for one in plain if _is_small(one)])
        return [
            *chunked,
            *({**one, "rows": counted.get(one["name"], one["rows"])} for one in plain),
        ]

    async def _counted(self, names: Sequence[str]) -> Mapping[str, int]:
        """Return the exact number of rows of small tables: the server's estimate of them lags."""
        if not names:
            return {}
        each = sql.SQL("SELECT {} AS name, count(*) AS rows FROM {}")
        query = sql.SQL(" UNION ALL ").join(
            [each.format(sql.Literal(name), sql.Identifier(name)) for name in names]
        )
        async with self._database.reading() as connection:
            found = await (await connection.execute(query)).fetchall()
        return {row["name"]: row["rows"] for row in found}

    def _table(self, row: Row, series: Mapping[DataSet, Sequence[Row]]) -> StoredTable:
        data_set = next((one for one, shelf in SHELVES.items() if shelf.table == row["name"]), None)
        counted = series.get(data_set, ()) if data_set else ()
        span = None
        if counted:
            row = row | {"rows": sum(one["rows"] for one in counted)}
            first, last = (
                min(one["first"] for one in counted),
                max(one["last"] for one in counted),
            )
            span = Span(start=first, end=last + _INSTANT)
        return StoredTable(**row, data_set=data_set, span=span)

    async def _growth(self, sizes: Mapping[str, int]) -> Mapping[str, float]:
        now = self._clock.now()
        arguments = {"since": now - GROWTH_OVER, "until": now - MEASURE_EVERY}
        return {
            row["name"]: (sizes[row["name"]] - row["bytes"]) / ((now - row["taken"]) / _DAY)
            for row in await self._database.rows(_GROWTH, arguments)
            if row["name"] in sizes
        }


def _is_small(row: Row) -> bool:
    return bool(row["bytes"] < _COUNTED_BYTES)


def _series(
    counted: Mapping[DataSet, Sequence[Row]], tables: Mapping[str, StoredTable]
) -> list[StoredSeries]:
    made = []
    for data_set, rows in counted.items():
        table = tables[SHELVES[data_set].table]
        for row in rows:
            timeframe = Timeframe(row["timeframe"]) if row["timeframe"] else None
            last = row["last"] + (timeframe.delta if timeframe else _INSTANT)
            made.append(
                StoredSeries(
                    data_set=data_set,
                    instrument=InstrumentId(row["instrument"]),
                    timeframe=timeframe,
                    rows=row["rows"],
                    bytes=table.bytes * row["rows"] // max(1, table.rows),
                    span=Span(start=row["first"], end=last),
                )
            )
    return made
