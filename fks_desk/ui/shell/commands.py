"""Register what the window itself can do."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QMainWindow

from fks_desk.core.desk_messages import KillTrading
from fks_desk.core.errors import FKSException
from fks_desk.core.messages import HaltTrading, ResumeTrading, Severity
from fks_desk.core.ports import Send
from fks_desk.ui.actions.action import Action
from fks_desk.ui.actions.registry import ActionRegistry
from fks_desk.ui.shell.accounts_page import AccountsPage
from fks_desk.ui.shell.docks import Docks
from fks_desk.ui.shell.entry_list import Entry
from fks_desk.ui.shell.halt import HeldHalt
from fks_desk.ui.shell.help import HelpOverlay
from fks_desk.ui.shell.keys_page import KeysPage
from fks_desk.ui.shell.menu import MenuBar
from fks_desk.ui.shell.notices import Notices
from fks_desk.ui.shell.palette import CommandPalette
from fks_desk.ui.shell.session import Session
from fks_desk.ui.shell.status import StatusBar
from fks_desk.ui.text import tr
from fks_desk.ui.theme.colors import THEMES, Theme
from fks_desk.ui.theme.current import apply, current

TRAY_ACTIONS = ("window.raise", "trade.halt", "window.quit")
_NUMBERED = 9  # Ctrl+1 to Ctrl+9


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """Hold the parts of the window that its commands move."""

    window: QMainWindow
    docks: Docks
    session: Session
    palette: CommandPalette
    help: HelpOverlay
    keys_page: KeysPage
    accounts: AccountsPage | None
    menu: MenuBar
    notices: Notices
    status: StatusBar
    send: Send
    raise_now: Callable[[], None]
    hide_now: Callable[[], None]


class WindowCommands:
    """Do what menus, palette and keys ask of the window."""

    def __init__(self, *, registry: ActionRegistry, parts: Parts) -> None:
        self._registry = registry
        self._parts = parts
        self._halt = HeldHalt(parts.window)
        self._halt.began.connect(self._on_halt_began)
        self._halt.given_up.connect(self._on_halt_given_up)
        self._halt.wanted.connect(self._on_kill)
        self._register_desk()
        self._register_trade()
        self._register_panes()
        self._register_layouts()
        self._register_view()
        self._register_help()

    def _add(
        self,
        action_id: str,
        title: str,
        category: str,
        handler: Callable[..., None],
        *keys: str,
        help: str = "",  # noqa: A002  the action's own word
        checkable: bool = False,
    ) -> None:
        action = Action(
            id=action_id, title=title, category=category, keys=keys, help=help, checkable=checkable
        )
        self._registry.register(action, handler)

    def _register_desk(self) -> None:
        parts, desk = self._parts, tr("Desk")
        self._add(
            "window.palette",
            tr("Find a command"),
            desk,
            parts.palette.open,
            "Ctrl+K",
            "Ctrl+P",
            help=tr("Type a few letters of anything the desk can do"),
        )
        self._add("window.health", tr("Health of the parts"), desk, parts.status.focus_tiles, "F8")
        self._add(
            "window.dismiss", tr("Close all notices"), desk, parts.notices.dismiss, "Ctrl+Shift+N"
        )
        self._add("window.notices", tr("Show past notices"), desk, self._show_past_notices)
        self._add("window.raise", tr("Bring the desk to the front"), desk, parts.raise_now)
        self._add(
            "window.hide",
            tr("Hide the desk in the tray"),
            desk,
            parts.hide_now,
            "Ctrl+Shift+W",
            help=tr("Alerts and orders go on; the tray's icon brings the window back"),
        )
        if parts.accounts is not None:
            self._add(
                "accounts.open",
                tr("Accounts: add, test, choose"),
                desk,
                parts.accounts.begin,
                "Ctrl+F2",
                help=tr("Demo, paper, testnet and live accounts, and which one the desk opens"),
            )
        self._add("window.quit", tr("Quit"), desk, self._quit, "Ctrl+Q")

    def _register_trade(self) -> None:
        trade = tr("Trade")
        self._add(
            "trade.kill",
            tr("Kill switch: cancel all, close all, halt"),
            trade,
            self._halt.start,
            "Ctrl+Shift+F12",
            help=tr("Hold for one second: every order is taken back, every position closed"),
        )
        self._add(
            "trade.halt",
            tr("Halt all trading"),
            trade,
            self._on_halt,
            help=tr("Nothing that raises exposure is sent any more; what is open stays open"),
        )
        self._add(
            "trade.resume",
            tr("Resume trading"),
            trade,
            lambda: self._parts.send(ResumeTrading()),
            help=tr("Lift a halt"),
        )

    def _register_panes(self) -> None:
        docks, panes = self._parts.docks, tr("Panes")
        for number, name in enumerate(docks.names, start=1):
            keys = (f"Ctrl+{number}",) if number <= _NUMBERED else ()
            self._add(
                f"pane.{name}",
                docks.pane(name).title,
                panes,
                lambda name=name: docks.focus(name),
                *keys,
            )
        self._add("pane.next", tr("Next pane"), panes, lambda: docks.step_focus(1), "F6")
        self._add(
            "pane.previous", tr("Previous pane"), panes, lambda: docks.step_focus(-1), "Shift+F6"
        )
        self._add("pane.close", tr("Close this pane"), panes, self._close_pane, "Ctrl+W")
        self._add(
            "pane.maximise",
            tr("Maximise this pane, or bring the others back"),
            panes,
            self._maximise,
            "Alt+Return",
        )

        self._add(
            "pane.float",
            tr("Pull this pane out into a window, or back"),
            panes,
            self._float,
            "Ctrl+Shift+D",
            help=tr("On a second screen if there is one"),
        )

    def _register_layouts(self) -> None:
        layouts = tr("Layout")
        self._add("layout.save", tr("Save layout"), layouts, self._save_layout, "Ctrl+S")
        self._add("layout.save-as", tr("Save layout as …"), layouts, self._ask_layout_name)
        self._add("layout.load", tr("Load a layout …"), layouts, self._choose_layout, ".")
        self._add("layout.reset", tr("Default layout"), layouts, self._parts.docks.reset)

    def _register_view(self) -> None:
        view = tr("View")
        self._add(
            "view.full-screen",
            tr("Full screen"),
            view,
            self._full_screen,
            "F11",
            checkable=True,
        )
        self._add("theme.next", tr("Next theme"), view, self._next_theme, "Ctrl+Shift+T")
        titles = {
            "dark": tr("Dark theme"),
            "light": tr("Light theme"),
            "color-blind": tr("Blue and orange theme, for colour-blind eyes"),
        }
        for theme in THEMES:
            self._add(
                f"theme.{theme.name}",
                titles[theme.name],
                view,
                lambda theme=theme: _use_theme(theme),
            )

    def _register_help(self) -> None:
        page = tr("Help")
        self._add("help.keys", tr("Keys"), page, self._parts.help.toggle, "?", "F1")
        self._add(
            "help.remap",
            tr("Keyboard: change keys, choose a preset"),
            page,
            self._parts.keys_page.begin,
            "Ctrl+F1",
        )
        self._add("help.menu", tr("Open the menu"), page, self._parts.menu.open, "F10")

    def _try(self, work: Callable[[], None], done: str) -> None:
        try:
            work()
        except FKSException as error:
            self._parts.notices.tell(Severity.ERROR, error.message)
            return
        self._parts.notices.tell(Severity.INFO, done)

    def _quit(self) -> None:
        self._parts.window.close()

    def _save_layout(self) -> None:
        self._save_layout_as(self._parts.session.name)

    def _save_layout_as(self, name: str) -> None:
        self._try(lambda: self._parts.session.save(name), tr("Layout {name} is saved.", name=name))

    def _ask_layout_name(self) -> None:
        self._parts.palette.ask(tr("Name of the layout"), self._save_layout_as)

    def _choose_layout(self) -> None:
        parts = self._parts
        default = Entry(title=tr("Default layout"), run=parts.docks.reset)
        saved = [
            Entry(title=name, detail=tr("saved"), run=self._loader(name))
            for name in parts.session.names()
        ]
        parts.palette.choose([*saved, default], tr("Which layout?"))

    def _loader(self, name: str) -> Callable[[], None]:
        return lambda: self._try(
            lambda: self._parts.session.load(name), tr("Layout {name} is loaded.", name=name)
        )

    def _show_past_notices(self) -> None:
        parts = self._parts
        entries = [
            Entry(title=event.text, detail=event.severity.value, run=lambda: None)
            for event in reversed(parts.notices.history())
        ]
        parts.palette.choose(entries, tr("Past notices, newest first"))

    def _close_pane(self) -> None:
        name = self._parts.docks.focused()
        if name is not None:
            self._parts.docks.close(name)
            self._parts.docks.step_focus(1)

    def _float(self) -> None:
        docks = self._parts.docks
        name = docks.focused()
        if name is not None:
            docks.toggle_floating(name)
            docks.focus(name)

    def _maximise(self) -> None:
        docks = self._parts.docks
        name = docks.focused() or (docks.names[0] if docks.names else None)
        if name is not None:
            docks.toggle_maximised(name)
            docks.focus(name)

    def _full_screen(self, on: bool) -> None:
        window = self._parts.window
        state = window.windowState()
        full = Qt.WindowState.WindowFullScreen
        window.setWindowState(state | full if on else state & ~full)

    def _next_theme(self) -> None:
        names = [theme.name for theme in THEMES]
        place = names.index(current().name) + 1 if current().name in names else 0
        _use_theme(THEMES[place % len(THEMES)])

    def _on_halt_began(self) -> None:
        text = tr("Keep holding to cancel all, close all and halt …")
        self._parts.notices.tell(Severity.WARNING, text)

    def _on_halt_given_up(self) -> None:
        self._parts.notices.tell(Severity.INFO, tr("Released too early: trading goes on."))

    def _on_kill(self) -> None:
        self._parts.send(KillTrading(reason=tr("killed by hand")))
        text = tr("Kill switch: all orders are taken back and all positions closed.")
        self._parts.notices.tell(Severity.WARNING, text)

    def _on_halt(self) -> None:
        self._parts.send(HaltTrading(reason=tr("halted by hand")))
        self._parts.notices.tell(Severity.WARNING, tr("Halt was sent to the engine."))


def _use_theme(theme: Theme) -> None:
    app = QApplication.instance()
    if isinstance(app, QApplication):
        apply(app, theme)
