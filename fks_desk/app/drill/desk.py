"""Be a whole scratch desk without a window, which trades at random until it is told or killed.

The parent writes a word a line: `trade`, `settle`, `quit`, or `strike POINT PART` to kill
the desk, its database or both at the next visit of a fail-point. `--strike` arms one
before the start.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import os
import random
import signal
import sys
import threading
from decimal import Decimal
from pathlib import Path

from fks_desk.adapters.storage.embedded import EmbeddedServer
from fks_desk.app.drill.listener import History, Listener
from fks_desk.app.drill.scratch import HISTORY
from fks_desk.app.drill.trader import ACCOUNT, TRADERS, Trader
from fks_desk.app.engine import Engine
from fks_desk.app.folders import Folders
from fks_desk.app.logs import start_logging
from fks_desk.app.settings import DemoSettings, Settings, TradingSettings
from fks_desk.app.world import demo_world
from fks_desk.core.clock import SystemClock
from fks_desk.core.crash_drill import StruckPart
from fks_desk.core.errors import FKSException
from fks_desk.core.failpoints import armed, kill, on_visit
from fks_desk.core.messages import CancelAllOrders
from fks_desk.core.nursery import Nursery
from fks_desk.trading.options import TradingOptions

CASH = Decimal(100_000)
# Each start compares the account once: a later visit is one among orders.
_VISITS = {"reconcile.mid": 2}
# The venue of a drill is on this machine and hides nothing: what the desk waits for is
# the same, it only waits less long for it.
_BRISK = TradingOptions(absence_s=6.0, reconcile_s=3.0, reconcile_idle_s=5.0)
_MANY = 1_000_000
_HUMBLE = 10


class ScratchDesk:
    """Run the engine and obey the parent."""

    def __init__(self, root: Path, seed: int) -> None:
        self._root = root
        self._seed = seed
        self._clock = SystemClock()
        self._words: asyncio.Queue[str] = asyncio.Queue()
        # Open until the process ends; each action is for one visit.
        self._points = contextlib.ExitStack()
        self._is_trading = False
        self._listener = Listener(History(root / HISTORY, self._clock))

    async def run(self) -> None:
        """Live from start to end."""
        loop = asyncio.get_running_loop()
        for kind in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(kind, self._words.put_nowait, "quit")
        threading.Thread(target=self._read_words, args=(loop,), daemon=True).start()
        self._listener.history.note("begun")
        engine, nursery = self._engine(), Nursery()
        try:
            await engine.start()
            while (word := await self._words.get()) != "quit":
                await self._obey(word, engine, nursery)
        finally:
            await nursery.close()
            await engine.close()
        self._listener.history.note("ended")

    def strike(self, point: str, part: StruckPart, visit: int = 1) -> None:
        """Arm a point for one visit."""
        server = EmbeddedServer(self._root / "postgres")

        def act(name: str) -> None:
            pid = server.pid
            if part is not StruckPart.DESK and pid is not None:
                os.kill(pid, getattr(signal, "SIGKILL", signal.SIGTERM))
            self._listener.history.note("struck", point=name)
            if part is not StruckPart.DATABASE:
                kill(name)

        self._points.enter_context(armed({point: on_visit(visit, act)}))

    async def _obey(self, word: str, engine: Engine, nursery: Nursery) -> None:
        if word == "trade" and not self._is_trading:
            self._is_trading = True
            for number in range(TRADERS):
                chance = random.Random(self._seed + number)  # noqa: S311  no secret
                trader = Trader(engine, self._listener, chance, self._clock)
                nursery.start(trader.trade(), name=f"trader {number}")
        elif word == "settle":
            await nursery.close()
            self._is_trading = False
            await self._settle(engine)
        elif word.startswith("strike "):
            _, point, part = word.split()
            self.strike(point, StruckPart(part))

    def _engine(self) -> Engine:
        folders = Folders(root=self._root)
        folders.make()
        logging = start_logging(folders.logs, "INFO")
        settings = Settings(
            demo=DemoSettings(cash=CASH),
            trading=TradingSettings(max_orders_per_minute=_MANY, max_open_orders=_MANY),
        )
        return Engine(
            settings=settings,
            folders=folders,
            world=demo_world(settings.demo),
            clock=self._clock,
            listen=self._listener.hear,
            hide=logging.hide,
            patience=_BRISK,
        )

    async def _settle(self, engine: Engine) -> None:
        """Cancel until no order is open or in doubt."""
        while True:
            try:
                await engine.handle(CancelAllOrders(account=ACCOUNT))
                await asyncio.sleep(1.0)
                if await self._is_settled(engine):
                    break
            except FKSException as error:
                self._listener.history.note("refused", why=error.message)
        self._listener.history.note("settled")

    async def _is_settled(self, engine: Engine) -> bool:
        if engine.database is None or self._listener.state != "active":
            return False
        return not await engine.database.stores.trading_writer.open_orders(ACCOUNT)

    def _read_words(self, loop: asyncio.AbstractEventLoop) -> None:
        for line in sys.stdin:
            loop.call_soon_threadsafe(self._words.put_nowait, line.strip())
        # The parent is gone, and nobody else would ever end this process.
        loop.call_soon_threadsafe(self._words.put_nowait, "quit")


def main() -> None:
    """Run a scratch desk until it is told to end."""
    parser = argparse.ArgumentParser()
    parser.add_argument("root", type=Path)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--strike", default="")
    parser.add_argument("--humble", action="store_true")
    arguments = parser.parse_args()
    if arguments.humble and hasattr(os, "nice"):
        os.nice(_HUMBLE)
    desk = ScratchDesk(arguments.root, arguments.seed)
    if arguments.strike:
        point, part = arguments.strike.split()
        desk.strike(point, StruckPart(part), _VISITS.get(point, 1))
    with asyncio.Runner(loop_factory=asyncio.SelectorEventLoop) as runner:
        runner.run(desk.run())


if __name__ == "__main__":
    main()
