"""Keep settings that the desk itself changes, with who, when, old and new."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from fks_desk.adapters.storage.codec import as_jsonb
from fks_desk.adapters.storage.database import Database
from fks_desk.core.clock import Clock

_NEWEST = "SELECT * FROM configs WHERE name = %s ORDER BY version DESC LIMIT %s"
_LOCK = "SELECT pg_advisory_xact_lock(7265303)"
_INSERT = """
INSERT INTO configs (name, version, old, value, changed_by, changed)
SELECT %(name)s, coalesce(max(version), 0) + 1,
    (SELECT value FROM configs WHERE name = %(name)s ORDER BY version DESC LIMIT 1),
    %(value)s, %(by)s, %(now)s
FROM configs WHERE name = %(name)s
RETURNING version
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfigVersion:
    """Hold one change of a setting; `old` is None for its first value."""

    name: str
    version: int
    old: Mapping[str, Any] | None
    value: Mapping[str, Any]
    changed_by: str
    changed: datetime


class ConfigTable:
    """Read and change versioned settings; each value is a JSON object."""

    def __init__(self, *, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def get(self, name: str) -> Mapping[str, Any] | None:
        """Return the newest value, or None if it was never set."""
        newest = await self.history(name, limit=1)
        return newest[0].value if newest else None

    async def put(self, name: str, value: Mapping[str, Any], *, by: str) -> int:
        """Store a value as a new version and return its number; an equal value changes nothing."""
        known = await self.history(name, limit=1)
        if known and known[0].value == value:
            return known[0].version
        async with self._database.writing() as connection:
            await connection.execute(_LOCK)
            values = {"name": name, "value": as_jsonb(value), "by": by, "now": self._clock.now()}
            row = await (await connection.execute(_INSERT, values)).fetchone()
        return int(row["version"]) if row else 0

    async def history(self, name: str, limit: int = 50) -> Sequence[ConfigVersion]:
        """Return the newest versions of a setting."""
        return [ConfigVersion(**row) for row in await self._database.rows(_NEWEST, [name, limit])]
