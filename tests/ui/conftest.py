"""Give the window's tests an application, an engine, a bridge and a registry."""

from __future__ import annotations

import asyncio
import gc
import logging
from collections.abc import Callable, Coroutine, Iterator
from pathlib import Path
from typing import Any

import pytest
import qasync
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from fks_desk.ui.actions.registry import ActionRegistry
from fks_desk.ui.bridge.bridge import Bridge
from fks_desk.ui.theme.colors import DARK
from fks_desk.ui.theme.current import apply
from tests.fakes.engine import FakeEngine

# What the offscreen platform says of things that only a real screen can do.
OFFSCREEN = ("This plugin does not support .*", ".*systemTrayWindowChanged.*")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = Path(__file__).parent
    for item in items:
        if item.path.is_relative_to(here):
            item.add_marker(pytest.mark.qt_log_ignore(*OFFSCREEN, extend=True))


@pytest.fixture(autouse=True)
def _collected_here() -> Iterator[None]:
    """Collect on this thread alone, as the desk does: no widget may die on an engine's."""
    gc.collect(1)
    gc.disable()
    yield
    gc.collect(1)
    gc.enable()


@pytest.fixture(autouse=True)
def _themed(qapp: QApplication) -> None:
    """Start every test in the dark theme."""
    apply(qapp, DARK)


@pytest.fixture
def registry(qapp: QApplication) -> ActionRegistry:
    return ActionRegistry()


@pytest.fixture
def bridge(qtbot: QtBot) -> Iterator[Bridge]:
    """Return a bridge with no engine yet."""
    bridge = Bridge()
    yield bridge
    bridge.close()


@pytest.fixture
def fake_engine(bridge: Bridge) -> Iterator[FakeEngine]:
    """Return a running engine that the bridge is attached to."""
    engine = FakeEngine()
    engine.attach_to(bridge)
    yield engine
    engine.stop()


@pytest.fixture
def run_on_gui(qapp: QApplication) -> Iterator[Callable[[Coroutine[Any, Any, Any]], Any]]:
    """Return a function that runs a coroutine on a qasync loop of the GUI thread."""
    logging.getLogger("qasync").setLevel(logging.WARNING)
    loop = qasync.QEventLoop(qapp)

    def run(work: Coroutine[Any, Any, Any]) -> Any:
        return loop.run_until_complete(asyncio.wait_for(work, 60))

    yield run
    loop.close()
