"""Decide what the crash drill's pane shows, and start and cancel drills."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal

from fks_desk.core.crash_drill import (
    CancelCrashDrill,
    CrashDrill,
    CrashDrillMoved,
    CrashDrillReader,
    StartCrashDrill,
    StruckPart,
    Verdict,
    VerdictState,
)
from fks_desk.core.messages import EngineReady, NoticeRaised
from fks_desk.core.nursery import Nursery
from fks_desk.core.ports import Send
from fks_desk.ui.bridge.bridge import Bridge
from fks_desk.ui.models import format as fmt
from fks_desk.ui.models.loading import Loader
from fks_desk.ui.text import tr

TOPIC = "drill"


class DrillModel(QObject):
    """Hold the drill that runs, or else the last one."""

    verdicts_changed = Signal(object)  # list[Verdict]
    summary_changed = Signal(str)
    notice_changed = Signal(str)
    failed = Signal(str)

    def __init__(
        self,
        *,
        drills: CrashDrillReader,
        send: Send,
        nursery: Nursery,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._drills = drills
        self._send = send
        self._loader = Loader(nursery, self.failed.emit)
        self.drill: CrashDrill | None = None

    def listen(self, bridge: Bridge) -> None:
        """Hear how far a drill is, and why none began."""
        bridge.subscribe(CrashDrillMoved, self.on_moved)
        bridge.subscribe(NoticeRaised, self.on_notice)
        bridge.subscribe(EngineReady, lambda _event: self.load())

    def load(self) -> None:
        """Read what came of the last drill."""
        self._loader.start(self._load, name="read the last crash drill")

    def start(self, part: StruckPart) -> None:
        """Begin a drill, unless one runs."""
        if self.drill is not None and self.drill.is_running:
            self.notice_changed.emit(tr("A crash drill runs already; Del cancels it."))
            return
        self._send(StartCrashDrill(part=part))
        self.notice_changed.emit(
            tr(
                "A scratch desk with an exchange of its own is killed at each point; your "
                "accounts are not touched. It takes some minutes."
            )
        )

    def cancel(self) -> None:
        """End the drill that runs."""
        if self.drill is None or not self.drill.is_running:
            self.notice_changed.emit(tr("No crash drill runs."))
            return
        self._send(CancelCrashDrill())
        self.notice_changed.emit(tr("The drill ends; what was judged by now is kept."))

    def on_moved(self, event: CrashDrillMoved) -> None:
        """Show how far it is."""
        was_running = self.drill is not None and self.drill.is_running
        self._take(event.drill)
        if was_running and not event.drill.is_running:
            self.notice_changed.emit("")

    def on_notice(self, event: NoticeRaised) -> None:
        """Say here as well why a drill did not begin."""
        if event.topic == TOPIC:
            self.notice_changed.emit(event.text)

    async def _load(self) -> None:
        drill = await self._drills.last()
        if drill:
            self._take(drill)

    def _take(self, drill: CrashDrill) -> None:
        self.drill = drill
        self.verdicts_changed.emit(list(drill.verdicts))
        self.summary_changed.emit(summary_of(drill))


def summary_of(drill: CrashDrill) -> str:
    """Return when it was, how far it came and what it went through."""
    passed, failed = drill.count(VerdictState.PASSED), drill.count(VerdictState.FAILED)
    parts = [
        fmt.moment(drill.ended or drill.began),
        tr("{n} of {all} passed", n=passed, all=len(drill.verdicts)),
    ]
    if failed:
        parts.append(tr("{n} FAILED", n=failed))
    if drill.is_running:
        parts.append(tr("running"))
    if drill.detail:
        parts.append(drill.detail)
    return " · ".join(parts)


def point_text(verdict: Verdict) -> str:
    """Return what the desk was doing at the point."""
    words = {
        "migrate.mid": tr("while the database is migrated"),
        "intent.before_persist": tr("before an order is written"),
        "intent.persisted": tr("when an order was written"),
        "risk.reserved": tr("when the risk check has passed"),
        "order.before_send": tr("before the request leaves"),
        "order.sent_before_ack": tr("while the request is under way"),
        "order.acked_before_persist": tr("when the reply came, unwritten"),
        "order.persisted_before_publish": tr("when the new state was written, untold"),
        "fill.received_before_persist": tr("when a fill came, unwritten"),
        "fill.persisted_before_position": tr("when a fill was written"),
        "position.persisted": tr("when a position was written"),
        "cancel.sent_before_ack": tr("when a cancel was sent"),
        "reconcile.mid": tr("in the middle of a comparison"),
        "shutdown.mid": tr("in the middle of closing"),
    }
    return words.get(verdict.point, verdict.point)


def part_text(part: StruckPart) -> str:
    """Return what was killed."""
    return {
        StruckPart.DESK: tr("desk"),
        StruckPart.DATABASE: tr("database"),
        StruckPart.BOTH: tr("desk and database"),
    }[part]


def state_text(state: VerdictState) -> str:
    """Return the state with a sign, so that colour is not all that tells it."""
    return {
        VerdictState.WAITING: tr("· waiting"),
        VerdictState.RUNNING: tr("… running"),
        VerdictState.PASSED: tr("✓ passed"),
        VerdictState.FAILED: tr("✗ FAILED"),
    }[state]
