"""Open every room on the engine's loop and join them by the bus."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from fks_desk.adapters.storage.stores import Stores
from fks_desk.app.database import OpenDatabase
from fks_desk.app.folders import Folders
from fks_desk.app.routes import Handler
from fks_desk.app.settings import Settings
from fks_desk.app.venue_link import OpenVenue, risk_limits
from fks_desk.app.world import World
from fks_desk.backtest.service import Backtests
from fks_desk.backtest.worker import BacktestWorker
from fks_desk.core.bus import Bus
from fks_desk.core.clock import Clock
from fks_desk.core.errors import FKSException
from fks_desk.core.job import Job
from fks_desk.core.messages import (
    CancelBacktest,
    CancelTask,
    CandleClosed,
    CandleMoved,
    CandlesRepaired,
    Command,
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
from fks_desk.core.nursery import Nursery
from fks_desk.core.ports import Reads
from fks_desk.market.backfill import Backfill
from fks_desk.market.feeds import Feeds
from fks_desk.market.instruments import Instruments
from fks_desk.market.jobs import market_jobs
from fks_desk.market.recorder import Recorder
from fks_desk.resilience.metrics import Metrics
from fks_desk.strategy import catalog
from fks_desk.tasks.board import TaskBoard
from fks_desk.trading.desk import OrderDesk
from fks_desk.trading.options import TradingOptions
from fks_desk.trading.prices import Prices
from fks_desk.trading.runner import StrategyRunner
from fks_desk.trading.signals import StrategyRun

log = logging.getLogger(__name__)


@dataclass(slots=True, kw_only=True)
class Rooms:
    """Hold the open rooms; `handlers` leads each command to its room."""

    instruments: Instruments
    feeds: Feeds
    recorder: Recorder
    desk: OrderDesk
    runner: StrategyRunner
    backfill: Backfill
    backtests: Backtests
    worker: BacktestWorker
    board: TaskBoard
    metrics: Metrics
    nursery: Nursery
    handlers: dict[type[Command], Handler] = field(default_factory=dict)

    async def close(self) -> None:
        """End the rooms, those that write last."""
        await self.nursery.close()
        await self.board.close()
        await self.backtests.close()
        await self.desk.close()
        await self.feeds.close()
        await self.recorder.close()
        await self.worker.close()


async def open_rooms(
    *,
    settings: Settings,
    folders: Folders,
    world: World,
    clock: Clock,
    bus: Bus,
    database: OpenDatabase,
    venue: OpenVenue,
    jobs: Sequence[Job],
    on_reads: Callable[[Reads], None],
) -> Rooms:
    """Open the rooms in the order in which they need one another."""
    stores, connection, nursery = database.stores, venue.connection, Nursery()
    sources = {world.venue: connection.market}
    instruments = Instruments(sources=sources, store=stores.instruments, publish=bus.publish)
    metrics = Metrics()
    backfill = Backfill(
        sources={world.venue: connection.history},
        reader=stores.candles,
        writer=stores.candle_writer,
        publish=bus.publish,
    )
    feeds = Feeds(
        sources=sources,
        lookup=instruments.get,
        backfill=backfill,
        clock=clock,
        publish=bus.publish,
        metrics=metrics,
    )
    worker = BacktestWorker()
    runner = StrategyRunner(
        runs=_first_runs(world),
        candles=stores.candles,
        store=stores.signals,
        clock=clock,
        publish=bus.publish,
        nursery=nursery,
    )
    rooms = Rooms(
        instruments=instruments,
        feeds=feeds,
        recorder=Recorder(
            candles=stores.candle_writer,
            publish=bus.publish,
            trades=stores.market_trades,
            metrics=metrics,
        ),
        desk=_order_desk(settings, world, clock, bus, stores, venue, instruments),
        runner=runner,
        backfill=backfill,
        backtests=Backtests(
            candles=stores.candles, store=stores.backtests, worker=worker, publish=bus.publish
        ),
        worker=worker,
        board=TaskBoard(
            conninfo=database.reading.url,
            desk=str(folders.root),
            jobs=[
                *market_jobs(backfill=backfill, watched=feeds.watched),
                *runner.jobs(),
                *jobs,
            ],
            clock=clock,
            publish=bus.publish,
        ),
        metrics=metrics,
        nursery=nursery,
    )
    rooms.handlers = dict(_handlers(rooms))
    bus.subscribe(CandleClosed, rooms.recorder.on_candle_closed)
    bus.subscribe(MarketTraded, rooms.recorder.on_market_traded)
    bus.subscribe(CandleClosed, runner.on_candle_closed)
    bus.subscribe(CandlesRepaired, runner.on_candles_repaired)
    await rooms.board.open()
    on_reads(_reads(stores, rooms.board))
    await connection.instruments()
    await instruments.load()
    rooms.recorder.start()
    await rooms.desk.start()
    nursery.start(_warm(worker, bus), name="warm the backtest worker")
    return rooms


def _order_desk(
    settings: Settings,
    world: World,
    clock: Clock,
    bus: Bus,
    stores: Stores,
    venue: OpenVenue,
    instruments: Instruments,
) -> OrderDesk:
    prices = Prices(clock)
    bus.subscribe(TickerMoved, prices.on_ticker)
    bus.subscribe(MarketTraded, prices.on_trade)
    bus.subscribe(CandleMoved, prices.on_candle)
    return OrderDesk(
        account=world.account,
        store=stores.trading_writer,
        rows=stores.trading,
        journal=stores.journal,
        broker=venue.connection.broker,
        reader=venue.connection.account,
        instruments=lambda: instruments.by_id,
        prices=prices,
        clock=clock,
        publish=bus.publish,
        limits=risk_limits(settings.trading),
        options=TradingOptions(),
    )


def _first_runs(world: World) -> list[StrategyRun]:
    """Return every built-in strategy on the chart's first candles: signals, never orders."""
    first, *_ = world.watched
    return [
        StrategyRun(strategy=one.name, instrument=first, timeframe=world.timeframe)
        for one in catalog.strategies()
    ]


def _handlers(rooms: Rooms) -> Mapping[type[Command], Handler]:
    return {
        WatchCandles: rooms.feeds.watch_candles,
        WatchMarket: rooms.feeds.watch_market,
        **dict.fromkeys(rooms.desk.commands, rooms.desk.handle),
        RunBacktest: rooms.backtests.run,
        CancelBacktest: rooms.backtests.cancel,
        StartTask: rooms.board.start,
        CancelTask: rooms.board.cancel,
        RetryTask: rooms.board.retry,
    }


def _reads(stores: Stores, board: TaskBoard) -> Reads:
    return Reads(
        candles=stores.candles,
        instruments=stores.instruments,
        trading=stores.trading,
        signals=stores.signals,
        backtests=stores.backtests,
        facts=stores.facts,
        journal=stores.journal,
        tasks=board,
    )


async def _warm(worker: BacktestWorker, bus: Bus) -> None:
    try:
        await worker.start()
    except FKSException as error:
        bus.publish(NoticeRaised(severity=Severity.WARNING, text=error.message, topic="backtest"))
