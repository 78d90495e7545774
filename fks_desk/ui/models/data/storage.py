"""Decide what the storage page shows, what a policy would do, and what has to be confirmed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from PySide6.QtCore import QObject, Signal

from fks_desk.core.messages import EngineReady, StartTask
from fks_desk.core.model import Timeframe
from fks_desk.core.nursery import Nursery
from fks_desk.core.ports import Send
from fks_desk.core.storage_report import (
    CLEAN_UP_JOB,
    DataSet,
    ForgetStoragePolicy,
    PolicyEffect,
    PolicyKind,
    SaveStoragePolicy,
    StorageCleaned,
    StoragePoliciesMoved,
    StoragePolicy,
    StorageReader,
    StorageReport,
)
from fks_desk.ui.bridge.bridge import Bridge
from fks_desk.ui.models import format as fmt
from fks_desk.ui.models.loading import Loader
from fks_desk.ui.text import tr

_UNITS = ("B", "kB", "MB", "GB", "TB")
_STEP = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyRow:
    """Hold a policy with what it would do now; None while that is being counted."""

    policy: StoragePolicy
    effect: PolicyEffect | None = None


class StorageModel(QObject):
    """Hold the newest report and every policy with its dry run."""

    report_changed = Signal(object)  # StorageReport
    policies_changed = Signal(object)  # list[PolicyRow]
    trial_changed = Signal(object)  # PolicyEffect
    confirm_wanted = Signal(str)
    summary_changed = Signal(str)
    notice_changed = Signal(str)
    failed = Signal(str)

    def __init__(
        self,
        *,
        storage: StorageReader,
        send: Send,
        nursery: Nursery,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._storage = storage
        self._send = send
        self._loader = Loader(nursery, self.failed.emit)
        self.report: StorageReport | None = None
        self.rows: list[PolicyRow] = []

    def listen(self, bridge: Bridge) -> None:
        """Hear of policies and of clean-ups."""
        bridge.subscribe(StoragePoliciesMoved, self.on_policies_moved)
        bridge.subscribe(StorageCleaned, self.on_cleaned)
        bridge.subscribe(EngineReady, lambda _event: self.load())

    def load(self) -> None:
        """Measure what is stored, and what the policies would do."""
        self._loader.start(self._load_report, name="measure what is stored")
        self._loader.start(self._load_policies, name="read storage policies")

    def try_out(self, kind: PolicyKind, data_set: DataSet, days: str, frame: str) -> None:
        """Say what a policy would do, without keeping it."""
        policy = self._policy(kind, data_set, days, frame)
        if policy is not None:
            self._loader.start(lambda: self._preview(policy), name="try a policy")

    def save(self, kind: PolicyKind, data_set: DataSet, days: str, frame: str) -> None:
        """Keep a policy; it takes effect with the next clean-up."""
        policy = self._policy(kind, data_set, days, frame)
        if policy is not None:
            self._send(SaveStoragePolicy(policy=policy))
            self.notice_changed.emit(
                tr("Kept. Nothing goes until the clean-up runs; its effect is listed beside it.")
            )

    def forget(self, row: PolicyRow | None) -> None:
        """Drop a policy."""
        if row is None:
            self.notice_changed.emit(tr("Choose a policy with the arrow keys."))
        else:
            self._send(ForgetStoragePolicy(name=row.policy.name))

    def ask_clean_up(self) -> None:
        """Ask for a confirmation that names exactly what would go."""
        if any(row.effect is None for row in self.rows):
            self.notice_changed.emit(tr("The dry run is still counting; a moment."))
            return
        losing = [
            row.effect
            for row in self.rows
            if row.effect is not None
            and row.policy.kind is PolicyKind.RETENTION
            and row.policy.is_enabled
            and row.effect.rows
        ]
        if not losing:
            self.notice_changed.emit(tr("No policy would remove a row now."))
            self._send(StartTask(job=CLEAN_UP_JOB))
            return
        lines = [
            tr(
                "{rows} {data} older than {cutoff} (about {size})",
                rows=f"{effect.rows:,}",
                data=effect.policy.data_set.value.replace("_", " "),
                cutoff=f"{effect.cutoff:%Y-%m-%d %H:%M} UTC",
                size=size_text(effect.bytes),
            )
            for effect in losing
        ]
        self.confirm_wanted.emit("\n".join(lines))

    def clean_up(self) -> None:
        """Let the policies take what they would, now that a person agreed."""
        self.notice_changed.emit(tr("The clean-up is queued; the tasks pane shows how far it is."))
        self._send(StartTask(job=CLEAN_UP_JOB))

    def on_policies_moved(self, event: StoragePoliciesMoved) -> None:
        """Show the policies there are now and count anew what they would do."""
        self._take(event.policies)

    def on_cleaned(self, event: StorageCleaned) -> None:
        """Say what a clean-up removed and measure again."""
        gone = sum(
            effect.rows for effect in event.effects if effect.policy.kind is PolicyKind.RETENTION
        )
        self.notice_changed.emit(tr("The clean-up removed {rows} rows.", rows=f"{gone:,}"))
        self.load()

    def _policy(
        self, kind: PolicyKind, data_set: DataSet, days: str, frame: str
    ) -> StoragePolicy | None:
        try:
            after = timedelta(days=float(days.strip()))
            return StoragePolicy(
                kind=kind,
                data_set=data_set,
                after=after,
                timeframe=Timeframe(frame) if frame else None,
            )
        except (ValueError, OverflowError) as error:
            text = str(error) if "policy" in str(error) or "timeframe" in str(error) else ""
            self.notice_changed.emit(
                text or tr("An age is a number of days such as 30, was {text}.", text=repr(days))
            )
            return None

    def _take(self, policies: Sequence[StoragePolicy]) -> None:
        known = {row.policy: row.effect for row in self.rows}
        self.rows = [PolicyRow(policy=one, effect=known.get(one)) for one in policies]
        self.policies_changed.emit(self.rows)
        self._loader.start(self._count, name="count what policies would do")

    async def _load_report(self) -> None:
        self.report = await self._storage.report()
        self.report_changed.emit(self.report)
        self.summary_changed.emit(summary_of(self.report))

    async def _load_policies(self) -> None:
        self._take(await self._storage.policies())

    async def _count(self) -> None:
        for place, row in enumerate(list(self.rows)):
            effect = await self._storage.preview(row.policy)
            self.rows[place] = PolicyRow(policy=row.policy, effect=effect)
            self.policies_changed.emit(self.rows)

    async def _preview(self, policy: StoragePolicy) -> None:
        self.trial_changed.emit(await self._storage.preview(policy))


def summary_of(report: StorageReport) -> str:
    """Return how big everything is, how it grows and how well it is compressed."""
    parts = [tr("{size} in the database", size=size_text(report.database_bytes))]
    growth = [one.growth_bytes_per_day for one in report.tables]
    if any(growth):
        total = sum(one or 0.0 for one in growth)
        parts.append(tr("grows by {size} a day", size=size_text(total)))
    raw, packed = (
        sum(one.raw_bytes for one in report.tables),
        sum(one.compressed_bytes for one in report.tables),
    )
    if packed:
        parts.append(tr("compressed {ratio} times", ratio=fmt.real(raw / packed, 1)))
    elif not report.features.can_compress:
        parts.append(tr("this server cannot compress (TimescaleDB community can)"))
    return " · ".join([*parts, report.features.title])


def effect_text(effect: PolicyEffect) -> str:
    """Return what a policy would do, in one sentence."""
    if effect.note:
        return effect.note
    verb = (
        tr("would remove") if effect.policy.kind is PolicyKind.RETENTION else tr("would compress")
    )
    return tr(
        "{verb} {rows} rows before {cutoff}, about {size}",
        verb=verb,
        rows=f"{effect.rows:,}",
        cutoff=f"{effect.cutoff:%Y-%m-%d %H:%M}",
        size=size_text(effect.bytes),
    )


def size_text(count: float) -> str:
    """Return bytes in the unit that leaves at most three digits before the point."""
    size, unit = float(count), 0
    while abs(size) >= _STEP and unit < len(_UNITS) - 1:
        size, unit = size / _STEP, unit + 1
    return f"{size:.0f} {_UNITS[unit]}" if unit == 0 else f"{size:.1f} {_UNITS[unit]}"
