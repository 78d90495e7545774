"""Join what people do with market data: files, downloads and recordings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from fks_desk.adapters.exchange.opening import TradingConnection
from fks_desk.adapters.files.recordings import FolderShelf
from fks_desk.adapters.storage.stores import Stores
from fks_desk.adapters.storage.tags import TagTable
from fks_desk.app.file_transfers import FileTransfers
from fks_desk.app.folders import Folders
from fks_desk.app.replay_desk import ReplayDesk
from fks_desk.app.routes import Handler
from fks_desk.app.world import World
from fks_desk.core.bus import Bus
from fks_desk.core.clock import Clock
from fks_desk.core.downloads import (
    KeepUp,
    PauseDownloads,
    QueueDownloads,
    RemoveDownloads,
    ResumeDownloads,
)
from fks_desk.core.job import Job
from fks_desk.core.messages import BookMoved, Command, FeedMoved, MarketTraded
from fks_desk.core.ports import Publish
from fks_desk.core.recordings import (
    DeleteRecordings,
    ReplayRecording,
    StartRecording,
    StopRecording,
)
from fks_desk.core.tags import RowsTagged, TagRows
from fks_desk.market.downloads import Downloads
from fks_desk.market.instruments import Instruments
from fks_desk.market.jobs import download_jobs, recording_jobs
from fks_desk.market.recordings import Recordings

_CHOICE = "recorders"  # the setting that says what is recorded


@dataclass(frozen=True, slots=True, kw_only=True)
class DataDesk:
    """Hold the parts that the data panes speak to."""

    files: FileTransfers
    downloads: Downloads
    recordings: Recordings
    replays: ReplayDesk
    tag_table: TagTable
    publish: Publish

    def jobs(self) -> list[Job]:
        """Return the background work on data."""
        return [
            *self.files.jobs(),
            *download_jobs(self.downloads),
            *recording_jobs(self.recordings),
        ]

    @property
    def handlers(self) -> Mapping[type[Command], Handler]:
        """Return which command leads where."""
        return {
            QueueDownloads: self.downloads.queue,
            PauseDownloads: self.downloads.pause,
            ResumeDownloads: self.downloads.resume,
            RemoveDownloads: self.downloads.remove,
            KeepUp: self.downloads.keep_up,
            StartRecording: self.recordings.start,
            StopRecording: self.recordings.stop,
            DeleteRecordings: self.recordings.delete,
            ReplayRecording: self.replays.replay,
            TagRows: self.tag,
        }

    async def tag(self, command: TagRows) -> None:
        """Put a tag on rows, or take it off."""
        await self.tag_table.tag(command)
        self.publish(RowsTagged(table=command.table))

    async def open(self) -> None:
        """Go on with what an earlier desk left unfinished; needs the list of instruments."""
        await self.downloads.open()
        await self.recordings.open()

    async def close(self) -> None:
        """Stop in order; what has been fetched is stored."""
        await self.downloads.close()
        await self.recordings.close()


def open_data_desk(
    *,
    stores: Stores,
    folders: Folders,
    world: World,
    clock: Clock,
    bus: Bus,
    connection: TradingConnection,
    instruments: Instruments,
) -> DataDesk:
    """Make the parts on the open database and the venue's connection."""
    streams = connection.streams
    return DataDesk(
        files=FileTransfers(
            stores=stores, clock=clock, exports=folders.exports, publish=bus.publish
        ),
        downloads=Downloads(
            sources={world.venue: connection.history},
            lookup=instruments.get,
            reader=stores.candles,
            writer=stores.candle_writer,
            store=stores.downloads,
            clock=clock,
            publish=bus.publish,
            held_s=lambda _venue: connection.gate.held_s,
            # "Now" in a replay is the file's moment.
            market_now=lambda: streams.market_time if world.is_replayed else None,
        ),
        recordings=_recordings(stores, folders, clock, bus, instruments),
        replays=ReplayDesk(folders=folders),
        tag_table=stores.tags,
        publish=bus.publish,
    )


def _recordings(
    stores: Stores, folders: Folders, clock: Clock, bus: Bus, instruments: Instruments
) -> Recordings:
    async def save(chosen: Mapping[str, Any]) -> None:
        await stores.configs.put(_CHOICE, chosen, by="desk")

    recordings = Recordings(
        shelf=FolderShelf(folders.recordings),
        lookup=instruments.get,
        load=lambda: stores.configs.get(_CHOICE),
        save=save,
        clock=clock,
        publish=bus.publish,
    )
    bus.subscribe(MarketTraded, recordings.on_market_traded)
    bus.subscribe(BookMoved, recordings.on_book_moved)
    bus.subscribe(FeedMoved, recordings.on_feed_moved)
    return recordings
