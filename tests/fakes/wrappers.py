"""Look at the objects by which Python knows the objects of Qt."""

from __future__ import annotations

from PySide6.QtWidgets import QLayout, QLayoutItem
from shiboken6 import Shiboken


def lent_items() -> set[int]:
    """Name the items that layouts have lent to Python and not been given back.

    Qt tells nobody when a layout deletes one. The next object at its place in memory, if
    it dies by Qt alone, then ends the process: the binding finds the dead item's wrapper
    there and reads its own, which is freed.
    """
    return {
        id(one)
        for one in Shiboken.getAllValidWrappers()
        if isinstance(one, QLayoutItem) and not isinstance(one, QLayout)
    }
