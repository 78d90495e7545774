"""Give tests a venue and a store without a desk."""

from __future__ import annotations

import pytest

from tests.fakes.trading import FakeVenue, MemoryRows, world


@pytest.fixture
def scene() -> tuple[FakeVenue, MemoryRows]:
    """Return a venue with 10 000 USDT and an empty store."""
    return world()
