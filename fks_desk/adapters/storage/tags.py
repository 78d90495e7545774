"""Keep the tags that a person puts on rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from fks_desk.adapters.storage.database import Database
from fks_desk.core.clock import Clock
from fks_desk.core.tags import TagRows

_TAGS = """
SELECT row_key, array_agg(tag ORDER BY tag) AS tags FROM row_tags
WHERE table_name = %s GROUP BY row_key
"""
_ADD = """
INSERT INTO row_tags (table_name, row_key, tag, tagged)
SELECT %(table)s, key, %(tag)s, %(now)s FROM unnest(%(keys)s::text[]) AS key
ON CONFLICT DO NOTHING
"""
_DROP = """
DELETE FROM row_tags
WHERE table_name = %(table)s AND tag = %(tag)s AND row_key = ANY(%(keys)s::text[])
"""


class TagTable:
    """Read and change tags; they live beside the rows, which stay as they are."""

    def __init__(self, *, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def tags(self, table: str) -> Mapping[str, Sequence[str]]:
        """Return the tags of each tagged row, by its key."""
        return {row["row_key"]: row["tags"] for row in await self._database.rows(_TAGS, [table])}

    async def tag(self, command: TagRows) -> None:
        """Put a tag on rows, or take it off."""
        values = {
            "table": command.table,
            "keys": list(command.keys),
            "tag": command.tag.strip(),
            "now": self._clock.now(),
        }
        async with self._database.writing() as connection:
            await connection.execute(_ADD if command.wanted else _DROP, values)
