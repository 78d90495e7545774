"""Keep the newest health of each part of the desk, worst first."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal

from fks_desk.core.messages import FeedMoved, FeedState, HealthMoved, HealthState
from fks_desk.core.model import InstrumentId
from fks_desk.ui.bridge.bridge import Bridge
from fks_desk.ui.text import tr

FEEDS = "feeds"
_BAD_FIRST = (
    HealthState.BAD,
    HealthState.WARNING,
    HealthState.STARTING,
    HealthState.GOOD,
    HealthState.OFF,
)
_OF_FEED = {
    FeedState.DOWN: HealthState.BAD,
    FeedState.STALE: HealthState.WARNING,
    FeedState.CONNECTING: HealthState.STARTING,
    FeedState.LIVE: HealthState.GOOD,
}


class HealthModel(QObject):
    """Hold one line per part; what all streams say together is a part of its own."""

    part_changed = Signal(object)  # HealthMoved

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._parts: dict[str, HealthMoved] = {}
        self._streams: dict[tuple[InstrumentId, str], FeedMoved] = {}

    def listen(self, bridge: Bridge) -> None:
        """Hear how the parts are."""
        bridge.subscribe(HealthMoved, self.on_health_moved)
        bridge.subscribe(FeedMoved, self.on_feed_moved)

    @property
    def parts(self) -> list[HealthMoved]:
        """Return every part, those that need somebody first."""
        return sorted(
            self._parts.values(), key=lambda part: (_BAD_FIRST.index(part.state), part.part)
        )

    def on_health_moved(self, event: HealthMoved) -> None:
        """Take a part's newest health."""
        self._parts[event.part] = event
        self.part_changed.emit(event)

    def on_feed_moved(self, event: FeedMoved) -> None:
        """Sum all streams up: the worst of them is what counts."""
        self._streams[event.instrument, event.stream] = event
        states = [_OF_FEED[stream.state] for stream in self._streams.values()]
        worst = min(states, key=_BAD_FIRST.index)
        live = sum(state is HealthState.GOOD for state in states)
        detail = tr("{live} of {all} streams are live", live=live, all=len(states))
        step = self._worst_feed(worst) if worst is not HealthState.GOOD else ""
        moved = HealthMoved(part=FEEDS, state=worst, detail=detail, next_step=step)
        if self._parts.get(FEEDS) != moved:
            self.on_health_moved(moved)

    def _worst_feed(self, worst: HealthState) -> str:
        for stream in self._streams.values():
            if _OF_FEED[stream.state] is worst:
                symbol = stream.instrument.split(":", 2)[2]
                said = f": {stream.detail}" if stream.detail else ""
                return tr(
                    "{symbol} {stream} is {state}{said}",
                    symbol=symbol,
                    stream=stream.stream,
                    state=stream.state.value,
                    said=said,
                )
        return ""
