"""Import one exchange of ccxt without the hundred others that its packages bring along.

ccxt's packages import every exchange they know, which takes seconds of each start
and tens of megabytes. Here the packages are entered unexecuted, with the few names
that their modules take from them. Whoever asks such a package for any other name
makes it execute as usual, so that nothing in it can be missed.
"""

from __future__ import annotations

import importlib
import importlib.util
import pkgutil
import sys
from difflib import get_close_matches
from functools import cache
from threading import Lock
from types import ModuleType
from typing import Any

from fks_desk.core.errors import ConfigError

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
    _require(name)
    for package in _PACKAGES[1:]:
        if isinstance(sys.modules.get(package), _Package):
            importlib.import_module(f"{package}.{name}")
            _lend_classes(package)
    found: type[Any] = getattr(importlib.import_module("ccxt.pro"), name)
    return found


def _require(name: str) -> None:
    """Raise `ConfigError` with the nearest names if ccxt streams nothing of the exchange."""
    folder = importlib.import_module("ccxt.pro").__path__
    names = sorted(found.name for found in pkgutil.iter_modules(folder) if not found.ispkg)
    if name in names:
        return
    near = get_close_matches(name, names, n=3, cutoff=0.5)
    hint = f"; did you mean {' or '.join(near)}?" if near else ""
    raise ConfigError(f"ccxt streams no exchange called {name!r}{hint}")


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


def _lend_classes(package: str) -> None:
    """Give the package the classes of its loaded modules, which an import names alike."""
    for path, module in list(sys.modules.items()):
        parent, _, name = path.rpartition(".")
        # Looked at by its dictionary: a package that is asked for a name executes.
        made = vars(module).get(name) if parent == package else None
        if isinstance(made, type):
            setattr(sys.modules[package], name, made)


def _lend(package: ModuleType, source: ModuleType) -> None:
    public = {key: value for key, value in vars(source).items() if not key.startswith("_")}
    vars(package).update(public)
