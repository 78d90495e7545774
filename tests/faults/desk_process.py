"""Be a whole desk without a window, which trades at random until it is told or killed.

The parent writes a word a line: `trade`, `settle`, `quit`, or `strike POINT database`
and `strike POINT both` to kill the database, or it and this process, at the next visit
of a fail-point. Everything that the desk tells goes to `history.jsonl`, a line at once:
what a line says was committed before it was written, so a kill takes back nothing of it.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import os
import random
import signal
import sys
import threading
import time
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from fks_desk.app.engine import Engine
    from fks_desk.core.messages import Event
    from fks_desk.core.nursery import Nursery

HISTORY = "history.jsonl"
TRADERS = 4
ACTS_PER_S = 8  # the venue takes 100 orders in ten seconds, and a restart may share them
CASH = Decimal(100_000)
# A fraction of the cash each, so that hundreds of orders fit into the account.
SMALLEST, LARGEST = 10, 300
# The venue of a drill is on this machine and hides nothing: what the desk waits for is
# the same, it only waits less long for it.
BRISK = {"absence_s": 6.0, "reconcile_s": 3.0, "reconcile_idle_s": 5.0}


class History:
    """Write what happened, line by line, past every buffer of this process."""

    def __init__(self, path: Path) -> None:
        self._file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)

    def note(self, what: str, **fields: Any) -> None:
        line = {"ms": int(time.time() * 1000), "pid": os.getpid(), "what": what, **fields}
        os.write(self._file, json.dumps(line, default=str).encode() + b"\n")


class Listener:
    """Hear every event of the engine: write it down and remember what traders need."""

    def __init__(self, history: History) -> None:
        self.history = history
        self.prices: dict[str, Decimal] = {}
        self.instruments: dict[str, Any] = {}
        self.working: dict[str, Any] = {}
        self.state = ""
        self.is_ready = False

    def hear(self, event: Event) -> None:
        handler = getattr(self, f"_on_{type(event).__name__}", None)
        if handler is not None:
            handler(event)

    def _on_EngineReady(self, event: Any) -> None:
        self.is_ready = True
        self.history.note("ready", seconds=event.seconds)

    def _on_InstrumentsListed(self, event: Any) -> None:
        self.instruments |= {one.id: one for one in event.instruments}

    def _on_TickerMoved(self, event: Any) -> None:
        self.prices[event.ticker.instrument] = event.ticker.last

    def _on_MarketTraded(self, event: Any) -> None:
        self.prices[event.trade.instrument] = event.trade.price

    def _on_TradingStateMoved(self, event: Any) -> None:
        self.state = event.state.value
        self.history.note("state", state=event.state, reason=event.reason)

    def _on_OrderMoved(self, event: Any) -> None:
        order = event.order
        self.history.note(
            "order", id=order.client_id, state=order.state, filled=order.filled,
            venue_id=order.venue_order_id,
        )  # fmt: skip
        if order.state in {"open", "partial"}:
            self.working[order.client_id] = order
        else:
            self.working.pop(order.client_id, None)

    def _on_OrderFilled(self, event: Any) -> None:
        fill = event.fill
        self.history.note(
            "fill", id=fill.client_id, instrument=fill.instrument, trade=fill.trade_id,
            price=fill.price, size=fill.size, fee=fill.fee.amount,
        )  # fmt: skip

    def _on_OrderDenied(self, event: Any) -> None:
        self.history.note("denied", id=event.intent.client_id, code=event.code)

    def _on_HealthMoved(self, event: Any) -> None:
        self.history.note("health", part=event.part, state=event.state, detail=event.detail)

    def _on_NoticeRaised(self, event: Any) -> None:
        self.history.note("notice", severity=event.severity, text=event.text)

    def _on_Reconciled(self, event: Any) -> None:
        if event.repairs:
            self.history.note("repaired", count=len(event.repairs), first=event.repairs[0])


class Trader:
    """Send market and limit orders and cancels, as chance has it."""

    def __init__(self, engine: Engine, listener: Listener, chance: random.Random) -> None:
        self._engine = engine
        self._listener = listener
        self._chance = chance

    async def trade(self) -> None:
        while True:
            await asyncio.sleep(self._chance.expovariate(ACTS_PER_S / TRADERS))
            if self._listener.state == "active" and self._listener.prices:
                await self._act()

    async def _act(self) -> None:
        from fks_desk.core.errors import FKSException

        command = self._command()
        if command is None:
            return
        try:
            await self._engine.handle(command)
        except FKSException as error:
            self._listener.history.note("refused", why=error.message)

    def _command(self) -> Any:
        from fks_desk.core.messages import CancelAllOrders, CancelOrder, ClosePosition
        from fks_desk.core.model import AccountId

        account = AccountId("demo")
        roll = self._chance.random()
        if roll < 0.22 and self._listener.working:
            chosen = self._chance.choice(sorted(self._listener.working))
            return CancelOrder(account=account, client_id=chosen)
        if roll < 0.23:
            return CancelAllOrders(account=account)
        instrument = self._chance.choice(sorted(self._listener.prices))
        if roll < 0.24:
            return ClosePosition(account=account, instrument=instrument)
        return self._order(account, self._listener.instruments.get(instrument))

    def _order(self, account: Any, instrument: Any) -> Any:
        from fks_desk.core.clock import SystemClock
        from fks_desk.core.ids import new_client_id
        from fks_desk.core.messages import PlaceOrder
        from fks_desk.core.model import OrderIntent, OrderKind, Side

        if instrument is None:
            return None
        last = self._listener.prices[instrument.id]
        side = self._chance.choice((Side.BUY, Side.BUY, Side.SELL))
        is_market = self._chance.random() < 0.35
        # Near the market, so that some fill at once, some soon and some never.
        away = Decimal(self._chance.randint(-10, 60)) / 10_000
        price = instrument.snap_price(last * (1 - side.sign * away))
        size = instrument.snap_size(Decimal(self._chance.randint(SMALLEST, LARGEST)) / last)
        if size <= 0:
            return None
        intent = OrderIntent(
            client_id=new_client_id(),
            account=account,
            instrument=instrument.id,
            side=side,
            kind=OrderKind.MARKET if is_market else OrderKind.LIMIT,
            size=size,
            limit_price=None if is_market else price,
            reference_price=last if is_market else price,
            created=SystemClock().now(),
        )
        self._listener.history.note("intent", id=intent.client_id)
        return PlaceOrder(intent=intent)


class Desk:
    """Run the engine and obey the parent."""

    def __init__(self, root: Path, seed: int) -> None:
        self._root = root
        self._seed = seed
        self._words: asyncio.Queue[str] = asyncio.Queue()
        self._points = contextlib.ExitStack()
        self.listener = Listener(History(root / HISTORY))

    async def run(self) -> None:
        from fks_desk.core.nursery import Nursery

        loop = asyncio.get_running_loop()
        for kind in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(kind, self._words.put_nowait, "quit")
        threading.Thread(target=self._read_words, args=(loop,), daemon=True).start()
        self.listener.history.note("begun")
        engine, nursery = self._engine(), Nursery()
        try:
            await engine.start()
            while (word := await self._words.get()) != "quit":
                await self._obey(word, engine, nursery)
        finally:
            await nursery.close()
            await engine.close()
        self.listener.history.note("ended")

    async def _obey(self, word: str, engine: Engine, nursery: Nursery) -> None:
        if word == "trade":
            for number in range(TRADERS):
                trader = Trader(engine, self.listener, random.Random(self._seed + number))
                nursery.start(trader.trade(), name=f"trader {number}")
        elif word == "settle":
            await nursery.close()
            await self._settle(engine)
        elif word.startswith("strike "):
            self._strike(*word.split()[1:])

    def _strike(self, point: str, target: str) -> None:
        """Arm a point for one visit."""
        from fks_desk.adapters.storage.embedded import EmbeddedServer
        from fks_desk.core.failpoints import armed, kill, on_visit

        server = EmbeddedServer(self._root / "postgres")

        def act(name: str) -> None:
            if (pid := server.pid) is not None:
                os.kill(pid, signal.SIGKILL)
            self.listener.history.note("struck", point=name)
            if target == "both":
                kill(name)

        # Open until the process ends, and the action is for one visit.
        self._points.enter_context(armed({point: on_visit(1, act)}))

    def _engine(self) -> Engine:
        from fks_desk.app import rooms
        from fks_desk.app.engine import Engine
        from fks_desk.app.folders import Folders
        from fks_desk.app.logs import start_logging
        from fks_desk.app.settings import DemoSettings, Settings, TradingSettings
        from fks_desk.app.world import demo_world
        from fks_desk.core.clock import SystemClock

        rooms.TradingOptions = partial(rooms.TradingOptions, **BRISK)
        folders = Folders(root=self._root)
        folders.make()
        logging = start_logging(folders.logs, "INFO")
        many = 1_000_000
        settings = Settings(
            demo=DemoSettings(cash=CASH),
            trading=TradingSettings(max_orders_per_minute=many, max_open_orders=many),
        )
        return Engine(
            settings=settings,
            folders=folders,
            world=demo_world(settings.demo),
            clock=SystemClock(),
            listen=self.listener.hear,
            hide=logging.hide,
        )

    async def _settle(self, engine: Engine) -> None:
        """Cancel until no order is open or in doubt."""
        from fks_desk.core.errors import FKSException
        from fks_desk.core.messages import CancelAllOrders
        from fks_desk.core.model import AccountId

        account = AccountId("demo")
        assert engine.database is not None
        while True:
            try:
                await engine.handle(CancelAllOrders(account=account))
                await asyncio.sleep(1.0)
                left = await engine.database.stores.trading_writer.open_orders(account)
                if not left and self.listener.state == "active":
                    break
            except FKSException as error:
                self.listener.history.note("refused", why=error.message)
        self.listener.history.note("settled")

    def _read_words(self, loop: asyncio.AbstractEventLoop) -> None:
        for line in sys.stdin:
            loop.call_soon_threadsafe(self._words.put_nowait, line.strip())
        # The parent is gone, and nobody else would ever end this process.
        loop.call_soon_threadsafe(self._words.put_nowait, "quit")


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("root", type=Path)
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    desk = Desk(arguments.root, arguments.seed)
    with asyncio.Runner(loop_factory=asyncio.SelectorEventLoop) as runner:
        runner.run(desk.run())


if __name__ == "__main__":
    main()
