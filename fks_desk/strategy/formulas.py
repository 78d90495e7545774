"""Reach TA-Lib, loaded at the first use: it brings pandas along, which takes a second.

A window can list strategies and lay itself out before that.
"""

from __future__ import annotations

from functools import cache
from importlib import import_module
from typing import Any


@cache
def library() -> Any:
    """Return the module `talib`; its functions are made at run time and have no types."""
    return import_module("talib")


def described(name: str) -> Any:
    """Return a new `talib.abstract.Function`, which carries a formula's metadata."""
    return import_module("talib.abstract").Function(name)


def streaming(name: str) -> Any:
    """Return the class of `talib.stream` that carries the formula forward bar by bar."""
    return getattr(import_module("talib.stream"), name)
