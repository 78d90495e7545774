"""Keep alerts; each fires at most once, whoever asks."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from fks_desk.adapters.storage.codec import as_jsonb
from fks_desk.adapters.storage.database import Database
from fks_desk.adapters.storage.journal import append_rows
from fks_desk.adapters.storage.pool import Row
from fks_desk.core.alerts import Alert, AlertId, AlertKind, AlertState, Crossing, Study
from fks_desk.core.clock import Clock
from fks_desk.core.drawings import DrawingId
from fks_desk.core.model import InstrumentId, Timeframe
from fks_desk.core.ports import JournalDraft

_ALL = "SELECT * FROM alerts ORDER BY created DESC, id"
_SAVE = """
INSERT INTO alerts (id, instrument, kind, state, body, created, fired)
VALUES (%(id)s, %(instrument)s, %(kind)s, %(state)s, %(body)s, %(created)s, %(fired)s)
ON CONFLICT (id) DO UPDATE
    SET instrument = excluded.instrument, kind = excluded.kind, state = excluded.state,
        body = excluded.body, fired = excluded.fired
"""
# The condition makes it fire once, even for two desks on one database.
_FIRE = """
UPDATE alerts SET state = 'fired', body = %(body)s, fired = %(fired)s
WHERE id = %(id)s AND state = 'armed'
"""
_DELETE = "DELETE FROM alerts WHERE id = %s"


class AlertTable:
    """Store and read alerts."""

    def __init__(self, *, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def alerts(self) -> Sequence[Alert]:
        """Return every alert, newest first."""
        return [_alert(row) for row in await self._database.rows(_ALL)]

    async def save_alert(self, alert: Alert) -> None:
        """Insert or update an alert."""
        async with self._database.writing() as connection:
            await connection.execute(_SAVE, _row(alert))

    async def fire_alert(self, alert: Alert, draft: JournalDraft) -> bool:
        """Note that an armed alert fired, with its journal row; False if it is armed no more."""
        async with self._database.writing() as connection:
            cursor = await connection.execute(_FIRE, _row(alert))
            if cursor.rowcount != 1:
                return False
            await append_rows(connection, [draft], self._clock.now())
        return True

    async def delete_alert(self, alert: AlertId) -> None:
        """Forget an alert."""
        async with self._database.writing() as connection:
            await connection.execute(_DELETE, [alert])


def _row(alert: Alert) -> Row:
    study = alert.study
    body = {
        "crossing": alert.crossing.value,
        "level": _text(alert.level),
        "base": _text(alert.base),
        "seen": _text(alert.seen),
        "study": None
        if study is None
        else {
            "indicator": study.indicator,
            "params": dict(study.params),
            "output": study.output,
            "timeframe": study.timeframe.value,
        },
        "drawing": alert.drawing,
        "moment": None if alert.moment is None else alert.moment.isoformat(),
        "note": alert.note,
    }
    return {
        "id": alert.id,
        "instrument": alert.instrument,
        "kind": alert.kind.value,
        "state": alert.state.value,
        "body": as_jsonb(body),
        "created": alert.created,
        "fired": alert.fired,
    }


def _alert(row: Row) -> Alert:
    body = row["body"]
    moment, drawing = body["moment"], body["drawing"]
    return Alert(
        id=AlertId(row["id"]),
        kind=AlertKind(row["kind"]),
        instrument=InstrumentId(row["instrument"]),
        crossing=Crossing(body["crossing"]),
        level=_number(body["level"]),
        base=_number(body["base"]),
        study=_study(body["study"]),
        drawing=None if drawing is None else DrawingId(drawing),
        moment=None if moment is None else datetime.fromisoformat(moment),
        note=body["note"],
        state=AlertState(row["state"]),
        created=row["created"],
        fired=row["fired"],
        seen=_number(body["seen"]),
    )


def _study(stored: Any) -> Study | None:
    if stored is None:
        return None
    return Study(
        indicator=stored["indicator"],
        params=stored["params"],
        output=stored["output"],
        timeframe=Timeframe(stored["timeframe"]),
    )


def _text(number: Decimal | None) -> str | None:
    return None if number is None else str(number)


def _number(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)
