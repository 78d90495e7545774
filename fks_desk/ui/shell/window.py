"""Put banner, docks, menu, palette and status bar together into the main window."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QSize, QTimer, Signal
from PySide6.QtGui import QCloseEvent, QShowEvent
from PySide6.QtWidgets import QApplication, QDialog, QMainWindow

from fks_desk.core.desk_messages import TradingArmed
from fks_desk.core.errors import ConfigError, FKSException
from fks_desk.core.messages import (
    CancelAllOrders,
    EngineReady,
    FeedMoved,
    HealthMoved,
    NoticeRaised,
    OrderFilled,
    OrderMoved,
    Severity,
)
from fks_desk.core.model import Mode
from fks_desk.core.nursery import Nursery
from fks_desk.ui.actions.action import WINDOW
from fks_desk.ui.actions.keymap import Keymap
from fks_desk.ui.actions.registry import ActionRegistry
from fks_desk.ui.bridge.bridge import Bridge
from fks_desk.ui.models.account.accounts import AccountsModel
from fks_desk.ui.shell.accounts_page import AccountsPage
from fks_desk.ui.shell.banner import ModeFrame
from fks_desk.ui.shell.commands import TRAY_ACTIONS, Parts, WindowCommands
from fks_desk.ui.shell.docks import Docks, PaneSpec, Provide
from fks_desk.ui.shell.health import HealthModel
from fks_desk.ui.shell.help import HelpOverlay
from fks_desk.ui.shell.hints import ChordHints
from fks_desk.ui.shell.icon import app_icon
from fks_desk.ui.shell.keys_page import KeysPage
from fks_desk.ui.shell.layouts import LAST, Layout, LayoutFolder
from fks_desk.ui.shell.menu import MenuBar
from fks_desk.ui.shell.notices import Notices
from fks_desk.ui.shell.open_orders import OpenOrders
from fks_desk.ui.shell.palette import CommandPalette, Provider
from fks_desk.ui.shell.quit import QuitDialog
from fks_desk.ui.shell.session import Keeper, Session
from fks_desk.ui.shell.status import StatusBar
from fks_desk.ui.shell.tray import Tray, fill_words
from fks_desk.ui.text import tr
from fks_desk.ui.theme.colors import DARK, Theme, theme_named
from fks_desk.ui.theme.current import apply, prepare
from fks_desk.ui.widgets.pane import Pane

FIRST_SIZE = (1600, 960)  # less where the screen has less
_FIRST_SHARE = 0.85  # of a screen that has room for more
_TITLE_BAR = 36  # pixels that a window manager may put above the window
# The tray asks the desktop over D-Bus, which may hang; never before the window shows.
_TRAY_AFTER_MS = 800


class MainWindow(QMainWindow):
    """Hold the panes and everything around them; know no trading.

    Without a theme the one of the last time is used, else the dark one.
    """

    closed = Signal()  # the person is done, the application may end

    def __init__(
        self,
        *,
        bridge: Bridge,
        panes: Sequence[PaneSpec],
        registry: ActionRegistry,
        layouts_folder: Path,
        mode: Mode,
        theme: Theme | None = None,
        providers: Sequence[Provider] = (),
        provide: Provide = lambda _name: None,
        charts: Keeper | None = None,
        keys_file: Path | None = None,
        exports: Path | None = None,
        accounts: AccountsModel | None = None,
        account_title: str = "",
    ) -> None:
        super().__init__()
        self.wants_restart = False
        self._accounts = accounts
        self._account_title = account_title
        self.keymap = Keymap(registry=registry, file=keys_file or layouts_folder / "keys.keymap")
        self._exports = exports or layouts_folder
        self._provide = provide
        self._charts = charts
        self.bridge = bridge
        self.registry = registry
        self.tray: Tray | None = None
        self._mode = mode
        self._nursery = Nursery()
        self._folder = LayoutFolder(layouts_folder)
        self._quit_dialog: QuitDialog | None = None
        self._may_close = False
        self._has_shares = True
        self._prepare()
        last, damage = self._last_layout()
        colors = theme or theme_named(last.theme if last else DARK.name)
        prepare(_application(), colors)
        self._build(panes, providers)
        self._take_last(last, damage)
        # Under a style sheet each move of a dock would polish all that it holds, again
        # and again, so it comes when everything stands.
        apply(_application(), colors)
        self._bind_keys()
        self._listen()
        self._take_keys()

    def pane(self, name: str) -> Pane:
        """Return the pane of a name."""
        return self.docks.pane(name)

    def notify(self, severity: Severity, text: str) -> None:
        """Show a sentence without taking the keys."""
        self.notices.tell(severity, text)

    def set_reading(self, text: str) -> None:
        """Show the values under the crosshair in the status bar."""
        self.status.set_reading(text)

    def ring(self, text: str) -> None:
        """Tell of an alert so that nobody misses it: a sound, a notice, the tray."""
        QApplication.beep()
        self.notices.tell(Severity.WARNING, text)
        if self.tray is not None:
            self.tray.tell(tr("Alert"), text)
        if not self.isActiveWindow():
            QApplication.alert(self)

    def hide_in_tray(self) -> None:
        """Leave the screen; alerts and orders go on, the tray brings the window back."""
        if self.tray is not None and self.tray.is_there:
            self.hide()
            self.docks.hide_floating()
        else:
            self.showMinimized()

    def raise_now(self) -> None:
        """Come to the front, also from the taskbar or the tray."""
        if self.isMinimized():
            self.showNormal()
        else:
            self.show()
        self.docks.show_floating()
        self.raise_()
        self.activateWindow()

    def leave(self) -> None:
        """Close without asking; open orders stay at the venue."""
        self._may_close = True
        self.close()

    def closeEvent(self, event: QCloseEvent) -> None:
        """Ask about open orders first, then save the layout and go."""
        if len(self.open_orders) and not self._may_close:
            event.ignore()
            self._ask_about_orders()
            return
        try:
            self.session.save(LAST)
        except ConfigError as error:
            # A full disk must not keep anybody from leaving.
            self.notify(Severity.WARNING, error.message)
        self.docks.hide_floating()
        if self.tray is not None:
            self.tray.hide()
        super().closeEvent(event)
        self.closed.emit()

    def showEvent(self, event: QShowEvent) -> None:
        """Give the panes their shares once the window has its size."""
        super().showEvent(event)
        if not self._has_shares:
            self._has_shares = True
            self.docks.apply_shares()
            QTimer.singleShot(0, self.docks.apply_shares)

    def _prepare(self) -> None:
        self.setObjectName("desk")
        mode = self._mode.value.upper()
        name = f"{mode} · {self._account_title}" if self._account_title else mode
        self.setWindowTitle(tr("FKS Desk — {mode}", mode=name))
        self.setWindowIcon(app_icon())
        self.setMinimumSize(720, 420)
        room = QApplication.primaryScreen().availableSize()
        wanted = QSize(*FIRST_SIZE).expandedTo(room * _FIRST_SHARE)
        self.resize(wanted.boundedTo(room - QSize(0, _TITLE_BAR)))

    def _last_layout(self) -> tuple[Layout | None, str]:
        try:
            return self._folder.load(LAST), ""
        except ConfigError as error:
            return None, error.message

    def _build(self, panes: Sequence[PaneSpec], providers: Sequence[Provider]) -> None:
        self.open_orders = OpenOrders(self)
        self.health = HealthModel(self)
        self.docks = Docks(panes=panes, parent=self, provide=self._provide)
        self.banner = ModeFrame(mode=self._mode, content=self.docks.widget, parent=self)
        self.setCentralWidget(self.banner)
        self.status = StatusBar(health=self.health, mode=self._mode.value, parent=self)
        self.setStatusBar(self.status)
        self.session = Session(
            window=self, docks=self.docks, folder=self._folder, charts=self._charts
        )
        self.palette_box = CommandPalette(registry=self.registry, parent=self)
        for provider in providers:
            self.palette_box.add_provider(provider)
        self.hints = ChordHints(registry=self.registry, parent=self)
        self.keys_page = KeysPage(
            registry=self.registry, keymap=self.keymap, exports=self._exports, parent=self
        )
        self.accounts_page = self._open_accounts()
        self.help_page = HelpOverlay(registry=self.registry, parent=self)
        self.notices = Notices(over=self)
        self.menu_bar = MenuBar(bar=self.menuBar(), registry=self.registry)
        self._commands = WindowCommands(registry=self.registry, parts=self._parts())

    def _open_accounts(self) -> AccountsPage | None:
        if self._accounts is None:
            return None
        self._accounts.restart_wanted.connect(self._begin_anew)
        return AccountsPage(model=self._accounts, parent=self)

    def _begin_anew(self) -> None:
        """Close like any other time, to be started again with another account."""
        self.wants_restart = True
        if self.accounts_page is not None:
            self.accounts_page.accept()
        self.close()

    def _parts(self) -> Parts:
        return Parts(
            window=self,
            docks=self.docks,
            session=self.session,
            palette=self.palette_box,
            help=self.help_page,
            keys_page=self.keys_page,
            accounts=self.accounts_page,
            menu=self.menu_bar,
            notices=self.notices,
            status=self.status,
            send=self.bridge.send,
            raise_now=self.raise_now,
            hide_now=self.hide_in_tray,
        )

    def _take_last(self, last: Layout | None, damage: str) -> None:
        try:
            if last is not None:
                self.session.restore(last)
        except ConfigError as error:
            last, damage = None, error.message
        self._has_shares = last is not None
        if damage:
            self.notify(Severity.WARNING, damage)

    def _take_keys(self) -> None:
        """Take a person's own keys; damaged ones are told and left alone."""
        try:
            self.keymap.load()
        except ConfigError as error:
            self.notify(Severity.WARNING, error.message)

    def _bind_keys(self) -> None:
        self.registry.bind(self, WINDOW)
        self.docks.floated.connect(lambda floating: self.registry.bind(floating, WINDOW))
        self.docks.added.connect(self._bind_pane)
        for name in self.docks.names:
            self._bind_pane(self.docks.pane(name))

    def _bind_pane(self, pane: Pane) -> None:
        for context in pane.contexts:
            self.registry.bind(pane, context)

    def _listen(self) -> None:
        self.bridge.subscribe(HealthMoved, self.health.on_health_moved)
        self.bridge.subscribe(FeedMoved, self.health.on_feed_moved)
        self.bridge.subscribe(NoticeRaised, self.notices.on_notice)
        self.bridge.subscribe(OrderMoved, self.open_orders.on_order_moved)
        self.bridge.subscribe(OrderFilled, self._on_filled)
        self.bridge.subscribe(EngineReady, self._on_engine_ready)
        self.bridge.subscribe(TradingArmed, self._on_armed)
        self.status.told.connect(lambda text: self.notify(Severity.INFO, text))
        QTimer.singleShot(_TRAY_AFTER_MS, self, self._enter_tray)

    def _on_armed(self, event: TradingArmed) -> None:
        self.banner.show_armed(event.until, is_locked=event.is_locked)

    def _enter_tray(self) -> None:
        self.tray = Tray(
            icon=self.windowIcon(), registry=self.registry, actions=TRAY_ACTIONS, parent=self
        )
        self.tray.chosen.connect(self.raise_now)

    def _on_filled(self, event: OrderFilled) -> None:
        if self.tray is not None:
            self.tray.on_filled(event)
        title, text = fill_words(event)
        self.notify(Severity.INFO, f"{title} {text}")

    def _on_engine_ready(self, event: EngineReady) -> None:
        self._nursery.start(self._read_open_orders(event), name="read open orders")

    async def _read_open_orders(self, event: EngineReady) -> None:
        try:
            for account in event.accounts:
                self.open_orders.take(await self.bridge.reads.trading.orders(account))
        except FKSException as error:
            self.notify(Severity.WARNING, error.message)

    def _ask_about_orders(self) -> None:
        if self._quit_dialog is not None:
            self._quit_dialog.raise_()
            self._quit_dialog.activateWindow()
            return
        dialog = self._quit_dialog = QuitDialog(orders=self.open_orders, parent=self)
        dialog.cancel_chosen.connect(self._cancel_orders)
        dialog.quit_chosen.connect(self.leave)
        dialog.finished.connect(self._on_asked)
        dialog.open()

    def _cancel_orders(self) -> None:
        for account in self.open_orders.accounts:
            self.bridge.send(CancelAllOrders(account=account))

    def _on_asked(self, answer: int) -> None:
        self._quit_dialog = None
        if answer != QDialog.DialogCode.Accepted:
            self.wants_restart = False


def _application() -> QApplication:
    app = QApplication.instance()
    assert isinstance(app, QApplication)  # noqa: S101  a window exists, so one does
    return app
