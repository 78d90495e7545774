"""Write the ledger's records down before anybody is told of them."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Generic, Protocol, TypeVar

import msgspec

from fks_desk.core.errors import StorageError
from fks_desk.venue.ledger.ledger import Ledger, LedgerState
from fks_desk.venue.ledger.lock import hold
from fks_desk.venue.ledger.records import Record

SNAPSHOT = "ledger.snapshot.json"
COMPACT_AFTER = 2_000

_encoder = msgspec.json.Encoder()


class Snapshot(msgspec.Struct, frozen=True):
    """Hold the ledger as it stood before the log of the same generation."""

    generation: int
    state: msgspec.Raw


class Kept(Protocol):
    """Say what a ledger must do to be kept: take records, and tell its state."""

    def apply(self, records: Any, /) -> Any:
        """Add records in order."""
        ...

    def state(self) -> Any:
        """Return everything, for a snapshot."""
        ...


L = TypeVar("L", bound=Kept)


@dataclass(frozen=True, slots=True)
class Shape(Generic[L]):
    """Say how a ledger is made, and of which types its records and its state are."""

    make: Callable[[Any], L]
    records: Any
    state: Any


SPOT = Shape(Ledger, list[Record], LedgerState)


@dataclass(frozen=True, slots=True)
class _Entry:
    line: bytes
    tell: Callable[[], None]
    written: asyncio.Future[None]


class RecordLog(Generic[L]):
    """Append batches of records, many per fsync, and tell only of what is on the disk.

    `ledger` is what the folder held at the start; whoever appends keeps it up to date.
    """

    def __init__(self, folder: Path, shape: Shape[L]) -> None:
        """Hold the folder for this process alone, or raise `ConfigError`."""
        with ExitStack() as undo:
            self._lock = undo.enter_context(hold(folder))
            self.ledger: L = _load(folder, shape)
            snapshot = _read_snapshot(folder)
            generation = 0 if snapshot is None else snapshot.generation
            self._file: IO[bytes] = _log_path(folder, generation).open("ab")
            undo.pop_all()
        self._pending: list[_Entry] = []
        self._has_work = asyncio.Event()
        self._last: asyncio.Future[None] | None = None
        self._failure: OSError | None = None

    def append(self, records: Sequence[Any], tell: Callable[[], None]) -> asyncio.Future[None]:
        """Queue a batch; `tell` runs, in order, once it is durable, then the future is done."""
        if self._failure is not None:
            raise self._sentence(self._failure) from self._failure
        written: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._pending.append(_Entry(_encoder.encode(records) + b"\n", tell, written))
        self._last = written
        self._has_work.set()
        return written

    async def settle(self) -> None:
        """Wait until everything appended so far is durable."""
        if self._last is not None:
            await asyncio.shield(self._last)

    async def run(self) -> None:
        """Write what is queued until cancelled; a disk that refuses ends it with `StorageError`."""
        while True:
            await self._has_work.wait()
            self._has_work.clear()
            entries, self._pending = self._pending, []
            try:
                await asyncio.to_thread(self._write, b"".join(entry.line for entry in entries))
            except OSError as error:
                self._fail(entries, error)
                raise self._sentence(error) from error
            for entry in entries:
                entry.tell()
                if not entry.written.done():
                    entry.written.set_result(None)

    def close(self) -> None:
        """Write what is left and close the file."""
        if self._failure is None and self._pending:
            self._write(b"".join(entry.line for entry in self._pending))
            self._pending = []
        self._file.close()
        self._lock.close()

    def _write(self, data: bytes) -> None:
        self._file.write(data)
        self._file.flush()
        os.fsync(self._file.fileno())

    def _fail(self, entries: Sequence[_Entry], error: OSError) -> None:
        self._failure = error
        for entry in (*entries, *self._pending):
            if not entry.written.done():
                entry.written.set_exception(self._sentence(error))

    @staticmethod
    def _sentence(error: OSError) -> StorageError:
        return StorageError(
            f"The exchange's ledger cannot be written: {error.strerror}. "
            "Free some disk space or choose another data folder, then start again."
        )


class LedgerLog(RecordLog[Ledger]):
    """Keep the spot ledger."""

    def __init__(self, folder: Path) -> None:
        """Hold the folder for this process alone, or raise `ConfigError`."""
        super().__init__(folder, SPOT)


def _load(folder: Path, shape: Shape[L]) -> L:
    """Return the ledger that the folder holds, an empty one at first; start a fresh log if long.

    A torn last line is cut off: its writer died before it could answer anybody.
    """
    snapshot = _read_snapshot(folder)
    ledger = shape.make(None if snapshot is None else _state_of(folder, snapshot, shape))
    generation = 0 if snapshot is None else snapshot.generation
    batches = _read_batches(_log_path(folder, generation), shape)
    for batch in batches:
        ledger.apply(batch)
    if len(batches) > COMPACT_AFTER:
        _compact(folder, ledger, generation + 1)
    return ledger


def _compact(folder: Path, ledger: Kept, generation: int) -> None:
    """Write a snapshot and drop the log that it replaces."""
    partial = folder / f"{SNAPSHOT}.partial"
    with partial.open("wb") as file:
        file.write(
            _encoder.encode(Snapshot(generation, msgspec.Raw(_encoder.encode(ledger.state()))))
        )
        file.flush()
        os.fsync(file.fileno())
    partial.replace(folder / SNAPSHOT)
    _log_path(folder, generation - 1).unlink(missing_ok=True)


def _log_path(folder: Path, generation: int) -> Path:
    return folder / f"ledger.{generation}.jsonl"


def _read_snapshot(folder: Path) -> Snapshot | None:
    path = folder / SNAPSHOT
    if not path.exists():
        return None
    try:
        return msgspec.json.decode(path.read_bytes(), type=Snapshot)
    except msgspec.DecodeError as error:
        raise _unreadable(path, error) from error


def _state_of(folder: Path, snapshot: Snapshot, shape: Shape[L]) -> Any:
    try:
        return msgspec.json.decode(snapshot.state, type=shape.state)
    except msgspec.DecodeError as error:
        raise _unreadable(folder / SNAPSHOT, error) from error


def _unreadable(path: Path, error: msgspec.DecodeError) -> StorageError:
    return StorageError(
        f"The exchange's ledger {path} cannot be read: {error}. "
        "Move the folder away to start with a fresh account."
    )


def _read_batches(path: Path, shape: Shape[L]) -> list[Any]:
    """Return the batches of a log and cut off a last line that was never finished."""
    if not path.exists():
        return []
    data = path.read_bytes()
    whole = data[: data.rfind(b"\n") + 1]
    if len(whole) < len(data):
        with path.open("r+b") as file:
            file.truncate(len(whole))
    try:
        decode = msgspec.json.Decoder(shape.records).decode
        return [decode(line) for line in whole.splitlines()]
    except msgspec.DecodeError as error:
        raise _unreadable(path, error) from error
