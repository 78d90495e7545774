"""Offer the database's own background work to the task queue, and keep its policies."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from fks_desk.adapters.storage.policies import PolicyTable
from fks_desk.adapters.storage.rollups import RollUps
from fks_desk.adapters.storage.storage_reader import StorageReaderTable
from fks_desk.core.errors import TaskError
from fks_desk.core.job import Arguments, Job, JobContext, Queue, RetryPolicy
from fks_desk.core.ports import Publish
from fks_desk.core.storage_report import (
    CLEAN_UP_JOB,
    ROLL_UP_JOB,
    ForgetStoragePolicy,
    PolicyEffect,
    SaveStoragePolicy,
    StorageCleaned,
    StoragePoliciesMoved,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Upkeep:
    """Keep the database small and its roll-ups fresh."""

    rollups: RollUps
    policies: PolicyTable
    reader: StorageReaderTable
    publish: Publish

    def jobs(self) -> list[Job]:
        """Return the scheduled work."""
        return [
            Job(
                name=CLEAN_UP_JOB,
                title="Clean up old data",
                queue=Queue.LOW,
                run=self.clean_up,
                cron="30 3 * * *",
                deadline_s=3600.0,
            ),
            Job(
                name=ROLL_UP_JOB,
                title="Roll up candles",
                queue=Queue.LOW,
                run=self.roll_up,
                retry=RetryPolicy(tries=3, wait_s=30.0),
                cron="7-59/10 * * * *",
                deadline_s=1800.0,
            ),
        ]

    async def save(self, command: SaveStoragePolicy) -> None:
        """Keep a policy and tell of all."""
        await self.policies.save(command.policy)
        self.publish(StoragePoliciesMoved(policies=await self.policies.policies()))

    async def forget(self, command: ForgetStoragePolicy) -> None:
        """Drop a policy and tell of the rest."""
        await self.policies.forget(command.name)
        self.publish(StoragePoliciesMoved(policies=await self.policies.policies()))

    async def clean_up(self, context: JobContext, arguments: Arguments) -> Mapping[str, Any]:
        """Carry out every enabled policy, or the one that `policy` names.

        With `dry_run` nothing changes and the result says what would.
        """
        chosen = arguments.get("policy")
        policies = [
            one
            for one in await self.policies.policies()
            if (one.name == chosen if chosen else one.is_enabled)
        ]
        if chosen and not policies:
            raise TaskError(f"there is no policy {chosen!r}; save it first")
        effects: list[PolicyEffect] = []
        for done, policy in enumerate(policies):
            if context.cancel.is_cancelled:
                break
            context.progress(done / len(policies), policy.name)
            if arguments.get("dry_run"):
                effects.append(await self.policies.preview(policy))
            else:
                effects.append(await self.policies.carry_out(context, policy))
        if not arguments.get("dry_run"):
            self.publish(StorageCleaned(effects=tuple(effects)))
        return {
            effect.policy.name: {
                "rows": effect.rows,
                "bytes": effect.bytes,
                "before": effect.cutoff.isoformat(),
                "note": effect.note,
            }
            for effect in effects
        }

    async def roll_up(self, context: JobContext, _arguments: Arguments) -> Mapping[str, Any]:
        """Roll up the days that changed, and write down how big the tables are now and then."""
        days = await self.rollups.roll_up(context)
        return {"days": days, "measured": await self.reader.note_sizes()}
