"""Run the desk's engine on one asyncio loop: start in order, take commands, end in order."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable
from typing import Any

from fks_desk.adapters.exchange.budget_file import BudgetFiles
from fks_desk.app.accounts.access import Access
from fks_desk.app.countdown import Gates, count_down
from fks_desk.app.database import OpenDatabase, open_database
from fks_desk.app.database_guard import DatabaseGuard
from fks_desk.app.first_run import prepare_first_run
from fks_desk.app.folders import Folders
from fks_desk.app.health import (
    HealthChecks,
    clock_health,
    disk_health,
    health_job,
    limits_health,
    streams_health,
    worker_health,
)
from fks_desk.app.pulse import Pulse
from fks_desk.app.rooms import Ground, Rooms, open_rooms
from fks_desk.app.routes import Routes
from fks_desk.app.settings import Settings
from fks_desk.app.venue_child import VenueChild
from fks_desk.app.venue_guard import VenueGuard
from fks_desk.app.venue_link import OpenVenue, open_account, open_venue
from fks_desk.app.world import World
from fks_desk.core.bus import Bus
from fks_desk.core.clock import Clock
from fks_desk.core.errors import FKSException
from fks_desk.core.messages import (
    Command,
    EngineReady,
    Event,
    HealthMoved,
    HealthState,
    NoticeRaised,
    Severity,
    WatchCandles,
    WatchMarket,
)
from fks_desk.core.nursery import Nursery
from fks_desk.core.ports import JournalDraft, Publish, Reads
from fks_desk.resilience.metrics import gauge_loop_lag
from fks_desk.trading.options import TradingOptions

log = logging.getLogger(__name__)

HEALTH_EVERY_S = 5.0
WARM_AFTER_S = 10.0  # at the latest, also on an account that cannot be compared
RETRY_S = 5.0


class Engine:
    """Own everything below the window.

    `listen` hears every event on the engine's thread; `on_reads` is told as soon
    as stored rows can be read, well before the market is there. `patience` is the
    trading room's own, unless a drill shortens it.
    """

    def __init__(
        self,
        *,
        settings: Settings,
        folders: Folders,
        world: World,
        clock: Clock,
        listen: Publish,
        on_reads: Callable[[Reads], None] = lambda _reads: None,
        hide: Callable[[str], None] = lambda _secret: None,
        access: Access | None = None,
        patience: TradingOptions | None = None,
    ) -> None:
        self._patience = patience or TradingOptions()
        self._settings = settings
        self._folders = folders
        self._world = world
        self._clock = clock
        self._on_reads = on_reads
        self._hide = hide
        self._nursery = Nursery()
        self._routes = Routes()
        self._access = access
        self._child = (
            VenueChild(folder=folders.venues / world.folder, arguments=world.arguments)
            if access is None
            else None
        )
        self._checks = HealthChecks(
            checks={
                "database": self._check_database,
                "clock": self._check_clock,
                "disk": self._check_disk,
                "worker": self._check_worker,
                "feed": self._check_feed,
                "limits": self._check_limits,
            },
            publish=self._tell,
        )
        self._pulse = Pulse(clock=clock, on_wake=self._on_wake)
        self.bus = Bus()
        self.bus.subscribe_all(listen)
        self.database: OpenDatabase | None = None
        self.venue: OpenVenue | None = None
        self.rooms: Rooms | None = None

    async def start(self) -> None:
        """Start everything in order; raise an `FKSException` that says what stands in the way."""
        began = self._clock.monotonic()
        opening = self._nursery.start(self._open_venue(), name="open the venue")
        self.database = await self._open_database()
        stores = self.database.stores
        await stores.accounts.ensure_account(self._world.account)
        await opening
        assert self.venue is not None  # noqa: S101  the line above opened it
        self.rooms = await open_rooms(
            Ground(
                settings=self._settings,
                folders=self._folders,
                world=self._world,
                clock=self._clock,
                bus=self.bus,
                database=self.database,
                venue=self.venue,
                jobs=[health_job(self._checks)],
                patience=self._patience,
                beat=self._pulse.beat,
            ),
            self._on_reads,
        )
        self._routes.add(self.rooms.handlers)
        self._pulse.start()
        await self._watch_first()
        self._say("feed", HealthState.GOOD, f"connected to {self._world.venue}")
        self._routes.open()
        self._nursery.start(self._watch_health(), name="watch health")
        self._nursery.start(count_down(self._gates, self._tell), name="count pauses down")
        lag = gauge_loop_lag(self.rooms.market.metrics, "engine", monotonic=self._clock.monotonic)
        self._nursery.start(lag, name="gauge the loop")
        self._nursery.start(self._warm(), name="warm the workers")
        await self._note_opened()
        await self.rooms.desk.ready()
        seconds = self._clock.monotonic() - began
        log.info("the engine is ready after %.1f s", seconds)
        self._tell(EngineReady(accounts=(self._world.account.id,), seconds=seconds))
        self._nursery.start(self._prepare_first_run(), name="first run")

    async def handle(self, command: Command) -> None:
        """Carry out a command; one that comes before its room is there waits."""
        # First of all: what this command was decided on may be from before a long sleep.
        self._pulse.beat()
        await self._routes.handle(command)

    async def close(self, *, keep_venue: bool = False) -> None:
        """End everything in the opposite order; open orders stay at the venue."""
        self._pulse.stop()
        self._routes.close("the desk is closing")
        await self._nursery.close()
        for part in (self.rooms, self.venue, None if keep_venue else self._child, self.database):
            try:
                if isinstance(part, VenueChild):
                    await part.stop()
                elif part is not None:
                    await part.close()
            except FKSException as error:
                log.warning("a part did not close in order: %s", error)

    async def _open_database(self) -> OpenDatabase:
        self._say("database", HealthState.STARTING, "starting")
        try:
            opened = await open_database(self._settings, self._folders, self._clock)
        except FKSException as error:
            self._say("database", HealthState.BAD, error.message, "See the log folder, then retry.")
            raise
        self._say("database", HealthState.GOOD, _database_words(opened))
        if opened.server is not None:
            guard = DatabaseGuard(server=opened.server, publish=self._tell)
            self._nursery.start(guard.run(), name="guard the database")
        return opened

    async def _open_venue(self) -> None:
        budget = BudgetFiles(self._folders.venues / self._world.folder)
        if self._child is None:
            assert self._access is not None  # noqa: S101  one of both is there
            self._say("feed", HealthState.STARTING, f"asking {self._world.venue} who we are")
            self.venue = await open_account(
                access=self._access, clock=self._clock, tell=self._tell, budget=budget
            )
            return
        self._say("feed", HealthState.STARTING, "starting the exchange")
        self.venue = await open_venue(
            world=self._world,
            child=self._child,
            clock=self._clock,
            hide=self._hide,
            budget=budget,
        )
        guard = VenueGuard(child=self._child, publish=self._tell)
        self._nursery.start(guard.run(), name="guard the venue")

    async def _note_opened(self) -> None:
        """Write down that an account with a key was opened; never the key."""
        assert self.database is not None  # noqa: S101  started before
        if self._access is None:
            return
        account = self._world.account
        entry = JournalDraft(
            type="account.opened",
            payload={"account": account.id, "mode": account.mode.value, "venue": account.venue},
            ts_event=self._clock.now(),
            account=account.id,
            origin="desk",
        )
        await self.database.stores.journal.append([entry])

    async def _warm(self) -> None:
        """Load the workers once the market moves: two cores have enough to do until then."""
        assert self.rooms is not None  # noqa: S101  started after the rooms
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(WARM_AFTER_S):
                await self.rooms.desk.ready()
        self.rooms.warm(self.bus)

    async def _watch_first(self) -> None:
        first, *_ = self._world.watched
        await self._routes_now(WatchCandles(instrument=first, timeframe=self._world.timeframe))
        for instrument in self._world.watched:
            await self._routes_now(WatchMarket(instrument=instrument))

    async def _routes_now(self, command: Any) -> None:
        assert self.rooms is not None  # noqa: S101  start() calls in order
        await self.rooms.handlers[type(command)](command)

    async def _prepare_first_run(self) -> None:
        assert self.rooms is not None  # noqa: S101  called when they are open
        assert self.database is not None  # noqa: S101  likewise
        first, *_ = self._world.watched
        if self._world.is_replayed:
            return
        await prepare_first_run(
            instrument=self.rooms.market.instruments.get(first),
            now=self._clock.now(),
            backfill=self.rooms.market.backfill,
            candles=self.database.stores.candles,
            store=self.database.stores.backtests,
            backtests=self.rooms.backtests,
        )

    def _on_wake(self, gap_s: float) -> None:
        """Make every stream anew, and open nothing before the account is compared again."""
        reason = f"this desk did not run for {gap_s:.0f} s"
        log.warning("%s: every stream is made anew", reason)
        if self.rooms is not None:
            self.rooms.desk.distrust(reason)
        if self.venue is not None:
            self.venue.connection.cut(reason)
        text = (
            f"This desk did not run for {gap_s:.0f} s, as when a machine sleeps. Every stream "
            "is made anew, and the account is compared before anything is opened."
        )
        self._tell(NoticeRaised(severity=Severity.WARNING, text=text, topic="desk"))

    async def _watch_health(self) -> None:
        while True:
            await self._checks.run()
            await asyncio.sleep(HEALTH_EVERY_S)

    async def _check_database(self) -> HealthMoved:
        assert self.database is not None  # noqa: S101  started before the checks
        await self.database.reading.rows("SELECT 1 AS one")
        detail = _database_words(self.database)
        return HealthMoved(part="database", state=HealthState.GOOD, detail=detail)

    async def _check_clock(self) -> HealthMoved:
        assert self.venue is not None  # noqa: S101  started before the checks
        offset = await self.venue.connection.sync_clock()
        if self.rooms is not None:
            gauge = self.rooms.market.metrics.clock_offset.labels(self._world.venue)
            gauge.set(offset / 1000)
        return clock_health(offset)

    async def _check_feed(self) -> HealthMoved:
        assert self.venue is not None  # noqa: S101  started before the checks
        if self.rooms is None:
            return HealthMoved(part="feed", state=HealthState.STARTING, detail="not started yet")
        return streams_health(self.venue.connection.streams, self._world.venue)

    async def _check_limits(self) -> HealthMoved:
        if self.rooms is None:
            return HealthMoved(part="limits", state=HealthState.STARTING, detail="not started yet")
        return limits_health(self._gates())

    def _gates(self) -> Gates:
        return self.rooms.market.sources.gates if self.rooms is not None else {}

    async def _check_disk(self) -> HealthMoved:
        return await asyncio.to_thread(disk_health, self._folders.root)

    async def _check_worker(self) -> HealthMoved:
        if self.rooms is None:
            # A scheduled check may come while an exchange out of reach is waited for.
            return HealthMoved(part="worker", state=HealthState.STARTING, detail="not started yet")
        return worker_health(self.rooms.worker)

    def _say(self, part: str, state: HealthState, detail: str, next_step: str = "") -> None:
        self._tell(HealthMoved(part=part, state=state, detail=detail, next_step=next_step))

    def _tell(self, event: Event) -> None:
        self.bus.publish(event)


def _database_words(opened: OpenDatabase) -> str:
    kind = "embedded " if opened.server is not None else ""
    return f"{kind}{opened.stores.features.title}"
