"""Name what the database keeps, how big it is, how it grows, and what may go.

Glossary: a *data set* is market data that may be thinned out; orders, fills and the
journal are no data set, so no policy can touch them. A *policy* says what becomes of
rows after an age; an *effect* is what it would do now, or has done.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol

from fks_desk.core.messages import Command, Event
from fks_desk.core.model import InstrumentId, Span, Timeframe

CLEAN_UP_JOB = "cleanup_old_data"
ROLL_UP_JOB = "roll_up_candles"
REFRESH_JOB = "refresh_cache"
SHORTEST_KEEP = timedelta(days=1)


class TimescaleEdition(StrEnum):
    """Say what the server knows of time: nothing, hypertables, or all of TimescaleDB."""

    NONE = "none"
    APACHE = "apache"
    COMMUNITY = "community"


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerFeatures:
    """Say what the database server brings; a version is None where it is not in use."""

    server: str
    timescale: str | None
    edition: TimescaleEdition
    vector: str | None

    @property
    def can_compress(self) -> bool:
        """Tell whether old rows can be compressed in place."""
        return self.edition is TimescaleEdition.COMMUNITY

    @property
    def title(self) -> str:
        """Return the server in a few words, for a health tile."""
        parts = [f"PostgreSQL {self.server}"]
        if self.vector:
            parts.append(f"pgvector {self.vector}")
        if self.timescale:
            parts.append(f"TimescaleDB {self.timescale} ({self.edition.value})")
        return ", ".join(parts)


class DataSet(StrEnum):
    """Name market data and histories that may be thinned out."""

    CANDLES = "candles"
    MARKET_TRADES = "market_trades"
    BALANCES = "balances"


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredTable:
    """Say how big one table is; `rows` is the server's estimate where counting takes long.

    `bytes` includes indexes. `raw_bytes` is what the compressed part took before and
    `compressed_bytes` what it takes now; both are 0 where nothing is compressed.
    `growth_bytes_per_day` is None until two measurements lie far enough apart.
    """

    name: str
    rows: int
    bytes: int
    data_set: DataSet | None = None
    span: Span | None = None
    parts: int = 1
    compressed_parts: int = 0
    raw_bytes: int = 0
    compressed_bytes: int = 0
    growth_bytes_per_day: float | None = None

    @property
    def compression_ratio(self) -> float | None:
        """Return how many times smaller the compressed part became, or None without one."""
        return self.raw_bytes / self.compressed_bytes if self.compressed_bytes else None


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredSeries:
    """Say what is stored of one instrument; `bytes` is its share of the table by rows."""

    data_set: DataSet
    instrument: InstrumentId
    timeframe: Timeframe | None
    rows: int
    bytes: int
    span: Span


@dataclass(frozen=True, slots=True, kw_only=True)
class StorageReport:
    """Hold what is stored, biggest table first, as of one moment."""

    taken: datetime
    features: ServerFeatures
    database_bytes: int
    tables: tuple[StoredTable, ...]
    series: tuple[StoredSeries, ...]


class PolicyKind(StrEnum):
    """Say what a policy does to rows that are old enough."""

    RETENTION = "retention"
    COMPRESSION = "compression"


@dataclass(frozen=True, slots=True, kw_only=True)
class StoragePolicy:
    """Say what becomes of a data set's rows after an age.

    A retention policy may name one timeframe or one instrument; None means all. A
    compression policy covers a whole data set, because the server compresses whole
    pieces of it.
    """

    kind: PolicyKind
    data_set: DataSet
    after: timedelta
    timeframe: Timeframe | None = None
    instrument: InstrumentId | None = None
    is_enabled: bool = True

    def __post_init__(self) -> None:
        if self.after < SHORTEST_KEEP:
            raise ValueError(f"a policy needs an age of a day or more, was {self.after}")
        if self.timeframe is not None and self.data_set is not DataSet.CANDLES:
            raise ValueError(f"{self.data_set.value} have no timeframe, was {self.timeframe.value}")
        if self.instrument is not None and self.data_set is DataSet.BALANCES:
            raise ValueError(f"balances belong to no instrument, was {self.instrument}")
        is_narrow = self.timeframe is not None or self.instrument is not None
        if self.kind is PolicyKind.COMPRESSION and is_narrow:
            raise ValueError("a compression policy covers a whole data set")

    @property
    def name(self) -> str:
        """Return what tells the policy from every other."""
        timeframe = self.timeframe.value if self.timeframe else "*"
        parts = (self.kind.value, self.data_set.value, timeframe, self.instrument or "*")
        return "/".join(parts)


@dataclass(frozen=True, slots=True, kw_only=True)
class AffectedSeries:
    """Say which rows of one series a policy takes; balances have no instrument."""

    instrument: InstrumentId | None
    timeframe: Timeframe | None
    rows: int
    span: Span


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyEffect:
    """Say what a policy would do now, or has done; `bytes` is an estimate from the rows.

    Rows that opened before `cutoff` are affected. `note` says why nothing can happen,
    such as a server that cannot compress.
    """

    policy: StoragePolicy
    cutoff: datetime
    rows: int
    bytes: int
    series: tuple[AffectedSeries, ...] = ()
    note: str = ""


class StorageReader(Protocol):
    """Read what is stored and what the policies would do; nothing here changes a row."""

    async def report(self) -> StorageReport:
        """Measure every table and every series."""
        ...

    async def policies(self) -> tuple[StoragePolicy, ...]:
        """Return every policy, enabled or not."""
        ...

    async def preview(self, policy: StoragePolicy) -> PolicyEffect:
        """Return what the policy, saved or not, would do now: a dry run."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class SaveStoragePolicy(Command):
    """Keep a policy, replacing the one of the same name; it runs with the next clean-up."""

    policy: StoragePolicy


@dataclass(frozen=True, slots=True, kw_only=True)
class ForgetStoragePolicy(Command):
    """Drop the policy of this name; rows it has taken do not come back."""

    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StoragePoliciesMoved(Event):
    """The policies changed; these are all of them now."""

    policies: tuple[StoragePolicy, ...]

    @property
    def merge_key(self) -> object:
        """Return one key: only the newest list matters."""
        return StoragePoliciesMoved


@dataclass(frozen=True, slots=True, kw_only=True)
class StorageCleaned(Event):
    """A clean-up ended; these are the effects it had."""

    effects: tuple[PolicyEffect, ...]
