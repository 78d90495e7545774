"""Read the money axis of an equity curve."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from PySide6 import QtCore, QtGui, QtWidgets

from fks_desk.ui.panes.research.equity_plot import _amounts, load_plots


@pytest.mark.parametrize(
    ("values", "spacing", "texts"),
    [
        ([9500.0, 10000.0], 500.0, ["9,500", "10,000"]),
        ([-1200.5, 0.0], 0.5, ["−1,200.5", "0.0"]),
        ([0.015], 0.005, ["0.015"]),
    ],
)
def test_amounts_have_their_thousands_apart_and_as_many_digits_as_tell_them_apart(
    values: list[float], spacing: float, texts: list[str]
) -> None:
    assert _amounts(values, 1.0, spacing) == texts


async def test_every_class_of_qt_is_made_before_a_thread_looks_at_them(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """PySide makes a class at its first look; two threads at once ended the process."""
    unmade: list[str] = []
    loaded: list[Any] = []

    async def in_a_thread(_work: Callable[..., object], *names: Any) -> None:
        for module in (QtCore, QtGui, QtWidgets):
            unmade.extend(name for name in dir(module) if name not in vars(module))
        loaded.extend(names)

    monkeypatch.setattr(asyncio, "to_thread", in_a_thread)
    await load_plots()

    assert unmade == []
    assert loaded == ["pyqtgraph"]
