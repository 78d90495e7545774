"""Import one exchange of ccxt without the hundred others that its packages bring along.

ccxt's packages import every exchange they know, which takes seconds of each start
and tens of megabytes. Here the packages are entered unexecuted, with the few names
that their modules take from them. Whoever asks such a package for any other name
makes it execute as usual, so that nothing in it can be missed.
"""

from __future__ import annotations

import importlib
import importlib.util
import sys
from functools import cache
from threading import Lock
from types import ModuleType
from typing import Any

_PACKAGES = ("ccxt", "ccxt.async_support", "ccxt.pro")
_lock = Lock()


def exchange_class(name: str) -> type[Any]:
    """Return ccxt's streaming class of an exchange; blocks for about a second at first."""
    with _lock:
        return _exchange_class(name)


def base_error() -> type[Exception]:
    """Return the class that all errors of ccxt descend from."""
    found: type[Exception] = importlib.import_module("ccxt.base.errors").BaseError
    return found


class _Package(ModuleType):
    """Stand for a package that is executed when somebody wants all of it."""

    def __getattr__(self, name: str) -> Any:
        spec = self.__spec__
        if name.startswith("__") or spec is None or spec.loader is None:
            raise AttributeError(f"module {self.__name__!r} has no attribute {name!r}")
        self.__class__ = ModuleType  # type: ignore[assignment]  # an ordinary package from now on
        spec.loader.exec_module(self)
        return getattr(self, name)


@cache
def _exchange_class(name: str) -> type[Any]:
    if "ccxt" not in sys.modules:
        for package in _PACKAGES:
            _enter(package)
        _lend(sys.modules["ccxt"], importlib.import_module("ccxt.base.errors"))
        base = importlib.import_module("ccxt.base.exchange")
        sys.modules["ccxt"].Exchange = base.Exchange  # type: ignore[attr-defined]  # lent by name
        for package in _PACKAGES[1:]:
            # The package's own name for the class; the import left the module there.
            made = getattr(importlib.import_module(f"{package}.{name}"), name)
            setattr(sys.modules[package], name, made)
    found: type[Any] = getattr(importlib.import_module("ccxt.pro"), name)
    return found


def _enter(name: str) -> None:
    """Make a package importable without executing it."""
    spec = importlib.util.find_spec(name)
    if spec is None:
        raise ImportError(f"{name} is not installed", name=name)
    package = importlib.util.module_from_spec(spec)
    package.__class__ = _Package
    sys.modules[name] = package
    parent, _, child = name.rpartition(".")
    if parent:
        setattr(sys.modules[parent], child, package)


def _lend(package: ModuleType, source: ModuleType) -> None:
    public = {key: value for key, value in vars(source).items() if not key.startswith("_")}
    vars(package).update(public)
