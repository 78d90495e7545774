"""Watch prices, indicators, lines and the clock for what a trader wants to hear of."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import datetime
from decimal import Decimal

from fks_desk.core.alerts import (
    Alert,
    AlertFired,
    AlertId,
    AlertKind,
    AlertMoved,
    AlertState,
    DeleteAlert,
    SaveAlert,
)
from fks_desk.core.clock import Clock
from fks_desk.core.drawings import Drawing, DrawingId, DrawingsChanged
from fks_desk.core.errors import FKSException
from fks_desk.core.messages import CandleClosed, MarketTraded, TickerMoved
from fks_desk.core.model import Candle, InstrumentId, Timeframe
from fks_desk.core.nursery import Nursery
from fks_desk.core.ports import (
    AlertStore,
    CandleReader,
    DrawingStore,
    JournalDraft,
    Notifier,
    Publish,
)
from fks_desk.market.alert_value import passing, sentence
from fks_desk.resilience.retry import Waits

log = logging.getLogger(__name__)

LOOK_EVERY_S = 0.5
Watch = Callable[[InstrumentId, Timeframe | None], Awaitable[None]]


class _Armed:
    """Hold an armed alert with how far above its level the price was last."""

    def __init__(self, alert: Alert, drawing: Drawing | None) -> None:
        self.alert, self.drawing = alert, drawing
        self.before: Decimal | None = None
        level = self.level_at(alert.created)
        if alert.base is not None and level is not None:
            self.before = alert.base - level

    def level_at(self, moment: datetime) -> Decimal | None:
        """Return the price to be passed at a moment, or None where there is none."""
        return self.alert.level if self.drawing is None else self.drawing.level_at(moment)


class AlertWatch:
    """Judge every armed alert, and tell of each once, whether a window is open or not.

    An alert is disarmed here before it is stored as fired, and stored before
    anybody hears of it: a crash in between is made good by the next price.
    `watch` keeps the prices coming that an alert needs.
    """

    def __init__(
        self,
        *,
        store: AlertStore,
        drawings: DrawingStore,
        candles: CandleReader,
        clock: Clock,
        publish: Publish,
        nursery: Nursery,
        watch: Watch,
        notifiers: Sequence[Notifier] = (),
    ) -> None:
        self._store = store
        self._drawings = drawings
        self._candles = candles
        self._clock = clock
        self._publish = publish
        self._nursery = nursery
        self._watch = watch
        self._notifiers = notifiers
        self._armed: dict[AlertId, _Armed] = {}
        self._priced: dict[InstrumentId, list[_Armed]] = {}

    async def start(self) -> None:
        """Arm what is stored, and begin to look at the clock."""
        for alert in await self._store.alerts():
            if alert.state is AlertState.ARMED:
                await self._arm(alert)
        self._nursery.start(self._look_at_clock(), name="look at the clock for alerts")

    async def save(self, command: SaveAlert) -> None:
        """Keep an alert, and watch it if it is armed."""
        alert = command.alert
        self._disarm(alert.id)
        await self._store.save_alert(alert)
        if alert.state is AlertState.ARMED:
            await self._arm(alert)
        self._publish(AlertMoved(id=alert.id, alert=alert))

    async def delete(self, command: DeleteAlert) -> None:
        """Forget an alert."""
        self._disarm(command.id)
        await self._store.delete_alert(command.id)
        self._publish(AlertMoved(id=command.id, alert=None))

    def on_traded(self, event: MarketTraded) -> None:
        """Judge by a print."""
        self._on_price(event.trade.instrument, event.trade.price, event.trade.ts_event)

    def on_ticker(self, event: TickerMoved) -> None:
        """Judge by a quote, for instruments whose prints are not streamed."""
        self._on_price(event.ticker.instrument, event.ticker.last, event.ticker.ts_event)

    def on_candle_closed(self, event: CandleClosed) -> None:
        """Judge indicators by a finished bar."""
        candle = event.candle
        due = [
            armed.alert
            for armed in self._armed.values()
            if armed.alert.study is not None
            and armed.alert.instrument == candle.instrument
            and armed.alert.study.timeframe is candle.timeframe
        ]
        if due:
            name = f"alerts after {candle.instrument} {candle.timeframe}"
            self._nursery.start(self._judge(due, candle), name=name)

    def on_drawings_changed(self, event: DrawingsChanged) -> None:
        """Watch a line where it is now; one that is gone is watched no more."""
        changed = {drawing.id: drawing for drawing in event.saved}
        for armed in list(self._armed.values()):
            drawing = armed.alert.drawing
            if drawing in changed:
                # Where the line was moved to, the price has not come from anywhere yet.
                armed.drawing, armed.before = changed[drawing], None
            elif drawing in event.deleted:
                off = replace(armed.alert, state=AlertState.OFF)
                self._nursery.start(self.save(SaveAlert(alert=off)), name="alert off")

    def check_times(self) -> None:
        """Fire what was set for a moment that has come."""
        now = self._clock.now()
        for armed in list(self._armed.values()):
            moment = armed.alert.moment
            if moment is not None and moment <= now:
                self._fire(armed.alert, None)

    async def _look_at_clock(self) -> None:
        while True:
            self.check_times()
            await asyncio.sleep(LOOK_EVERY_S)

    async def _arm(self, alert: Alert) -> None:
        drawing = None
        if alert.drawing is not None:
            drawing = await self._drawing(alert.drawing)
            if drawing is None:
                await self._store.save_alert(replace(alert, state=AlertState.OFF))
                return
        armed = self._armed[alert.id] = _Armed(alert, drawing)
        if alert.kind in {AlertKind.PRICE, AlertKind.DRAWING}:
            self._priced.setdefault(alert.instrument, []).append(armed)
        if alert.kind is not AlertKind.TIME:
            timeframe = None if alert.study is None else alert.study.timeframe
            try:
                await self._watch(alert.instrument, timeframe)
            except FKSException as error:
                log.warning("no prices for an alert on %s: %s", alert.instrument, error)

    async def _drawing(self, drawing: DrawingId) -> Drawing | None:
        return await self._drawings.drawing(drawing)

    def _disarm(self, alert: AlertId) -> None:
        armed = self._armed.pop(alert, None)
        if armed is not None:
            priced = self._priced.get(armed.alert.instrument, [])
            if armed in priced:
                priced.remove(armed)

    def _on_price(self, instrument: InstrumentId, price: Decimal, moment: datetime) -> None:
        for armed in tuple(self._priced.get(instrument, ())):
            level = armed.level_at(moment)
            if level is None:
                continue
            before, armed.before = armed.before, price - level
            if before is not None and armed.alert.crossing.happened(before, price - level):
                self._fire(armed.alert, price)

    async def _judge(self, alerts: Sequence[Alert], candle: Candle) -> None:
        for alert in alerts:
            try:
                value = await passing(alert, candle, self._candles)
            except (FKSException, ValueError) as error:
                log.warning("the alert %s could not be judged: %s", alert.id, error)
                continue
            if value is not None and alert.id in self._armed:
                self._fire(alert, value)

    def _fire(self, alert: Alert, seen: Decimal | None) -> None:
        self._disarm(alert.id)
        fired = replace(alert, state=AlertState.FIRED, fired=self._clock.now(), seen=seen)
        self._nursery.start(self._tell(fired), name=f"fire {alert.id}")

    async def _tell(self, alert: Alert) -> None:
        text = sentence(alert)
        if not await self._note(alert, text):
            return
        log.info("alert: %s", text)
        self._publish(AlertMoved(id=alert.id, alert=alert))
        self._publish(AlertFired(alert=alert, text=text))
        for notifier in self._notifiers:
            try:
                await notifier.notify("FKS Desk", text)
            except FKSException as error:
                log.warning("nobody outside the window heard of %r: %s", text, error)

    async def _note(self, alert: Alert, text: str) -> bool:
        """Store that it fired, as soon as the database answers."""
        assert alert.fired is not None  # noqa: S101  the caller has just set it
        draft = JournalDraft(
            type="alert_fired",
            payload={
                "alert": alert.id,
                "instrument": alert.instrument,
                "text": text,
                "seen": None if alert.seen is None else str(alert.seen),
            },
            ts_event=alert.fired,
        )
        for wait in Waits(first_s=0.5, longest_s=15.0):
            try:
                return await self._store.fire_alert(alert, draft)
            except FKSException as error:
                if not error.retryable:
                    raise
                log.info("an alert waits to be stored: %s", error)
            await asyncio.sleep(wait)
        return False
