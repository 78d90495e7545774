"""Build the menu bar from the registry."""

from __future__ import annotations

from PySide6.QtCore import QObject, QTimer
from PySide6.QtWidgets import QMenu, QMenuBar

from fks_desk.ui.actions.registry import ActionRegistry
from fks_desk.ui.text import tr


class MenuBar(QObject):
    """Show one menu per category, in a fixed order, then in that of registration.

    No title has a mnemonic: Alt with a letter belongs to the chart. F10 opens the
    first menu; the arrows do the rest.
    """

    def __init__(self, *, bar: QMenuBar, registry: ActionRegistry) -> None:
        super().__init__(bar)
        self._bar = bar
        self._registry = registry
        self._menus: dict[str, QMenu] = {}
        # Many actions come at once at the start; one rebuild after them is enough.
        self._later = QTimer(self)
        self._later.setSingleShot(True)
        self._later.timeout.connect(self.rebuild)
        registry.changed.connect(self._later.start)
        self.rebuild()

    def open(self) -> None:
        """Open the first menu for the keys."""
        actions = self._bar.actions()
        if actions:
            self._bar.setFocus()
            self._bar.setActiveAction(actions[0])

    def rebuild(self) -> None:
        """Fill the menus with the actions as they are now."""
        for menu in self._menus.values():
            menu.clear()
        self._bar.clear()
        for category in self._categories():
            self._bar.addMenu(self._menu(category))
        for action in self._registry.all():
            self._menu(action.category).addAction(self._registry.qaction(action.id))

    def _categories(self) -> list[str]:
        first = (tr("Desk"), tr("Chart"), tr("Trade"), tr("Panes"), tr("Layout"), tr("View"))
        last = tr("Help")
        present = dict.fromkeys(action.category for action in self._registry.all())
        chosen = [name for name in first if name in present]
        others = [name for name in present if name not in {*first, last}]
        return [*chosen, *others, *([last] if last in present else [])]

    def _menu(self, category: str) -> QMenu:
        if category not in self._menus:
            menu = QMenu(category.replace("&", "&&"), self._bar)
            menu.setObjectName(f"menu-{category}")
            menu.setToolTipsVisible(True)
            self._menus[category] = menu
        return self._menus[category]
