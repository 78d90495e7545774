"""Store and read drawings and alerts."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

from fks_desk.core.alerts import Alert, AlertId, AlertKind, AlertState, Crossing, Study
from fks_desk.core.drawings import Anchor, Drawing, DrawingId, DrawingKind
from fks_desk.core.model import Timeframe
from fks_desk.core.ports import JournalDraft
from tests.fakes.rows import BTC, ETH, NOW

LINE = Drawing(
    id=DrawingId("drw1"),
    instrument=BTC,
    kind=DrawingKind.TREND,
    anchors=(
        Anchor(moment=NOW, price=Decimal("100.10")),
        Anchor(moment=NOW + timedelta(hours=1), price=Decimal("1E-8")),
    ),
    text="Bob's line",
    color=3,
    is_locked=True,
    updated=NOW,
)
PRICE = Alert(
    id=AlertId("alr1"),
    kind=AlertKind.PRICE,
    instrument=BTC,
    crossing=Crossing.UP,
    level=Decimal("101.50"),
    base=Decimal(100),
    note="breakout",
    created=NOW,
)
RSI = Alert(
    id=AlertId("alr2"),
    kind=AlertKind.INDICATOR,
    instrument=BTC,
    level=Decimal(70),
    study=Study(indicator="RSI", params={"timeperiod": 14.0}, timeframe=Timeframe.H1),
    created=NOW + timedelta(minutes=1),
)
FIRED = JournalDraft(type="alert_fired", payload={"alert": "alr1"}, ts_event=NOW)


async def test_drawings_come_back_exactly_and_only_those_of_the_instrument(stores):
    other = replace(LINE, id=DrawingId("drw2"), instrument=ETH)
    await stores.drawings.save_drawings([LINE, other])

    assert list(await stores.drawings.drawings(BTC)) == [LINE]
    assert await stores.drawings.drawing(other.id) == other
    assert await stores.drawings.drawing(DrawingId("none")) is None


async def test_a_drawing_is_changed_in_place_and_deleted_once_or_twice(stores):
    await stores.drawings.save_drawings([LINE])
    moved = replace(LINE.moved(timedelta(hours=1), Decimal(1)), updated=NOW + timedelta(hours=1))
    await stores.drawings.save_drawings([moved])
    assert list(await stores.drawings.drawings(BTC)) == [moved]

    await stores.drawings.delete_drawings([LINE.id])
    await stores.drawings.delete_drawings([LINE.id])

    assert list(await stores.drawings.drawings(BTC)) == []


async def test_alerts_come_back_exactly_newest_first(stores):
    await stores.alerts.save_alert(PRICE)
    await stores.alerts.save_alert(RSI)

    assert list(await stores.alerts.alerts()) == [RSI, PRICE]
    await stores.alerts.delete_alert(RSI.id)
    assert list(await stores.alerts.alerts()) == [PRICE]


async def test_an_alert_fires_once_and_its_journal_row_comes_with_it(stores):
    await stores.alerts.save_alert(PRICE)
    fired = replace(PRICE, state=AlertState.FIRED, fired=NOW, seen=Decimal("101.6"))

    first = await stores.alerts.fire_alert(fired, FIRED)
    second = await stores.alerts.fire_alert(fired, FIRED)

    assert (first, second) == (True, False)
    assert list(await stores.alerts.alerts()) == [fired]
    assert [row.draft.type for row in await stores.journal.read(0)] == ["alert_fired"]


async def test_an_alert_that_was_switched_off_or_deleted_does_not_fire(stores):
    await stores.alerts.save_alert(replace(PRICE, state=AlertState.OFF))
    fired = replace(PRICE, state=AlertState.FIRED, fired=NOW)

    assert not await stores.alerts.fire_alert(fired, FIRED)
    assert not await stores.alerts.fire_alert(replace(fired, id=AlertId("gone")), FIRED)
    assert await stores.journal.read(0) == []
