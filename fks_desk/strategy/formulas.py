"""Reach TA-Lib, loaded at the first use and without the data frames that it would bring along.

It looks for pandas and polars only to take their series as well, and the desk gives
it plain arrays; pandas alone takes longer to load than the whole window.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from importlib import import_module
from importlib.abc import MetaPathFinder
from threading import Lock, get_ident
from typing import Any

_FRAMES = frozenset({"pandas", "polars"})
_lock = Lock()


def library() -> Any:
    """Return the module `talib`; its functions are made at run time and have no types."""
    with _lock:
        return _library()


def described(name: str) -> Any:
    """Return a new `talib.abstract.Function`, which carries a formula's metadata."""
    library()
    return import_module("talib.abstract").Function(name)


def streaming(name: str) -> Any:
    """Return the class of `talib.stream` that carries the formula forward bar by bar."""
    library()
    return getattr(import_module("talib.stream"), name)


class _WithoutFrames(MetaPathFinder):
    """Say to one thread that there are no data frames."""

    def __init__(self) -> None:
        self._thread = get_ident()

    def find_spec(self, fullname: str, *_where: object) -> None:
        if fullname in _FRAMES and get_ident() == self._thread:
            raise ModuleNotFoundError(f"{fullname} is left out here", name=fullname)


@cache
def _library() -> Any:
    with _without_frames():
        return import_module("talib")


@contextmanager
def _without_frames() -> Iterator[None]:
    finder = _WithoutFrames()
    sys.meta_path.insert(0, finder)
    try:
        yield
    finally:
        sys.meta_path.remove(finder)
