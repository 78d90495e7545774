"""Keep drawings and alerts in memory, as the database does."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from fks_desk.core.alerts import Alert, AlertId, AlertKind, AlertState
from fks_desk.core.drawings import Anchor, Drawing, DrawingId, DrawingKind
from fks_desk.core.errors import FKSException
from fks_desk.core.model import InstrumentId
from fks_desk.core.ports import JournalDraft


class MadeDrawings:
    """Keep drawings."""

    def __init__(self, drawings: Sequence[Drawing] = ()) -> None:
        self.kept = {drawing.id: drawing for drawing in drawings}

    async def drawings(self, instrument: InstrumentId) -> Sequence[Drawing]:
        return [one for one in self.kept.values() if one.instrument == instrument]

    async def drawing(self, drawing: DrawingId) -> Drawing | None:
        return self.kept.get(drawing)

    async def save_drawings(self, drawings: Sequence[Drawing]) -> None:
        self.kept.update({drawing.id: drawing for drawing in drawings})

    async def delete_drawings(self, ids: Sequence[DrawingId]) -> None:
        for drawing in ids:
            self.kept.pop(drawing, None)


class MadeAlerts:
    """Keep alerts; `failures` are raised one after the other when one is to fire."""

    def __init__(self, alerts: Sequence[Alert] = (), failures: Sequence[FKSException] = ()) -> None:
        self.kept = {alert.id: alert for alert in alerts}
        self.journal: list[JournalDraft] = []
        self.failures = list(failures)

    async def alerts(self) -> Sequence[Alert]:
        return list(self.kept.values())

    async def save_alert(self, alert: Alert) -> None:
        self.kept[alert.id] = alert

    async def fire_alert(self, alert: Alert, draft: JournalDraft) -> bool:
        if self.failures:
            raise self.failures.pop(0)
        known = self.kept.get(alert.id)
        if known is None or known.state is not AlertState.ARMED:
            return False
        self.kept[alert.id] = alert
        self.journal.append(draft)
        return True

    async def delete_alert(self, alert: AlertId) -> None:
        self.kept.pop(alert, None)


def made_drawing(
    instrument: InstrumentId,
    kind: DrawingKind,
    start: datetime,
    *prices: str,
    apart: timedelta = timedelta(hours=1),
    **more: Any,
) -> Drawing:
    """Return a drawing whose anchors stand side by side."""
    anchors = tuple(
        Anchor(moment=start + apart * place, price=Decimal(price))
        for place, price in enumerate(prices)
    )
    one = Drawing(
        id=DrawingId(f"drw-{kind}"),
        instrument=instrument,
        kind=kind,
        anchors=anchors,
        updated=start,
    )
    return replace(one, **more)


def made_alert(instrument: InstrumentId, created: datetime, **more: Any) -> Alert:
    """Return an armed alert on a price, unless told otherwise."""
    values: dict[str, Any] = {
        "id": AlertId("alr-1"),
        "kind": AlertKind.PRICE,
        "level": Decimal(100),
        **more,
    }
    return Alert(instrument=instrument, created=created, **values)
