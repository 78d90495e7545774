"""Place panes in docks, behind one door to the docking library."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise
from xml.etree import ElementTree as ET

import PySide6QtAds as ads  # noqa: N813  the library calls itself so
from PySide6.QtCore import QByteArray, QObject, QSize, Qt, Signal
from PySide6.QtWidgets import QApplication, QLabel, QSizePolicy, QSplitter, QVBoxLayout, QWidget

from fks_desk.core.errors import ConfigError
from fks_desk.ui.text import tr
from fks_desk.ui.theme.current import source
from fks_desk.ui.theme.sheet import dock_sheet
from fks_desk.ui.widgets.pane import Pane


class Area(StrEnum):
    """Say where a pane stands in the default layout; panes of one area share tabs."""

    LEFT = "left"
    CENTER = "center"
    RIGHT = "right"
    RIGHT_LOW = "right-low"
    BOTTOM = "bottom"


@dataclass(frozen=True, slots=True, kw_only=True)
class PaneSpec:
    """Name a pane, its place in the default layout and how to make it.

    One that is asked for waits closed in its place: an area has room for so many tabs.
    """

    area: Area
    create: Callable[[], Pane]
    is_asked_for: bool = False


# Makes the pane of a name that a layout or a grid asks for, None if there is none such.
Provide = Callable[[str], Pane | None]
# In the order in which areas are split off: each takes its part of what is left,
# relative to the container or, for the low right, to the right column.
_SPLITS: dict[Area, tuple[ads.DockWidgetArea, Area | None]] = {
    Area.CENTER: (ads.CenterDockWidgetArea, None),
    Area.LEFT: (ads.LeftDockWidgetArea, Area.CENTER),
    Area.BOTTOM: (ads.BottomDockWidgetArea, None),
    Area.RIGHT: (ads.RightDockWidgetArea, None),
    Area.RIGHT_LOW: (ads.BottomDockWidgetArea, Area.RIGHT),
}
# Where the only pane of an area comes back to: on a side of the first of these that stands.
_RETURNS: dict[Area, tuple[tuple[ads.DockWidgetArea, Area], ...]] = {
    Area.CENTER: (
        (ads.RightDockWidgetArea, Area.LEFT),
        (ads.TopDockWidgetArea, Area.BOTTOM),
        (ads.LeftDockWidgetArea, Area.RIGHT),
    ),
    Area.LEFT: ((ads.LeftDockWidgetArea, Area.CENTER),),
    Area.BOTTOM: (),
    Area.RIGHT: ((ads.TopDockWidgetArea, Area.RIGHT_LOW),),
    Area.RIGHT_LOW: ((ads.BottomDockWidgetArea, Area.RIGHT),),
}
_WIDEST_SIDE = 420  # pixels
_FLOATING = (900, 600)  # pixels at least, where the screen has them
# What part of its splitter an area takes.
_SHARES = (
    (Area.RIGHT, Qt.Orientation.Horizontal, 0.24),
    (Area.LEFT, Qt.Orientation.Horizontal, 0.24),
    (Area.BOTTOM, Qt.Orientation.Vertical, 0.32),
    (Area.RIGHT_LOW, Qt.Orientation.Vertical, 0.36),
)


class Docks(QObject):
    """Hold every pane in a dock of its own; know which has the keys."""

    floated = Signal(object)  # QWidget: a new window that holds panes
    closed_changed = Signal(str, bool)  # name of a pane, whether it is open now
    added = Signal(object)  # Pane that came after the first ones

    def __init__(
        self,
        *,
        panes: Sequence[PaneSpec],
        parent: QWidget,
        provide: Provide = lambda _name: None,
    ) -> None:
        super().__init__(parent)
        self._provide = provide
        flag = ads.CDockManager.eConfigFlag
        # Only these flags: compressed state would make a damaged file warn through Qt.
        ads.CDockManager.setConfigFlags(
            flag.OpaqueSplitterResize
            | flag.AlwaysShowTabs
            | flag.DisableTabTextEliding
            # Where tabs do not fit, a list of all of them stands beside those that do.
            | flag.DockAreaHasTabsMenuButton
            | flag.DockAreaDynamicTabsMenuButtonVisibility
            # Else the library's own sheet comes back with every change of colours.
            | flag.DisableStylesheet
        )
        # A host of our own, because the library makes itself at home in a main window.
        self._host = QWidget(parent)
        room = QVBoxLayout(self._host)
        room.setContentsMargins(0, 0, 0, 0)
        self._manager = ads.CDockManager(self._host)
        room.addWidget(self._manager)
        self._docks: dict[str, ads.CDockWidget] = {}
        self._panes: dict[str, Pane] = {}
        self._areas: dict[str, Area] = {}
        self._firsts: dict[Area, str] = {}  # the first pane of each area
        self._before_maximise: str | None = None
        # Whoever makes the docks colours them once all of them stand.
        source().changed.connect(self._restyle)
        self._manager.floatingWidgetCreated.connect(self.floated.emit)
        self._manager.dockAreaCreated.connect(_flatten_list)
        self._build(panes)
        self._default = self.save()

    @property
    def widget(self) -> QWidget:
        """Return what holds all docks, to be laid out by the window."""
        return self._host

    @property
    def names(self) -> tuple[str, ...]:
        """Return the panes' names in the order of their numbers."""
        return tuple(self._panes)

    @property
    def is_maximised(self) -> bool:
        """Return whether one pane fills the window."""
        return self._before_maximise is not None

    def pane(self, name: str) -> Pane:
        """Return the pane of a name."""
        return self._panes[name]

    def arrange(self, names: Sequence[str], columns: int) -> None:
        """Lay panes out as a grid where the first one stands; others of their kind close."""
        beside = self._beside(names[0])
        self._lay_grid(names, columns)
        for widget, width in beside.items():
            _keep(widget, Qt.Orientation.Horizontal, width)

    def _lay_grid(self, names: Sequence[str], columns: int) -> None:
        first = names[0]
        kind = f"{first}-"
        for name in self.names:
            if name.startswith(kind) and name not in names:
                self.close(name)
        self.show(first)
        for name in names[1:]:
            self._require(name)
        rows = [names[start : start + columns] for start in range(0, len(names), columns)]
        for above, row in pairwise(rows):
            self._put_beside(row[0], above[0], ads.BottomDockWidgetArea)
        for row in rows:
            for left, name in pairwise(row):
                self._put_beside(name, left, ads.RightDockWidgetArea)
        # What was a tab for a moment left another one in front.
        self.show(first)
        horizontal, vertical = Qt.Orientation.Horizontal, Qt.Orientation.Vertical
        _level(self._docks[first].dockAreaWidget(), vertical, len(rows))
        for row in rows:
            _level(self._docks[row[0]].dockAreaWidget(), horizontal, len(row))

    def _beside(self, first: str) -> dict[QWidget, int]:
        """Return the areas beside those of a pane, with the widths that a grid leaves alone."""
        sides = (self._area(area) for area in (Area.LEFT, Area.RIGHT) if area in self._firsts)
        own = self._docks[first].dockAreaWidget()
        return {side: side.width() for side in sides if side is not None and side is not own}

    def toggle_floating(self, name: str) -> None:
        """Pull a pane out into a window of its own, on another screen if there is one, or back."""
        dock = self._docks[name]
        if dock.isFloating() or dock.isInFloatingContainer():
            self._bring_home(name)
            return
        here = self._host.screen()
        dock.setFloating()
        window = dock.floatingDockContainer()
        if window is not None:
            others = [screen for screen in QApplication.screens() if screen is not here]
            room = (others[0] if others else here).availableGeometry()
            window.resize(window.size().expandedTo(QSize(*_FLOATING)).boundedTo(room.size()))
            window.move(room.center() - window.rect().center())

    def _bring_home(self, name: str) -> None:
        """Put a pane back among those of its area, or where that area stands when it is empty."""
        dock, area = self._docks[name], self._areas[name]
        home = self._standing(area, name)
        if home is not None:
            before = self.names[: self.names.index(name)]
            place = sum(one.objectName() in before for one in home.dockWidgets())
            self._manager.addDockWidgetTabToArea(dock, home, place)
        else:
            found = ((side, self._standing(beside, name)) for side, beside in _RETURNS[area])
            side, neighbour = next(
                ((side, one) for side, one in found if one is not None), (_SPLITS[area][0], None)
            )
            if neighbour is None:
                self._manager.addDockWidget(side, dock)
            else:
                self._manager.addDockWidget(side, dock, neighbour)
            self.apply_shares()
        dock.setAsCurrentTab()

    def _standing(self, area: Area, but: str) -> ads.CDockAreaWidget | None:
        """Return what holds the panes of an area in the window, other than one of them."""
        for name in self.names:
            dock = self._docks[name]
            is_docked = self.is_open(name) and not dock.isInFloatingContainer()
            if name != but and self._areas[name] is area and is_docked:
                return dock.dockAreaWidget()
        return None

    def is_open(self, name: str) -> bool:
        """Return whether the pane is in the layout, be it behind another tab."""
        return not self._docks[name].isClosed()

    def show(self, name: str) -> None:
        """Open the pane and bring its tab to the front."""
        if self.is_maximised and self._docks[name].isClosed():
            self.toggle_maximised(name)
        dock = self._docks[name]
        _open(dock)
        dock.setAsCurrentTab()

    def close(self, name: str) -> None:
        """Take the pane out of the layout; it keeps its state."""
        self._docks[name].toggleView(False)

    def focus(self, name: str) -> None:
        """Show the pane and give it the keys."""
        self.show(name)
        pane = self._panes[name]
        pane.window().activateWindow()
        pane.focus_now()

    def focused(self) -> str | None:
        """Return the name of the pane that has the keys, or None."""
        widget = QApplication.focusWidget()
        while widget is not None:
            if isinstance(widget, Pane) and widget.name in self._panes:
                return widget.name
            widget = widget.parentWidget()
        return None

    def step_focus(self, step: int) -> None:
        """Give the keys to the next open pane, or with -1 to the one before."""
        names = [name for name in self.names if self.is_open(name)]
        if not names:
            return
        now = self.focused()
        place = names.index(now) + step if now in names else 0
        self.focus(names[place % len(names)])

    def toggle_maximised(self, name: str) -> None:
        """Let the pane fill the window, or bring all others back."""
        if self._before_maximise is not None:
            before, self._before_maximise = self._before_maximise, None
            self._manager.restoreState(QByteArray(before.encode()))
            return
        self._before_maximise = self.save()
        self._docks[name].toggleView(True)
        for other in self.names:
            if other != name:
                self.close(other)

    def save(self) -> str:
        """Return the layout as XML text."""
        if self._before_maximise is not None:
            return self._before_maximise
        return bytes(self._manager.saveState().data()).decode()

    def restore(self, state: str) -> None:
        """Take a saved layout, or raise `ConfigError` and keep the present one.

        A pane that the layout does not know stays closed in its area until asked for; a layout
        without any of our panes is refused.
        """
        known = set(self._require_layout(state))
        for name in known:
            self._require(name)
        before = self.save()
        self._before_maximise = None
        restored = self._manager.restoreState(QByteArray(state.encode()))
        if not restored or not any(self.is_open(name) for name in self.names):
            self._manager.restoreState(QByteArray(before.encode()))
            raise ConfigError(tr("This layout cannot be shown; the present one was kept."))
        self._house(name for name in self.names if name not in known)
        self._pull_on_screen()

    def reset(self) -> None:
        """Take the default layout."""
        self._before_maximise = None
        self._manager.restoreState(QByteArray(self._default.encode()))
        self.apply_shares()

    def hide_floating(self) -> None:
        """Hide the windows that panes were pulled out into."""
        for floating in self._manager.floatingWidgets():
            floating.hide()

    def show_floating(self) -> None:
        """Show them again."""
        for floating in self._manager.floatingWidgets():
            if any(not dock.isClosed() for dock in floating.dockWidgets()):
                floating.show()

    def apply_shares(self) -> None:
        """Give the areas of the default layout their share of the window."""
        for area, direction, share in _SHARES:
            # Asked anew each time: restoring a layout makes new areas.
            widget = self._area(area) if area in self._firsts else None
            if widget is not None:
                _share(widget, direction, share)

    def _build(self, panes: Sequence[PaneSpec]) -> None:
        made = [(spec.area, spec.create()) for spec in panes]
        asked_for = [
            pane.name for spec, (_, pane) in zip(panes, made, strict=True) if spec.is_asked_for
        ]
        for area in _SPLITS:
            for _, pane in [entry for entry in made if entry[0] is area]:
                self._place(area, pane)
        # The numbers follow the order given, not the order of placing.
        self._panes = {pane.name: pane for _, pane in made}
        for name in asked_for:
            self.close(name)
        for name in self._firsts.values():
            self._docks[name].setAsCurrentTab()

    def _place(self, area: Area, pane: Pane) -> None:
        dock = ads.CDockWidget(self._manager, pane.title)
        dock.setObjectName(pane.name)
        dock.setWidget(pane, ads.CDockWidget.eInsertMode.ForceNoScrollArea)
        modes = ads.CDockWidget.eMinimumSizeHintMode
        # A pane that names its least width keeps it, also in a layout from a larger screen.
        dock.setMinimumSizeHintMode(
            modes.MinimumSizeHintFromContentMinimumSize
            if pane.minimumWidth() > 0
            else modes.MinimumSizeHintFromDockWidget
        )
        for label in dock.tabWidget().findChildren(QLabel):
            # A title may hold a symbol's name, which is a foreign text.
            label.setTextFormat(Qt.TextFormat.PlainText)
        self._docks[pane.name] = dock
        self._areas[pane.name] = area
        self._put(area, dock)
        self._firsts.setdefault(area, pane.name)
        pane.title_changed.connect(dock.setWindowTitle)
        pane.raised.connect(lambda: self.show(pane.name))
        dock.viewToggled.connect(lambda is_open: self.closed_changed.emit(pane.name, is_open))

    def _put(self, area: Area, dock: ads.CDockWidget) -> None:
        if area in self._firsts:
            self._manager.addDockWidgetTabToArea(dock, self._area(area))
            return
        where, beside = _SPLITS[area]
        neighbour = self._area(beside) if beside in self._firsts else None
        if neighbour is None:
            self._manager.addDockWidget(where, dock)
        else:
            self._manager.addDockWidget(where, dock, neighbour)

    def _house(self, names: Iterable[str]) -> None:
        """Give panes that a layout does not know a closed place beside those of their area.

        Without one the docking library opens them as a window of their own.
        """
        for name in names:
            area = self._areas.get(name)
            mates = [one for one, where in self._areas.items() if where is area and one != name]
            beside = next((self._docks[one] for one in mates if self.is_open(one)), None)
            if beside is None or beside.dockAreaWidget() is None:
                continue
            now = beside.dockAreaWidget().currentDockWidget()
            dock = self._docks[name]
            self._manager.addDockWidgetTabToArea(dock, beside.dockAreaWidget())
            dock.toggleView(False)
            if now is not None:
                now.setAsCurrentTab()

    def _area(self, area: Area) -> ads.CDockAreaWidget:
        return self._docks[self._firsts[area]].dockAreaWidget()

    def _require(self, name: str) -> None:
        """Have the pane of a name, made now if need be; what nobody makes stays away."""
        pane = None if name in self._panes else self._provide(name)
        if pane is not None:
            self._place(Area.CENTER, pane)
            self._panes[name] = pane
            self.added.emit(pane)

    def _put_beside(self, name: str, neighbour: str, where: ads.DockWidgetArea) -> None:
        dock = self._docks[name]
        self._manager.addDockWidget(where, dock, self._docks[neighbour].dockAreaWidget())
        _open(dock)

    def _require_layout(self, state: str) -> list[str]:
        """Return the names of the panes in a layout, or raise `ConfigError`."""
        try:
            # Our own file, read as plain XML first, because the library warns
            # through Qt about what it cannot read.
            root = ET.fromstring(state)  # noqa: S314  no network, no entities used
        except ET.ParseError as error:
            raise ConfigError(
                tr("This layout is damaged; the present one was kept."), cause=str(error)
            ) from error
        known = {node.get("Name") for node in root.iter("Widget")}
        if not known & set(self.names):
            raise ConfigError(tr("This layout names none of the panes; the present one was kept."))
        return [name for name in known if name]

    def _pull_on_screen(self) -> None:
        for floating in self._manager.floatingWidgets():
            keep_on_screen(floating)

    def _restyle(self) -> None:
        self._manager.setStyleSheet(dock_sheet(source().theme))


def _open(dock: ads.CDockWidget) -> None:
    """Open a dock with its tab; of one that a layout kept closed the library forgets it."""
    dock.toggleView(True)
    dock.tabWidget().setVisible(True)


def _flatten_list(area: ads.CDockAreaWidget) -> None:
    """Keep the button that lists an area's tabs from making their row higher."""
    button = area.titleBar().button(ads.TitleBarButtonTabsMenu)
    button.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Ignored)


def _share(widget: QWidget, direction: Qt.Orientation, share: float) -> None:
    """Give what holds the widget, in the nearest splitter of the direction, its part."""
    child, parent = widget, widget.parentWidget()
    while parent is not None:
        if isinstance(parent, QSplitter) and parent.orientation() == direction:
            place, others = parent.indexOf(child), max(1, parent.count() - 1)
            if direction is Qt.Orientation.Horizontal and parent.width() > 0:
                # On a large screen the room belongs to the chart, not to a form.
                share = min(share, _WIDEST_SIDE / parent.width())
            sizes = [int(1000 * (1 - share) / others)] * parent.count()
            sizes[place] = int(1000 * share)
            parent.setSizes(sizes)
            return
        child, parent = parent, parent.parentWidget()


def _level(widget: QWidget, direction: Qt.Orientation, count: int) -> None:
    """Give what holds the widget and its neighbours behind it, in a splitter, equal room."""
    child, parent = widget, widget.parentWidget()
    while parent is not None and count > 1:
        if isinstance(parent, QSplitter) and parent.orientation() == direction:
            start, sizes = parent.indexOf(child), parent.sizes()
            whole = sum(sizes[start : start + count])
            sizes[start : start + count] = [whole // count] * count
            parent.setSizes(sizes)
            return
        child, parent = parent, parent.parentWidget()


def _keep(widget: QWidget, direction: Qt.Orientation, size: int) -> None:
    """Give what holds the widget, in a splitter, this size again; its neighbours share the rest."""
    child, parent = widget, widget.parentWidget()
    while parent is not None:
        if isinstance(parent, QSplitter) and parent.orientation() == direction:
            sizes, place = parent.sizes(), parent.indexOf(child)
            rest = sum(sizes) - sizes[place]
            if rest > 0 and sum(sizes) > size:
                share = (sum(sizes) - size) / rest
                sizes = [round(one * share) for one in sizes]
                sizes[place] = size
                parent.setSizes(sizes)
            return
        child, parent = parent, parent.parentWidget()


def keep_on_screen(window: QWidget) -> None:
    """Move and shrink a window so that all of it lies on a screen that exists."""
    frame = window.frameGeometry()
    screen = QApplication.screenAt(frame.center()) or QApplication.primaryScreen()
    room = screen.availableGeometry()
    if room.contains(frame):
        return
    size = window.size().boundedTo(room.size())
    window.resize(size)
    left = min(max(frame.left(), room.left()), room.right() - size.width() + 1)
    top = min(max(frame.top(), room.top()), room.bottom() - size.height() + 1)
    window.move(left, top)
