"""The engine starts in order on real parts, hears every command, and leaves nothing behind."""

from __future__ import annotations

import asyncio
import importlib
import pkgutil
import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import psutil
import pytest

from fks_desk import core
from fks_desk.app.engine import Engine
from fks_desk.app.folders import Folders
from fks_desk.app.settings import DemoSettings, Settings
from fks_desk.app.world import World, demo_world
from fks_desk.core.clock import SystemClock
from fks_desk.core.ids import new_client_id
from fks_desk.core.messages import (
    AnswerDone,
    AskQuestion,
    BacktestDone,
    CandleMoved,
    Command,
    EngineReady,
    Event,
    HealthMoved,
    HealthState,
    OrderFilled,
    PlaceOrder,
    StartTask,
    TaskMoved,
    TaskState,
    TickerMoved,
)
from fks_desk.core.model import OrderIntent, OrderKind, Side

pytestmark = [pytest.mark.slow, pytest.mark.db]


@pytest.fixture
def folders() -> Iterator[Folders]:
    # Not under pytest's folder: root's database runs as a user who must get in.
    root = Path(tempfile.mkdtemp(prefix="fks-engine-"))
    made = Folders(root=root)
    made.make()
    yield made
    shutil.rmtree(root, ignore_errors=True)


class Told:
    """Keep events and wait for one of a kind."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self._came = asyncio.Event()

    def __call__(self, event: Event) -> None:
        self.events.append(event)
        self._came.set()

    async def first(self, kind, wanted=lambda _event: True):
        async with asyncio.timeout(60):
            while True:
                for event in self.events:
                    if type(event) is kind and wanted(event):
                        return event
                self._came.clear()
                await self._came.wait()


@asynccontextmanager
async def running(folders: Folders, world: World) -> AsyncIterator[tuple[Engine, Told]]:
    told = Told()
    engine = Engine(
        settings=Settings(),
        folders=folders,
        world=world,
        clock=SystemClock(),
        listen=told,
    )
    try:
        await engine.start()
        yield engine, told
    finally:
        await engine.close()


def processes_of(folders: Folders) -> list[str]:
    found = []
    for process in psutil.process_iter(["cmdline"]):
        line = " ".join(process.info["cmdline"] or [])
        if str(folders.root) in line:
            found.append(line)
    return found


def market_buy(world: World, ticker, size: str) -> PlaceOrder:
    return PlaceOrder(
        intent=OrderIntent(
            client_id=new_client_id(),
            account=world.account.id,
            instrument=ticker.instrument,
            side=Side.BUY,
            kind=OrderKind.MARKET,
            size=Decimal(size),
            reference_price=ticker.last,
            created=SystemClock().now(),
        )
    )


@pytest.mark.allow_warnings
@pytest.mark.parametrize("is_paper", [False, True], ids=["demo", "paper"])
async def test_one_desk_trades_tests_answers_and_works_in_the_background(folders, is_paper):
    world = demo_world(DemoSettings(), is_paper=is_paper)
    async with running(folders, world) as (engine, told):
        await told.first(EngineReady)
        await told.first(CandleMoved)
        btc = await told.first(TickerMoved, lambda e: e.ticker.instrument == world.watched[0])
        await engine.handle(market_buy(world, btc.ticker, "0.01"))
        filled = await told.first(OrderFilled)
        await engine.handle(StartTask(job="health_check"))
        await told.first(TaskMoved, lambda event: event.record.state is TaskState.DONE)
        report = (await told.first(BacktestDone)).report
        await engine.handle(
            AskQuestion(question="q1", text="why am I long?", account=world.account.id)
        )
        answer = await told.first(AnswerDone)

        assert filled.fill.account == world.account.id
        assert report.spec.instrument == world.watched[0]
        assert "0.01" in answer.text
        assert {citation.ref.kind for citation in answer.citations} >= {"trade", "position"}
        assert await engine.database.stores.journal.verify() is None

    assert processes_of(folders) == []


@pytest.mark.allow_warnings
async def test_every_command_has_exactly_one_handler(folders):
    modules = [
        importlib.import_module(f"fks_desk.core.{found.name}")
        for found in pkgutil.iter_modules(core.__path__)
    ]
    known = {
        kind
        for module in modules
        for kind in vars(module).values()
        if isinstance(kind, type) and issubclass(kind, Command) and kind is not Command
    }
    async with running(folders, demo_world(DemoSettings())) as (engine, _told):
        assert engine.rooms.handlers.keys() == known


@pytest.mark.allow_warnings
async def test_a_start_that_is_cut_short_leaves_no_process(folders):
    engine = Engine(
        settings=Settings(),
        folders=folders,
        world=demo_world(DemoSettings()),
        clock=SystemClock(),
        listen=lambda _event: None,
    )
    starting = asyncio.get_running_loop().create_task(engine.start())
    await asyncio.sleep(1.0)
    starting.cancel()
    await asyncio.wait({starting})
    await engine.close()

    assert processes_of(folders) == []


@pytest.mark.allow_warnings
async def test_an_exchange_that_asks_for_a_pause_delays_the_desk_and_does_not_end_it(folders):
    script = folders.root / "faults.json"
    script.write_text('{"rules": [{"on": "GET /api/v3/exchangeInfo", "action": "ban", "nth": 1, '
                      '"seconds": 3}]}')  # fmt: skip
    world = demo_world(DemoSettings())
    world = replace(world, arguments=(*world.arguments, "--faults", str(script)))
    async with running(folders, world) as (_, told):
        await told.first(EngineReady)
        await told.first(TickerMoved)

    waits = [one.detail for one in told.events if isinstance(one, HealthMoved)]
    assert "demo does not list its instruments" in waits


async def test_limits_frames_and_the_loops_lag_are_told(folders):
    world = demo_world(DemoSettings())
    async with running(folders, world) as (engine, told):
        limits = await told.first(
            HealthMoved, lambda event: event.part == "limits" and event.state is HealthState.GOOD
        )
        await told.first(
            HealthMoved, lambda event: event.part == "feed" and "frames read" in event.detail
        )
        assert engine.rooms is not None
        metrics = engine.rooms.market.metrics
        async with asyncio.timeout(60):
            while metrics.value("loop_lag", loop="engine") is None:
                await asyncio.sleep(0.05)

    assert "of 6,000 weight" in limits.detail
    assert metrics.value("clock_offset", venue="demo") is not None
    assert metrics.value("breaker_state", breaker="demo_api") == 0.0
    assert (folders.venues / world.folder / "demo-budget.json").exists()
