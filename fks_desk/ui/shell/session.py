"""Save the window's layout under a name, and take it back."""

from __future__ import annotations

import base64
import binascii
from typing import Protocol

from PySide6.QtCore import QByteArray
from PySide6.QtWidgets import QMainWindow

from fks_desk.core.errors import ConfigError
from fks_desk.ui.shell.docks import Docks, keep_on_screen
from fks_desk.ui.shell.layouts import LAST, Layout, LayoutFolder
from fks_desk.ui.text import tr
from fks_desk.ui.theme.current import current


class Keeper(Protocol):
    """Keep what a workspace holds beside its docks."""

    def save(self) -> str:
        """Return it as text."""
        ...

    def restore(self, text: str) -> None:
        """Take it back, or raise `ConfigError`."""
        ...


class Session:
    """Join the docks, the window's place and the theme into layouts on disk."""

    def __init__(
        self,
        *,
        window: QMainWindow,
        docks: Docks,
        folder: LayoutFolder,
        charts: Keeper | None = None,
    ) -> None:
        self._charts = charts
        self._window = window
        self._docks = docks
        self._folder = folder
        self.name = "default"  # what Ctrl+S writes

    def names(self) -> list[str]:
        """Return the saved layouts' names."""
        return self._folder.names()

    def save(self, name: str) -> None:
        """Write the present layout, or raise `ConfigError`."""
        self._folder.save(name, self._present())
        if name != LAST:
            self.name = name

    def load(self, name: str) -> None:
        """Take a saved layout, or raise `ConfigError` and change nothing."""
        layout = self._folder.load(name)
        if layout is None:
            raise ConfigError(tr("There is no layout {name}.", name=name))
        self._take(layout)
        self.name = name

    def restore(self, layout: Layout) -> None:
        """Take the layout of the last time, window's place included, or raise `ConfigError`."""
        self._take(layout)
        try:
            geometry = base64.b64decode(layout.geometry, validate=True)
        except binascii.Error:
            geometry = b""
        if geometry:
            self._window.restoreGeometry(QByteArray(geometry))
            keep_on_screen(self._window)

    def _take(self, layout: Layout) -> None:
        self._docks.restore(layout.docks)
        if self._charts is not None:
            self._charts.restore(layout.charts)

    def _present(self) -> Layout:
        geometry = bytes(self._window.saveGeometry().data())
        return Layout(
            docks=self._docks.save(),
            geometry=base64.b64encode(geometry).decode(),
            theme=current().name,
            charts="" if self._charts is None else self._charts.save(),
        )
