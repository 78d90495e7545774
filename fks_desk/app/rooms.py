"""Open every room on the engine's loop and join them by the bus."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from fks_desk.adapters.exchange.futures.connection import FuturesConnection
from fks_desk.app.assistant import Assistant, open_assistant
from fks_desk.app.charting import Charting, open_charting
from fks_desk.app.data_desk import DataDesk, open_data_desk
from fks_desk.app.database import OpenDatabase
from fks_desk.app.drill.room import CrashDrills
from fks_desk.app.folders import Folders
from fks_desk.app.health import worker_health
from fks_desk.app.market_room import Market, open_market
from fks_desk.app.routes import Handler
from fks_desk.app.settings import Settings
from fks_desk.app.upkeep import DatabaseCare, open_care
from fks_desk.app.venue_link import OpenVenue, risk_limits
from fks_desk.app.world import World
from fks_desk.backtest.service import Backtests
from fks_desk.backtest.worker import BacktestWorker
from fks_desk.core.bus import Bus
from fks_desk.core.clock import Clock
from fks_desk.core.errors import FKSException
from fks_desk.core.job import Job
from fks_desk.core.margin import MarginReader
from fks_desk.core.messages import (
    BookMoved,
    CancelBacktest,
    CancelTask,
    CandleClosed,
    CandleMoved,
    CandlesRepaired,
    Command,
    DecideSignal,
    HealthMoved,
    HealthState,
    MarketTraded,
    NoticeRaised,
    RetryTask,
    RunBacktest,
    Severity,
    StartTask,
    TickerMoved,
    WatchCandles,
    WatchMarket,
)
from fks_desk.core.model import Mode, OrderKind
from fks_desk.core.native import Abilities, NativeOrders
from fks_desk.core.nursery import Nursery
from fks_desk.core.perpetuals import PerpetualMoved
from fks_desk.core.ports import AccountReader, Broker, Reads
from fks_desk.intelligence.jobs import intelligence_jobs
from fks_desk.market.instruments import Instruments
from fks_desk.resilience.retry import Waits
from fks_desk.strategy import catalog
from fks_desk.tasks.board import TaskBoard
from fks_desk.trading.desk import OrderDesk
from fks_desk.trading.inbox import SignalInbox
from fks_desk.trading.options import TradingOptions
from fks_desk.trading.prices import Prices
from fks_desk.trading.runner import StrategyRunner
from fks_desk.trading.signals import StrategyRun
from fks_desk.venue.paper import PaperGateway

log = logging.getLogger(__name__)

_LAST_DRILL = "crash drill"  # the setting that keeps what came of it


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """Hold what the rooms stand on."""

    settings: Settings
    folders: Folders
    world: World
    clock: Clock
    bus: Bus
    database: OpenDatabase
    venue: OpenVenue
    jobs: Sequence[Job]
    patience: TradingOptions
    beat: Callable[[], None]


@dataclass(slots=True, kw_only=True)
class Rooms:
    """Hold the open rooms; `handlers` leads each command to its room."""

    market: Market
    desk: OrderDesk
    runner: StrategyRunner
    inbox: SignalInbox
    assistant: Assistant
    backtests: Backtests
    worker: BacktestWorker
    board: TaskBoard
    charting: Charting
    data: DataDesk
    care: DatabaseCare
    drills: CrashDrills
    nursery: Nursery
    handlers: dict[type[Command], Handler] = field(default_factory=dict)

    def warm(self, bus: Bus) -> None:
        """Load what nobody waits for yet, in processes of their own."""
        self.nursery.start(_warm(self.worker, bus), name="warm the backtest worker")
        self.nursery.start(self.assistant.warm(), name="warm the models")

    async def close(self) -> None:
        """End the rooms, those that write last."""
        await self.drills.close()
        await self.board.close()
        await self.data.close()
        await self.charting.close()
        await self.assistant.close()
        await self.backtests.close()
        await self.desk.close()
        await self.nursery.close()
        await self.market.close()
        await self.worker.close()


async def open_rooms(ground: Ground, on_reads: Callable[[Reads], None]) -> Rooms:
    """Open the rooms in the order in which they need one another."""
    market, nursery = _market(ground), Nursery()
    runner = _runner(ground, nursery)
    assistant = _assistant(ground)
    data = _data_desk(ground, market)
    care = open_care(
        stores=ground.database.stores,
        bus=ground.bus,
        instruments=market.instruments,
        watched=market.feeds.watched,
    )
    jobs = [*market.jobs(), *runner.jobs(), *intelligence_jobs(ingest=assistant.ingest)]
    drills = _drills(ground)
    board = _board(ground, [*jobs, *data.jobs(), *care.jobs(), *ground.jobs])
    await board.open()
    on_reads(_reads(ground.database, board, data, drills))
    await _list_instruments(ground, market.instruments)
    worker = BacktestWorker()
    rooms = Rooms(
        market=market,
        desk=_order_desk(ground, market, nursery),
        runner=runner,
        inbox=SignalInbox(store=ground.database.stores.signals, publish=ground.bus.publish),
        assistant=assistant,
        backtests=_backtests(ground, worker),
        worker=worker,
        board=board,
        charting=_charting(ground, market),
        data=data,
        care=care,
        drills=drills,
        nursery=nursery,
    )
    rooms.handlers = dict(_handlers(rooms))
    _subscribe(ground.bus, rooms)
    market.start(ground.bus)
    await rooms.charting.alerts.start()
    await data.open()
    await rooms.desk.start()
    assistant.ingest.start()
    return rooms


async def _list_instruments(ground: Ground, instruments: Instruments) -> None:
    """Load the list, from earlier days if the venue is out of reach; without any, wait for it."""
    for wait in Waits(first_s=0.5, longest_s=15.0):
        await instruments.load()
        if instruments.by_id.keys() >= set(ground.world.watched):
            break
        ground.bus.publish(
            HealthMoved(
                part="feed",
                state=HealthState.BAD,
                detail=f"{ground.world.venue} does not list its instruments",
                next_step="It is asked again until it does.",
            )
        )
        await asyncio.sleep(wait)
    ground.venue.connection.remember(instruments.all)


def _market(ground: Ground) -> Market:
    return open_market(
        venue=ground.venue,
        name=ground.world.venue,
        stores=ground.database.stores,
        settings=ground.settings,
        folders=ground.folders,
        clock=ground.clock,
        bus=ground.bus,
    )


def _data_desk(ground: Ground, market: Market) -> DataDesk:
    return open_data_desk(
        stores=ground.database.stores,
        folders=ground.folders,
        world=ground.world,
        clock=ground.clock,
        bus=ground.bus,
        connection=ground.venue.connection,
        instruments=market.instruments,
    )


def _assistant(ground: Ground) -> Assistant:
    streams = ground.venue.connection.streams
    return open_assistant(
        settings=ground.settings.assistant,
        stores=ground.database.stores,
        bus=ground.bus,
        clock=ground.clock,
        # "Today" in a replay is the file's day.
        market_now=(lambda: streams.market_time) if ground.world.is_replayed else _no_time,
    )


def _drills(ground: Ground) -> CrashDrills:
    configs = ground.database.stores.configs

    async def save(drill: Mapping[str, Any]) -> None:
        await configs.put(_LAST_DRILL, drill, by="desk")

    return CrashDrills(
        account=ground.world.account,
        load=lambda: configs.get(_LAST_DRILL),
        save=save,
        clock=ground.clock,
        publish=ground.bus.publish,
    )


def _no_time() -> datetime | None:
    return None


def _charting(ground: Ground, market: Market) -> Charting:
    return open_charting(
        stores=ground.database.stores,
        feeds=market.feeds,
        bus=ground.bus,
        clock=ground.clock,
        settings=ground.settings.notify,
    )


def _runner(ground: Ground, nursery: Nursery) -> StrategyRunner:
    return StrategyRunner(
        runs=_first_runs(ground.world),
        candles=ground.database.stores.candles,
        store=ground.database.stores.signals,
        clock=ground.clock,
        publish=ground.bus.publish,
        nursery=nursery,
        everywhere=[one.name for one in catalog.strategies()],
    )


def _backtests(ground: Ground, worker: BacktestWorker) -> Backtests:
    stores = ground.database.stores
    return Backtests(
        candles=stores.candles, store=stores.backtests, worker=worker, publish=ground.bus.publish
    )


def _board(ground: Ground, jobs: Sequence[Job]) -> TaskBoard:
    return TaskBoard(
        conninfo=ground.database.reading.url,
        desk=str(ground.folders.root),
        jobs=jobs,
        clock=ground.clock,
        publish=ground.bus.publish,
    )


def _order_desk(ground: Ground, market: Market, nursery: Nursery) -> OrderDesk:
    bus, stores, prices = ground.bus, ground.database.stores, Prices(ground.clock)
    bus.subscribe(TickerMoved, prices.on_ticker)
    bus.subscribe(MarketTraded, prices.on_trade)
    bus.subscribe(CandleMoved, prices.on_candle)
    broker: Broker
    reader: AccountReader
    native: NativeOrders | None = None
    margin: MarginReader | None = None
    # What paper's own matching takes beside plain orders; pairs the desk holds itself.
    abilities = Abilities(kinds=frozenset(OrderKind))
    if ground.world.account.mode is Mode.PAPER:
        broker = reader = _paper(ground, market, nursery)
    else:
        connection = ground.venue.connection
        broker, reader = connection.broker, connection.account
        if isinstance(connection, FuturesConnection):
            margin, abilities = connection.account, connection.abilities
        else:
            native = connection.native
    return OrderDesk(
        account=ground.world.account,
        store=stores.trading_writer,
        rows=stores.trading,
        journal=stores.journal,
        broker=broker,
        reader=reader,
        instruments=lambda: market.instruments.by_id,
        prices=prices,
        clock=ground.clock,
        publish=bus.publish,
        limits=risk_limits(ground.settings, ground.world.account.mode),
        options=ground.patience,
        beat=ground.beat,
        ledger=stores.ledger,
        parents=stores.ledger,
        native=native,
        abilities=abilities,
        margin=margin,
    )


def _paper(ground: Ground, market: Market, nursery: Nursery) -> PaperGateway:
    """Match orders here, on the venue's live prices; nothing of it can sign or send."""
    folder = ground.folders.venues / ground.world.account.id
    folder.mkdir(mode=0o700, exist_ok=True)
    gateway = PaperGateway(
        account=ground.world.account.id,
        instruments=[one for one in market.instruments.all if one.venue == ground.world.venue],
        clock=ground.clock,
        folder=folder,
        initial_balances={"USDT": ground.settings.demo.cash},
    )
    ground.bus.subscribe(MarketTraded, lambda event: gateway.on_trade(event.trade))
    ground.bus.subscribe(BookMoved, lambda event: gateway.on_book(event.book))
    nursery.start(gateway.run(), name="paper ledger")
    return gateway


def _subscribe(bus: Bus, rooms: Rooms) -> None:
    bus.subscribe(PerpetualMoved, rooms.desk.on_mark)
    bus.subscribe(CandleClosed, rooms.runner.on_candle_closed)
    bus.subscribe(CandlesRepaired, rooms.runner.on_candles_repaired)


def _first_runs(world: World) -> list[StrategyRun]:
    """Return every built-in strategy on the chart's first candles: signals, never orders."""
    first, *_ = world.watched
    return [
        StrategyRun(strategy=one.name, instrument=first, timeframe=world.timeframe)
        for one in catalog.strategies()
    ]


async def _watch_candles(rooms: Rooms, command: WatchCandles) -> None:
    """Keep a chart's candles coming, and let the strategies hear them."""
    rooms.runner.watch(command.instrument, command.timeframe)
    await rooms.market.feeds.watch_candles(command)


def _handlers(rooms: Rooms) -> Mapping[type[Command], Handler]:
    return {
        WatchCandles: lambda command: _watch_candles(rooms, command),
        WatchMarket: rooms.market.feeds.watch_market,
        **dict.fromkeys(rooms.desk.commands, rooms.desk.handle),
        **dict.fromkeys(rooms.assistant.orchestrator.commands, rooms.assistant.orchestrator.handle),
        DecideSignal: rooms.inbox.decide,
        RunBacktest: rooms.backtests.run,
        CancelBacktest: rooms.backtests.cancel,
        **rooms.charting.handlers,
        **rooms.data.handlers,
        StartTask: rooms.board.start,
        CancelTask: rooms.board.cancel,
        RetryTask: rooms.board.retry,
        **rooms.care.handlers,
        **rooms.drills.handlers,
    }


def _reads(database: OpenDatabase, board: TaskBoard, data: DataDesk, drills: CrashDrills) -> Reads:
    stores = database.stores
    return Reads(
        candles=stores.rolled,
        origins=stores.origins,
        instruments=stores.instruments,
        trading=stores.trading,
        history=stores.ledger,
        transfers=stores.ledger,
        pictures=stores.pictures,
        signals=stores.signals,
        backtests=stores.backtests,
        facts=stores.facts,
        journal=stores.journal,
        tasks=board,
        drawings=stores.drawings,
        alerts=stores.alerts,
        files=data.files,
        downloads=data.downloads,
        tags=stores.tags,
        recordings=data.recordings,
        flow=stores.flow,
        storage=stores.storage,
        tables=database.console,
        console=database.console,
        drills=drills,
    )


async def _warm(worker: BacktestWorker, bus: Bus) -> None:
    try:
        await worker.start()
        bus.publish(worker_health(worker))
    except FKSException as error:
        bus.publish(NoticeRaised(severity=Severity.WARNING, text=error.message, topic="backtest"))
