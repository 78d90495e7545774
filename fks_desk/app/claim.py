"""Let one desk work on a data folder, also where there is no Qt to ask."""

from __future__ import annotations

import contextlib
import os
import platform
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil

from fks_desk.core.errors import ConfigError

LOCK_FILE = "desk.lock"


@contextmanager
def claimed(folder: Path) -> Iterator[None]:
    """Hold the data folder, or raise `ConfigError` if a desk works on it.

    The file is written and locked as Qt's QLockFile does it (Qt 6, `qlockfile.cpp`),
    so that a window and a desk without one keep each other out. The operating
    system gives the lock up when its holder ends, be it killed.
    """
    path = folder / LOCK_FILE
    descriptor = _locked(path)
    if descriptor is None:
        raise ConfigError(
            f"a desk works on {folder} already; close it first, or choose another data folder "
            "with FKS_DATA_FOLDER"
        )
    try:
        os.truncate(descriptor, 0)
        os.write(descriptor, _card().encode())
        yield
    finally:
        # Removed before it is let go of, so that nobody locks a file that has no name.
        if sys.platform != "win32":
            path.unlink(missing_ok=True)
        os.close(descriptor)
        if sys.platform == "win32":
            with contextlib.suppress(OSError):
                path.unlink(missing_ok=True)


def _locked(path: Path) -> int | None:
    """Return the descriptor of the locked file, or None if somebody has it."""
    while True:
        try:
            descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
        except PermissionError:  # how Windows says that Qt has it
            return None
        try:
            _lock(descriptor)
        except OSError:
            os.close(descriptor)
            return None
        if _is_named(descriptor, path):
            return descriptor
        os.close(descriptor)


def _lock(descriptor: int) -> None:
    if sys.platform == "win32":
        import msvcrt  # noqa: PLC0415  exists on Windows only

        os.lseek(descriptor, 1 << 20, os.SEEK_SET)  # far behind what others read
        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        os.lseek(descriptor, 0, os.SEEK_SET)
    else:
        import fcntl  # noqa: PLC0415  exists on Unix only

        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)


def _is_named(descriptor: int, path: Path) -> bool:
    """Tell whether the file was not removed while we waited for it."""
    try:
        return os.path.samestat(os.fstat(descriptor), path.stat())
    except FileNotFoundError:
        return False


def _card() -> str:
    """Return what Qt reads about a lock's holder: process, program, machine."""
    program = Path(psutil.Process().exe())
    name = program.stem if sys.platform == "win32" else program.name
    return f"{os.getpid()}\n{name}\n{platform.node()}\n"
