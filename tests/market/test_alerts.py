from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

from fks_desk.core.alerts import (
    AlertFired,
    AlertId,
    AlertKind,
    AlertMoved,
    AlertState,
    Crossing,
    DeleteAlert,
    SaveAlert,
    Study,
)
from fks_desk.core.clock import SteppedClock
from fks_desk.core.drawings import (
    DeleteDrawings,
    DrawingKind,
    DrawingsChanged,
    SaveDrawings,
)
from fks_desk.core.errors import StorageUnavailable
from fks_desk.core.messages import CandleClosed, MarketTraded
from fks_desk.core.model import MarketTrade, Side, Timeframe, TradeId
from fks_desk.core.nursery import Nursery
from fks_desk.market.alerts import AlertWatch
from fks_desk.market.drawings import DrawingKeeper
from tests.fakes.charting import MadeAlerts, MadeDrawings, made_alert, made_drawing
from tests.fakes.charts import MadeCandles, made_candle, made_frame
from tests.fakes.rows import BTC, NOW

PATIENCE_S = 30.0


class Room:
    """Hold a watch with everything around it."""

    def __init__(self, alerts: Any = (), drawings: Any = (), failures: Any = ()) -> None:
        self.store = MadeAlerts(alerts, failures)
        self.drawn = MadeDrawings(drawings)
        self.candles = MadeCandles()
        self.clock = SteppedClock(NOW)
        self.told: list[Any] = []
        self.watched: list[Any] = []
        self.sent: list[str] = []
        self.nursery = Nursery()
        self.watch = AlertWatch(
            store=self.store,
            drawings=self.drawn,
            candles=self.candles,
            clock=self.clock,
            publish=self._publish,
            nursery=self.nursery,
            watch=self._watch,
            notifiers=[self],
        )

    def price(self, price: str, after: timedelta = timedelta()) -> None:
        trade = MarketTrade(
            instrument=BTC,
            trade_id=TradeId("1"),
            side=Side.BUY,
            price=Decimal(price),
            size=Decimal(1),
            ts_event=NOW + after,
            ts_init=NOW + after,
        )
        self.watch.on_traded(MarketTraded(trade=trade))

    @property
    def fired(self) -> list[str]:
        return [event.text for event in self.told if isinstance(event, AlertFired)]

    async def until(self, is_so: Callable[[], bool]) -> None:
        async with asyncio.timeout(PATIENCE_S):
            while not is_so():
                await asyncio.sleep(0)

    async def notify(self, _title: str, text: str) -> None:
        self.sent.append(text)

    def _publish(self, event: Any) -> None:
        self.told.append(event)
        if isinstance(event, DrawingsChanged):
            self.watch.on_drawings_changed(event)

    async def _watch(self, *wanted: Any) -> None:
        self.watched.append(wanted)


async def test_an_alert_on_a_price_fires_once_is_journaled_and_told_everywhere() -> None:
    room = Room()
    await room.watch.save(SaveAlert(alert=made_alert(BTC, NOW, crossing=Crossing.UP, note="go")))
    for price in ("99", "100.5", "99", "101"):
        room.price(price)
    await room.until(lambda: len(room.sent) == 1)

    assert room.fired == ["BTC/USDT rose to 100, now at 100.5 – go"]
    assert room.sent == room.fired
    assert room.store.kept[AlertId("alr-1")].state is AlertState.FIRED
    assert [draft.type for draft in room.store.journal] == ["alert_fired"]
    assert room.watched == [(BTC, None)]


async def test_a_price_that_jumped_while_the_desk_was_closed_is_found() -> None:
    room = Room([made_alert(BTC, NOW, base=Decimal(90))])
    await room.watch.start()
    room.price("120")
    await room.until(lambda: bool(room.fired))

    assert room.fired == ["BTC/USDT crossed 100, now at 120"]
    await room.nursery.close()


async def test_what_fired_or_was_switched_off_is_not_watched_after_a_restart() -> None:
    off = made_alert(BTC, NOW, base=Decimal(90), state=AlertState.OFF)
    fired = replace(off, id=AlertId("alr-2"), state=AlertState.FIRED, fired=NOW)
    room = Room([off, fired])
    await room.watch.start()
    room.price("120")
    await room.nursery.close()

    assert room.fired == []


async def test_a_deleted_alert_is_silent() -> None:
    room = Room()
    await room.watch.save(SaveAlert(alert=made_alert(BTC, NOW)))
    await room.watch.delete(DeleteAlert(id=AlertId("alr-1")))
    room.price("90")
    room.price("110")

    assert room.fired == []
    assert room.told[-1] == AlertMoved(id=AlertId("alr-1"), alert=None)


async def test_an_alert_waits_for_a_database_that_is_away() -> None:
    room = Room(failures=[StorageUnavailable("away")])
    await room.watch.save(SaveAlert(alert=made_alert(BTC, NOW, base=Decimal(90))))
    room.price("101")
    async with asyncio.timeout(PATIENCE_S):
        while not room.fired:
            await asyncio.sleep(0.01)

    assert room.store.kept[AlertId("alr-1")].state is AlertState.FIRED


async def test_a_line_is_crossed_where_it_is_at_that_moment() -> None:
    line = made_drawing(BTC, DrawingKind.TREND, NOW, "100", "110")
    room = Room(drawings=[line])
    alert = made_alert(BTC, NOW, kind=AlertKind.DRAWING, drawing=line.id, level=None)
    await room.watch.save(SaveAlert(alert=alert))
    room.price("105", timedelta(minutes=1))
    room.price("111", timedelta(hours=1))
    assert room.fired == []
    room.price("111", timedelta(hours=2))
    await room.until(lambda: bool(room.fired))

    assert room.fired == ["BTC/USDT crossed your line, now at 111"]


async def test_a_moved_line_starts_afresh_and_a_deleted_one_switches_its_alert_off() -> None:
    line = made_drawing(BTC, DrawingKind.HORIZONTAL, NOW, "100")
    room = Room(drawings=[line])
    keeper = DrawingKeeper(store=room.drawn, publish=room._publish)
    alert = made_alert(BTC, NOW, kind=AlertKind.DRAWING, drawing=line.id, level=None)
    await room.watch.save(SaveAlert(alert=alert))
    room.price("105")
    await keeper.save(SaveDrawings(drawings=(line.moved(timedelta(), Decimal(10)),)))
    room.price("105")
    assert room.fired == []

    await keeper.delete(DeleteDrawings(ids=(line.id,)))
    await room.until(lambda: room.store.kept[alert.id].state is AlertState.OFF)
    room.price("200")

    assert room.fired == []


async def test_a_moment_that_has_come_fires() -> None:
    room = Room()
    moment = NOW + timedelta(hours=1)
    alert = made_alert(BTC, NOW, kind=AlertKind.TIME, moment=moment, level=None, note="CPI")
    await room.watch.save(SaveAlert(alert=alert))
    room.watch.check_times()
    assert room.fired == []
    room.clock.advance(timedelta(hours=1))
    room.watch.check_times()
    await room.until(lambda: bool(room.fired))

    assert room.fired == [f"BTC/USDT: it is {moment:%Y-%m-%d %H:%M} UTC – CPI"]
    assert room.watched == []


async def test_an_indicator_is_judged_at_closed_bars_of_its_timeframe() -> None:
    room = Room()
    frame = made_frame(300, end=NOW)
    room.candles.frames[BTC, Timeframe.M5] = frame
    last = float(frame.close[-1])
    study = Study(indicator="SMA", params={"timeperiod": 2}, timeframe=Timeframe.M5)
    level = Decimal(f"{last * 2:.2f}")
    alert = made_alert(BTC, NOW, kind=AlertKind.INDICATOR, study=study, level=level)
    await room.watch.save(SaveAlert(alert=alert))
    for timeframe, opened, price in (
        (Timeframe.M15, Timeframe.M15.floor(NOW), last * 9),
        (Timeframe.M5, Timeframe.M5.floor(NOW) + timedelta(minutes=5), last),
    ):
        price_text = f"{price:.2f}"
        candle = made_candle(BTC, timeframe, opened, (price_text,) * 4, is_closed=True)
        room.watch.on_candle_closed(CandleClosed(candle=candle))
    await room.until(lambda: not len(room.nursery))
    assert room.fired == []

    high = f"{last * 9:.2f}"
    opened = Timeframe.M5.floor(NOW) + timedelta(minutes=5)
    candle = made_candle(BTC, Timeframe.M5, opened, (high,) * 4, is_closed=True)
    room.watch.on_candle_closed(CandleClosed(candle=candle))
    async with asyncio.timeout(PATIENCE_S):
        while not room.fired:
            await asyncio.sleep(0.01)

    assert room.fired[0].startswith("BTC/USDT SMA 2 crossed")
    assert room.watched == [(BTC, Timeframe.M5)]
