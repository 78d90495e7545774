"""Keep a piece of the disk back, so that a full one can still be started on."""

from __future__ import annotations

import logging
import os
import shutil
from pathlib import Path

log = logging.getLogger(__name__)

RESERVE_BYTES = 64 << 20
# A disk with less than this many reserves free is in need already: nothing is taken from it.
_ROOM = 4
_BLOCK = b"\0" * (1 << 20)


class Reserve:
    """Hold one file of zeros beside the write-ahead log, and give it up when all else is full.

    PostgreSQL needs room to recover: on a disk without any it does not start, and nothing of
    its own may be deleted. The file is only of use where the log lies, be that elsewhere.
    """

    def __init__(self, folder: Path, data: Path, size: int = RESERVE_BYTES) -> None:
        self._folder = folder
        self._data = data
        self._size = size

    @property
    def file(self) -> Path:
        """Return the file's place: on the disk of the write-ahead log."""
        logs = self._data / "pg_wal"
        folder = logs.resolve().parent if logs.is_symlink() else self._folder
        return folder / "reserve"

    @property
    def is_held(self) -> bool:
        """Tell whether the whole piece is kept back."""
        try:
            return self.file.stat().st_size >= self._size
        except OSError:
            return False

    def hold(self) -> None:
        """Make the file where there is room for it; a disk that refuses is left alone."""
        if self.is_held:
            return
        file = self.file
        try:
            if shutil.disk_usage(file.parent).free < _ROOM * self._size:
                return
            _make(file, self._size)
        except OSError as error:
            log.info("nothing is kept back in %s: %s", file, error)
            file.unlink(missing_ok=True)

    def give_up(self) -> bool:
        """Delete the file; return whether that made room."""
        if not self.file.exists():
            return False
        self.file.unlink()
        return True


def _make(file: Path, size: int) -> None:
    with file.open("wb") as opened:
        if hasattr(os, "posix_fallocate"):
            os.posix_fallocate(opened.fileno(), 0, size)
            return
        for _ in range(0, size, len(_BLOCK)):
            opened.write(_BLOCK)
