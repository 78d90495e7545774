"""Open what serves the charts: drawings and alerts, judged also while no window is open."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from fks_desk.adapters.notify.webhook import WebhookNotifier
from fks_desk.adapters.storage.stores import Stores
from fks_desk.app.routes import Handler
from fks_desk.app.settings import NotifySettings
from fks_desk.core.alerts import DeleteAlert, SaveAlert
from fks_desk.core.bus import Bus
from fks_desk.core.clock import Clock
from fks_desk.core.drawings import DeleteDrawings, DrawingsChanged, SaveDrawings
from fks_desk.core.messages import (
    CandleClosed,
    Command,
    MarketTraded,
    TickerMoved,
    WatchCandles,
    WatchMarket,
)
from fks_desk.core.model import InstrumentId, Timeframe
from fks_desk.core.nursery import Nursery
from fks_desk.market.alerts import AlertWatch, Watch
from fks_desk.market.drawings import DrawingKeeper
from fks_desk.market.feeds import Feeds


@dataclass(slots=True, kw_only=True)
class Charting:
    """Hold the parts that serve the charts."""

    alerts: AlertWatch
    drawings: DrawingKeeper
    nursery: Nursery
    notifiers: list[WebhookNotifier] = field(default_factory=list)

    @property
    def handlers(self) -> Mapping[type[Command], Handler]:
        """Return who handles each command."""
        return {
            SaveDrawings: self.drawings.save,
            DeleteDrawings: self.drawings.delete,
            SaveAlert: self.alerts.save,
            DeleteAlert: self.alerts.delete,
        }

    async def close(self) -> None:
        """End what still waits."""
        await self.nursery.close()
        for notifier in self.notifiers:
            await notifier.close()


def open_charting(
    *,
    stores: Stores,
    feeds: Feeds,
    bus: Bus,
    clock: Clock,
    settings: NotifySettings,
) -> Charting:
    """Join drawings and alerts to their stores and to the prices."""
    nursery, notifiers = Nursery(), _notifiers(settings)
    alerts = AlertWatch(
        store=stores.alerts,
        drawings=stores.drawings,
        candles=stores.candles,
        clock=clock,
        publish=bus.publish,
        nursery=nursery,
        watch=_watch(feeds),
        notifiers=notifiers,
    )
    bus.subscribe(MarketTraded, alerts.on_traded)
    bus.subscribe(TickerMoved, alerts.on_ticker)
    bus.subscribe(CandleClosed, alerts.on_candle_closed)
    bus.subscribe(DrawingsChanged, alerts.on_drawings_changed)
    drawings = DrawingKeeper(store=stores.drawings, publish=bus.publish)
    return Charting(alerts=alerts, drawings=drawings, nursery=nursery, notifiers=notifiers)


def _notifiers(settings: NotifySettings) -> list[WebhookNotifier]:
    if settings.webhook_url is None:
        return []
    return [WebhookNotifier(url=settings.webhook_url.get_secret_value())]


def _watch(feeds: Feeds) -> Watch:
    async def watch(instrument: InstrumentId, timeframe: Timeframe | None) -> None:
        if timeframe is None:
            await feeds.watch_market(WatchMarket(instrument=instrument))
        else:
            await feeds.watch_candles(WatchCandles(instrument=instrument, timeframe=timeframe))

    return watch
