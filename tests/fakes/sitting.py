"""Sit before the whole desk: window, engine, venue and database, with a keyboard alone."""

from __future__ import annotations

import asyncio
import logging
import os
import shutil
import signal
import tempfile
import time
import uuid
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import qasync
from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

from fks_desk.app.accounts.book import AccountBook
from fks_desk.app.desktop import Desktop, DesktopOptions
from fks_desk.app.folders import Folders
from fks_desk.app.settings import Settings
from fks_desk.app.workbench import Models
from fks_desk.app.world import World
from fks_desk.core.accounts import AccountEntry
from fks_desk.core.model import TradingState
from fks_desk.ui.shell.window import MainWindow

PATIENCE_S = 30.0
_LOOK_S = 0.01


class Sitting:
    """Hold an open desk; every input is a key press on whatever has the focus."""

    def __init__(self, desktop: Desktop) -> None:
        self.desktop = desktop
        self.began = time.monotonic()
        self.seconds = 0.0

    @property
    def window(self) -> MainWindow:
        return self.desktop.window

    @property
    def models(self) -> Models:
        return self.desktop.workbench.models

    def press(self, *keys: str) -> None:
        """Press keys written as in the help page: `Ctrl+5`, `Return`, `?`."""
        for key in keys:
            stroke = QKeySequence(key)[0]
            target = QApplication.focusWidget() or self.window
            modifiers = stroke.keyboardModifiers()
            code = stroke.key()
            if 0x20 < code < 0x7F and modifiers == Qt.KeyboardModifier.NoModifier:
                QTest.keyClick(target, chr(code).lower())
            else:
                QTest.keyClick(target, code, modifiers)

    def type(self, text: str) -> None:
        """Type letter by letter, so that the first may move the focus."""
        for letter in text:
            QTest.keyClick(QApplication.focusWidget() or self.window, letter)

    async def until(
        self, is_so: Callable[[], Any], what: str, patience_s: float = PATIENCE_S
    ) -> None:
        """Wait for the screen to show something, or fail saying what it was."""
        deadline = time.monotonic() + patience_s
        while not is_so():
            if time.monotonic() > deadline:
                self.picture("fks-desk-failed.png")
                raise AssertionError(f"waited {patience_s:g} s for: {what}; {self._words()}")
            await asyncio.sleep(_LOOK_S)
        self.mark(what)

    async def until_tradable(self, patience_s: float = PATIENCE_S) -> None:
        """Wait until an order can be drawn up and sent: the account is compared, a price known."""
        ticket = self.models.ticket
        await self.until(
            lambda: ticket.trading_state is TradingState.ACTIVE, "orders may be sent", patience_s
        )
        await self.until(lambda: ticket.facts.ticker is not None, "a price is known", patience_s)

    def _words(self) -> str:
        notices = [one.text for one in self.window.notices.history()]
        ticket = self.models.ticket
        return f"ticket: {ticket.outcome.text} {ticket.problem}; notices: {notices}"

    async def until_closed(self, dialog: QWidget, what: str) -> None:
        """Wait for a dialog to go, then do what a window manager does: turn to the window."""
        await self.until(lambda: not dialog.isVisible(), what)
        self.window.activateWindow()
        await self.until(self.window.isActiveWindow, "the window is active again")

    def now(self) -> float:
        """Return the seconds since the desk was opened."""
        return time.monotonic() - self.began

    def mark(self, what: str) -> None:
        """Note when something was so; shown with `pytest -s`."""
        self.seconds = self.now()
        print(f"{self.seconds:6.2f} s  {what}")

    def picture(self, name: str) -> None:
        """Save the window where FKS_TEST_PICTURES says, if it says so."""
        if folder := os.environ.get("FKS_TEST_PICTURES"):
            self.window.grab().save(str(Path(folder) / name))


@contextmanager
def open_folder() -> Iterator[Path]:
    """Lend a folder whose parents the database's own user may pass, as pytest's are not."""
    root = Path(tempfile.gettempdir()) / f"fks-desk-{os.getpid()}-{uuid.uuid4().hex[:6]}"
    root.mkdir()
    root.chmod(0o711)
    yield root
    shutil.rmtree(root, ignore_errors=True)


def sit_down(
    app: QApplication,
    *,
    root: Path,
    world: World,
    settings: Settings,
    work: Callable[[Sitting], Awaitable[None]],
    size: tuple[int, int] = (1366, 768),
    accounts: AccountBook | None = None,
    entry: AccountEntry | None = None,
) -> Sitting:
    """Open the desk as the command does, work on it, and leave it closed in order.

    The work ends the desk itself; if it fails, the desk is ended for it.
    """
    logging.getLogger("qasync").setLevel(logging.WARNING)
    app.setQuitOnLastWindowClosed(False)
    folders = Folders(root=root)
    folders.make()
    options = DesktopOptions(
        settings=settings,
        folders=folders,
        world=world,
        size=size,
        accounts=accounts,
        entry=entry,
    )
    loop = qasync.QEventLoop(app)
    with _kept_signals(), loop:
        asyncio.set_event_loop(loop)
        return loop.run_until_complete(_sit(options, work))


def look_at(
    app: QApplication, *, root: Path, world: World, work: Callable[[Sitting], Awaitable[None]]
) -> None:
    """Show the window with every pane wired, before there is an engine, and look at it."""
    logging.getLogger("qasync").setLevel(logging.WARNING)
    app.setQuitOnLastWindowClosed(False)
    folders = Folders(root=root)
    folders.make()
    options = DesktopOptions(settings=Settings(), folders=folders, world=world)

    async def look() -> None:
        desktop = Desktop(options)
        try:
            desktop.window.show()
            await work(Sitting(desktop))
        finally:
            desktop.window.hide()
            desktop.bridge.close()
            await desktop.workbench.nursery.close()
            desktop._logging.close()
            _forget(desktop)

    loop = qasync.QEventLoop(app)
    with _kept_signals(), loop:
        asyncio.set_event_loop(loop)
        loop.run_until_complete(look())


async def _sit(options: DesktopOptions, work: Callable[[Sitting], Awaitable[None]]) -> Sitting:
    desktop = Desktop(options)
    sitting = Sitting(desktop)
    running = asyncio.get_running_loop().create_task(desktop.run(), name="desktop")
    try:
        await sitting.until(desktop.window.isActiveWindow, "the window is active")
        await work(sitting)
        await asyncio.wait_for(asyncio.shield(running), PATIENCE_S)
        sitting.mark("the desk has ended")
    finally:
        if not running.done():
            desktop.window._may_close = True
            desktop.window.close()
            await asyncio.wait({running}, timeout=PATIENCE_S)
        _forget(desktop)
    return sitting


def _forget(desktop: Desktop) -> None:
    """Delete the window now, so that no later test meets its timers."""
    desktop.window.deleteLater()
    desktop.workbench.deleteLater()
    QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)


@contextmanager
def _kept_signals() -> Iterator[None]:
    kept = {kind: signal.getsignal(kind) for kind in (signal.SIGINT, signal.SIGTERM)}
    level = logging.getLogger().level
    try:
        yield
    finally:
        logging.getLogger().setLevel(level)
        for kind, handler in kept.items():
            signal.signal(kind, handler)
        asyncio.set_event_loop(None)
