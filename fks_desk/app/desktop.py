"""Open the window, start the engine behind it, and end both in order."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import signal
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING

import qasync
from PySide6.QtCore import QCoreApplication, QEvent, QObject, QTimer
from PySide6.QtWidgets import QApplication, QWidget

from fks_desk.app.accounts.book import AccountBook
from fks_desk.app.collector import Collector
from fks_desk.app.engine_thread import EngineThread
from fks_desk.app.folders import Folders
from fks_desk.app.logs import start_logging
from fks_desk.app.restarting import RESTART
from fks_desk.app.settings import Settings
from fks_desk.app.workbench import Workbench
from fks_desk.app.world import World
from fks_desk.core.accounts import AccountEntry
from fks_desk.core.clock import SystemClock
from fks_desk.core.errors import ConfigError, FKSException, SecretError
from fks_desk.core.messages import Severity
from fks_desk.core.model import Mode
from fks_desk.core.ports import Reads
from fks_desk.ui.actions.registry import ActionRegistry
from fks_desk.ui.bridge.bridge import Bridge
from fks_desk.ui.bridge.engine import Engine as EngineDoor
from fks_desk.ui.models.account.accounts import AccountsModel
from fks_desk.ui.panes.research.equity_plot import load_plots
from fks_desk.ui.shell.idle import IdleWatch
from fks_desk.ui.shell.passphrase import PassphraseDialog
from fks_desk.ui.shell.single import SingleInstance
from fks_desk.ui.shell.window import MainWindow
from fks_desk.ui.theme.colors import theme_named

if TYPE_CHECKING:
    from fks_desk.app.accounts.access import Access
    from fks_desk.app.engine import Engine

log = logging.getLogger(__name__)

# Long enough for numpy and SQL to work, short enough that a key press never waits for them.
_SWITCH_S = 0.001
_PAINTED_WITHIN_S = 1.0
_STAYS_LOCKED = (
    "The keys stay locked, so the account is not open. Ctrl+F2 chooses another account, or start "
    "the desk again."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class DesktopOptions:
    """Say how the window opens. With `screenshot` the desk plays a tour and ends by itself.

    `entry` is the account of the list that was chosen; its key opens before the engine.
    """

    settings: Settings
    folders: Folders
    world: World
    size: tuple[int, int] | None = None
    screenshot: Path | None = None
    seconds: float = 20.0
    accounts: AccountBook | None = None
    entry: AccountEntry | None = None


class Desktop:
    """Hold the window and the engine of one process."""

    def __init__(self, options: DesktopOptions) -> None:
        self._options = options
        self._clock = SystemClock()
        self._logging = start_logging(options.folders.logs, options.settings.log.level)
        self.bridge = Bridge(clock=self._clock)
        self.registry = ActionRegistry()
        self.workbench = Workbench(
            bridge=self.bridge,
            world=options.world,
            clock=self._clock,
            exports=options.folders.exports,
            registry=self.registry,
        )
        self.window = MainWindow(
            bridge=self.bridge,
            panes=self.workbench.specs(),
            registry=self.registry,
            layouts_folder=options.folders.layouts,
            mode=options.world.account.mode,
            provide=self.workbench.charts.provide,
            charts=self.workbench.charts,
            keys_file=options.folders.root / "keys.json",
            exports=options.folders.exports,
            theme=theme_named(options.settings.window.theme)
            if options.settings.window.theme
            else None,
            accounts=self._accounts_model(),
            account_title=options.world.account.title,
        )
        self.workbench.attach(self.window)
        is_live = options.world.account.mode is Mode.LIVE
        limits = options.settings.live if is_live else options.settings.trading
        self._idle = IdleWatch(minutes=limits.lock_after_min, parent=self.window)
        self._idle.left.connect(self.workbench.models.ticket.lock)
        self._access: Access | None = None
        self._collector = Collector(self.window)
        self.engine = EngineThread(
            make=self._make_engine, listen=self.bridge.post, on_failure=self._on_failure
        )
        if options.size is not None:
            self.window.resize(*options.size)

    async def run(self) -> int:
        """Show the window, run until it is closed, and end in order.

        Raises the `FKSException` that kept the engine from starting, once the
        window, which has told of it, is closed.
        """
        sys.setswitchinterval(_SWITCH_S)
        closed = asyncio.Event()
        self.window.closed.connect(closed.set)
        painted = FirstPaint(self.window)
        self.window.show()
        self.window.docks.focus("chart")
        self.registry.require_unambiguous()
        self._loop = asyncio.get_running_loop()
        _on_signals(self.window.leave)
        # What loads behind the window would only hold its first picture up.
        await painted.wait()
        self._collector.start()
        self.workbench.nursery.start(load_plots(), name="load the plots")
        if await self._unlock():
            self.engine.start()
        self.bridge.watch.start()
        try:
            await self._stay(closed)
        finally:
            await self._end()
        if self.engine.failure is not None and not self.window.wants_restart:
            raise self.engine.failure
        return RESTART if self.window.wants_restart else 0

    def destroy(self) -> None:
        """Let Qt take the window apart, the parts before the whole, while everything still lives.

        At the end of the process it would do so in any order, which has ended in a crash.
        """
        self.window.deleteLater()
        QCoreApplication.sendPostedEvents(self.window, QEvent.Type.DeferredDelete)

    async def _stay(self, closed: asyncio.Event) -> None:
        if self._options.screenshot is not None:
            from fks_desk.app.tour import play_tour  # noqa: PLC0415  for pictures alone

            await play_tour(self, self._options.screenshot, self._options.seconds)
        else:
            await closed.wait()

    def _accounts_model(self) -> AccountsModel | None:
        if self._options.accounts is None:
            return None
        return AccountsModel(
            keeper=self._options.accounts,
            opened=self._options.world.account.id,
            nursery=self.workbench.nursery,
            parent=self.workbench,
        )

    async def _unlock(self) -> bool:
        """Open the key of the account, asking for the passphrase where one is needed."""
        book, entry = self._options.accounts, self._options.entry
        if book is None or entry is None or self._options.world.is_built_in:
            return True
        book.hide = self._logging.hide
        problem, passphrase = "", None
        while True:
            try:
                self._access = await asyncio.to_thread(book.access, entry, passphrase)
            except SecretError as error:
                problem = error.message if passphrase is not None else ""
            except FKSException as error:
                self._refuse(error)
                return False
            else:
                return True
            dialog = PassphraseDialog(title=entry.title, problem=problem, parent=self.window)
            self.window.closed.connect(dialog.reject)
            passphrase = await dialog.answer()
            if passphrase is None:
                self._refuse(SecretError(_STAYS_LOCKED))
                return False

    def _refuse(self, error: FKSException) -> None:
        """Tell in the window why there is no engine; accounts can still be changed."""
        self.bridge.fail(error)
        self.window.notify(Severity.ERROR, error.message)

    async def _end(self) -> None:
        self.window.hide()
        self.bridge.close()
        await self.workbench.nursery.close(timeout_s=1.0)
        self.engine.stop()
        if not await asyncio.to_thread(self.engine.join):
            log.error("the engine did not end in time")
        self._collector.stop()
        self._logging.close()

    def _make_engine(self) -> Engine:
        # Imported on the engine's thread: the window is up meanwhile.
        from fks_desk.app.engine import Engine  # noqa: PLC0415

        engine = Engine(
            settings=self._options.settings,
            folders=self._options.folders,
            world=self._options.world,
            clock=self._clock,
            listen=self.bridge.post,
            on_reads=lambda reads: self._attach(reads, engine),
            hide=self._logging.hide,
            access=self._access,
        )
        return engine

    def _on_failure(self, error: FKSException) -> None:
        self._loop.call_soon_threadsafe(self.bridge.fail, error)

    def _attach(self, reads: Reads, engine: Engine) -> None:
        door = EngineDoor(loop=self.engine.loop, handle=engine.handle, reads=reads)
        self._loop.call_soon_threadsafe(self.bridge.attach, door)


class FirstPaint(QObject):
    """Notice when a widget is painted for the first time."""

    def __init__(self, widget: QWidget) -> None:
        super().__init__(widget)
        self._came = asyncio.Event()
        widget.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802  Qt names it
        """Look at each event until the paint, and stop none."""
        if event.type() == QEvent.Type.Paint:
            watched.removeEventFilter(self)
            self._came.set()
        return False

    async def wait(self) -> None:
        """Wait for the paint; not long, because a covered window may never be painted."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_PAINTED_WITHIN_S):
                await self._came.wait()


def run_desktop(options: DesktopOptions) -> int:
    """Run the desk with a window and return its exit code."""
    app = QApplication.instance() or QApplication(["fks-desk"])
    assert isinstance(app, QApplication)  # noqa: S101  nothing else makes one here
    app.setApplicationName("FKS Desk")
    app.setQuitOnLastWindowClosed(False)
    instance = SingleInstance(folder=options.folders.root)
    if not instance.claim():
        if options.screenshot is not None:
            raise ConfigError(
                f"a desk is open already on {options.folders.root}, so no picture was taken; "
                "close it first, or choose another data folder with FKS_DATA_FOLDER"
            )
        sys.stderr.write("the desk is open already on this data folder; its window was raised\n")
        return 0
    loop = qasync.QEventLoop(app)
    asyncio.set_event_loop(loop)
    try:
        with loop:
            return int(loop.run_until_complete(_run(options, instance)))
    finally:
        instance.release()


async def _run(options: DesktopOptions, instance: SingleInstance) -> int:
    # Made inside the running loop: view-models begin to read at once.
    desktop = Desktop(options)
    instance.raise_wanted.connect(desktop.window.raise_now)
    try:
        return await desktop.run()
    finally:
        desktop.destroy()


def _on_signals(leave: Callable[[], object]) -> None:
    """Close the window on Ctrl+C and on a polite end of the process: nobody may be there to ask."""

    def on_signal(_number: int, _frame: FrameType | None) -> None:
        # Outside of the handler: it may have come in the middle of a paint.
        QTimer.singleShot(0, leave)

    for kind in (signal.SIGINT, signal.SIGTERM):
        signal.signal(kind, on_signal)
