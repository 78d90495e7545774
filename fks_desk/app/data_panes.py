"""Make the panes about market data with their view-models."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import QObject

from fks_desk.app.world import World
from fks_desk.core.clock import Clock
from fks_desk.core.nursery import Nursery
from fks_desk.ui.bridge.bridge import Bridge
from fks_desk.ui.models.data.browser import BrowserModel
from fks_desk.ui.models.data.console import ConsoleModel
from fks_desk.ui.models.data.downloads import DownloadsModel
from fks_desk.ui.models.data.files import FilesModel
from fks_desk.ui.models.data.recorder import RecorderModel
from fks_desk.ui.models.data.storage import StorageModel
from fks_desk.ui.models.market import MarketModel
from fks_desk.ui.panes.data.browser import BrowserPane
from fks_desk.ui.panes.data.downloads import DownloadsPane
from fks_desk.ui.panes.data.files import FilesPane
from fks_desk.ui.panes.data.recorder import RecorderPane
from fks_desk.ui.panes.data.storage import StoragePane
from fks_desk.ui.shell.docks import Area


class DataPanes:
    """Hold the data panes of one window; each stands in the center, behind the chart."""

    def __init__(
        self, *, bridge: Bridge, world: World, clock: Clock, market: MarketModel,
        nursery: Nursery, parent: QObject,
    ) -> None:  # fmt: skip
        reads, send = bridge.reads, bridge.send
        shared: dict[str, Any] = {
            "send": send, "clock": clock, "nursery": nursery, "parent": parent,
        }  # fmt: skip
        self.downloads_model = DownloadsModel(
            venue=world.venue, market=market, downloads=reads.downloads, **shared
        )
        self.files_model = FilesModel(files=reads.files, candles=reads.candles, **shared)
        self.downloads = DownloadsPane(model=self.downloads_model)
        self.files = FilesPane(model=self.files_model)
        self.browser_model = BrowserModel(
            tables=reads.tables, files=reads.files, tags=reads.tags, **shared
        )
        console = ConsoleModel(
            console=reads.console, files=reads.files, clock=clock, nursery=nursery, parent=parent
        )
        self.browser = BrowserPane(model=self.browser_model, console=console)
        self.recorder_model = RecorderModel(
            recordings=reads.recordings, send=send, nursery=nursery, parent=parent
        )
        self.recorder = RecorderPane(model=self.recorder_model)
        self.storage_model = StorageModel(
            storage=reads.storage, send=send, nursery=nursery, parent=parent
        )
        self.storage = StoragePane(model=self.storage_model)

    @property
    def models(self) -> Sequence[Any]:
        """Return the view-models, each of which listens, loads and may fail."""
        return (
            self.downloads_model,
            self.files_model,
            self.browser_model,
            self.recorder_model,
            self.storage_model,
        )

    @property
    def placed(self) -> tuple[tuple[Area, Any], ...]:
        """Return each pane with its place."""
        return (
            (Area.CENTER, self.downloads),
            (Area.CENTER, self.files),
            (Area.CENTER, self.browser),
            (Area.CENTER, self.recorder),
            (Area.CENTER, self.storage),
        )

    @property
    def asked_for(self) -> tuple[Any, ...]:
        """Return the panes that open when somebody asks for them."""
        return self.files, self.recorder, self.storage

    @property
    def showing(self) -> Sequence[Any]:
        """Return the panes whose rows can be seen on the chart."""
        return self.downloads, self.files, self.browser, self.recorder, self.storage
