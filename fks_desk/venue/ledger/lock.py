"""Hold a folder for one process; the operating system lets go when the process dies."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import IO

from fks_desk.core.errors import ConfigError

if sys.platform == "win32":
    import msvcrt

    def _take(file: IO[bytes]) -> None:
        msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
else:
    import fcntl

    def _take(file: IO[bytes]) -> None:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)


def hold(folder: Path) -> IO[bytes]:
    """Return the lock, to be closed at the end; raise `ConfigError` if somebody has it."""
    folder.mkdir(parents=True, exist_ok=True)
    file = (folder / "ledger.lock").open("ab")
    try:
        _take(file)
    except OSError as error:
        file.close()
        raise ConfigError(
            f"The ledger in {folder} is in use by another running exchange. "
            "Stop that one first, or choose another data folder."
        ) from error
    return file


def is_held(folder: Path) -> bool:
    """Tell whether another process has the folder."""
    try:
        hold(folder).close()
    except ConfigError:
        return True
    return False
