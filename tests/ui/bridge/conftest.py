"""Keep the garbage of the bridge's tests on the thread that it belongs to."""

from __future__ import annotations

import gc
from collections.abc import Iterator

import pytest


@pytest.fixture(autouse=True)
def _collected_here() -> Iterator[None]:
    """Collect on this thread alone, as the desk does: a bridge must not die on an engine's."""
    gc.collect(1)
    gc.disable()
    yield
    gc.enable()
