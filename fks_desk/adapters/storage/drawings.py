"""Keep what is drawn on charts."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

from fks_desk.adapters.storage.codec import as_jsonb
from fks_desk.adapters.storage.database import Database
from fks_desk.adapters.storage.pool import Row
from fks_desk.core.drawings import Anchor, Drawing, DrawingId, DrawingKind
from fks_desk.core.model import InstrumentId

# Ids are random, so the time of the last change orders what lies over what.
_OF_INSTRUMENT = "SELECT * FROM drawings WHERE instrument = %s ORDER BY updated, id"
_ONE = "SELECT * FROM drawings WHERE id = %s"
_SAVE = """
INSERT INTO drawings (id, instrument, kind, body, updated)
VALUES (%(id)s, %(instrument)s, %(kind)s, %(body)s, %(updated)s)
ON CONFLICT (id) DO UPDATE
    SET instrument = excluded.instrument, kind = excluded.kind, body = excluded.body,
        updated = excluded.updated
"""
_DELETE = "DELETE FROM drawings WHERE id = ANY(%s)"


class DrawingTable:
    """Store and read drawings."""

    def __init__(self, *, database: Database) -> None:
        self._database = database

    async def drawings(self, instrument: InstrumentId) -> Sequence[Drawing]:
        """Return an instrument's drawings, oldest first."""
        return [_drawing(row) for row in await self._database.rows(_OF_INSTRUMENT, [instrument])]

    async def drawing(self, drawing: DrawingId) -> Drawing | None:
        """Return one drawing, or None."""
        found = await self._database.rows(_ONE, [drawing])
        return _drawing(found[0]) if found else None

    async def save_drawings(self, drawings: Sequence[Drawing]) -> None:
        """Insert or update drawings."""
        async with self._database.writing() as connection:
            for drawing in drawings:
                await connection.execute(_SAVE, _row(drawing))

    async def delete_drawings(self, ids: Sequence[DrawingId]) -> None:
        """Forget drawings; ids that are not known are left alone."""
        async with self._database.writing() as connection:
            await connection.execute(_DELETE, [list(ids)])


def _row(drawing: Drawing) -> Row:
    anchors = [[anchor.moment.isoformat(), str(anchor.price)] for anchor in drawing.anchors]
    body = {
        "anchors": anchors,
        "text": drawing.text,
        "color": drawing.color,
        "is_locked": drawing.is_locked,
    }
    return {
        "id": drawing.id,
        "instrument": drawing.instrument,
        "kind": drawing.kind.value,
        "body": as_jsonb(body),
        "updated": drawing.updated,
    }


def _drawing(row: Row) -> Drawing:
    body = row["body"]
    return Drawing(
        id=DrawingId(row["id"]),
        instrument=InstrumentId(row["instrument"]),
        kind=DrawingKind(row["kind"]),
        anchors=tuple(
            Anchor(moment=datetime.fromisoformat(moment), price=Decimal(price))
            for moment, price in body["anchors"]
        ),
        text=body["text"],
        color=body["color"],
        is_locked=body["is_locked"],
        updated=row["updated"],
    )
