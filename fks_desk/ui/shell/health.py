"""Sum up the health of every part, for the tiles of the status bar."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from PySide6.QtCore import QObject, Signal

from fks_desk.core.messages import FeedMoved, FeedState, HealthMoved, HealthState
from fks_desk.ui.text import tr

FEED = "feed"

_FEED_HEALTH = {
    FeedState.LIVE: HealthState.GOOD,
    FeedState.CONNECTING: HealthState.STARTING,
    FeedState.STALE: HealthState.WARNING,
    FeedState.DOWN: HealthState.BAD,
}
_WORST_LAST = (
    HealthState.OFF,
    HealthState.GOOD,
    HealthState.STARTING,
    HealthState.WARNING,
    HealthState.BAD,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class PartHealth:
    """Hold what a tile shows of one part."""

    part: str
    state: HealthState
    detail: str
    next_step: str = ""


class HealthModel(QObject):
    """Keep the newest health of each part; the feed's is the worst of its streams."""

    part_changed = Signal(object)  # PartHealth

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._parts: dict[str, PartHealth] = {}
        self._streams: dict[tuple[str, str], FeedMoved] = {}
        self._feed_said: PartHealth | None = None

    @property
    def parts(self) -> Mapping[str, PartHealth]:
        """Return what is known, by part."""
        return self._parts

    def on_health_moved(self, event: HealthMoved) -> None:
        """Take a part's own word."""
        health = PartHealth(
            part=event.part, state=event.state, detail=event.detail, next_step=event.next_step
        )
        if event.part == FEED:
            self._feed_said = health
            self._sum_up_feed()
        else:
            self._set(health)

    def on_feed_moved(self, event: FeedMoved) -> None:
        """Take the state of one stream."""
        self._streams[event.instrument, event.stream] = event
        self._sum_up_feed()

    def _sum_up_feed(self) -> None:
        streams = self._of_streams()
        known = [health for health in (self._feed_said, streams) if health is not None]
        self._set(max(known, key=lambda health: _WORST_LAST.index(health.state)))

    def _of_streams(self) -> PartHealth | None:
        if not self._streams:
            return None
        moved = list(self._streams.values())
        ailing = [event for event in moved if event.state is not FeedState.LIVE]
        if not ailing:
            detail = tr("{count} streams are live", count=len(moved))
            return PartHealth(part=FEED, state=HealthState.GOOD, detail=detail)
        worst = max(ailing, key=lambda e: _WORST_LAST.index(_FEED_HEALTH[e.state]))
        symbol = worst.instrument.rpartition(":")[2]
        detail = tr(
            "{ailing} of {count} streams are not live; {symbol} {stream}: {state}",
            ailing=len(ailing),
            count=len(moved),
            symbol=symbol,
            stream=worst.stream,
            state=worst.detail or worst.state.value,
        )
        step = tr("Prices shown may be old. The desk reconnects by itself.")
        return PartHealth(part=FEED, state=_FEED_HEALTH[worst.state], detail=detail, next_step=step)

    def _set(self, health: PartHealth) -> None:
        if self._parts.get(health.part) != health:
            self._parts[health.part] = health
            self.part_changed.emit(health)
