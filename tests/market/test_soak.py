"""Fifty busy symbols for a while: nothing is lost and memory stays flat.

FKS_SOAK_S sets the seconds; ten minutes is the measure of a release.
"""

from __future__ import annotations

import os

import pytest

from tests.fakes.soak import soak

SECONDS = float(os.environ.get("FKS_SOAK_S", "20"))


@pytest.mark.load
@pytest.mark.timeout(SECONDS + 240)
async def test_fifty_symbols_lose_no_message_and_memory_stays_flat():
    done = await soak(SECONDS)

    assert sum(done.sent.values()) > SECONDS * 200
    assert done.lost == 0
    assert done.losses == 0
    assert done.growth < 20
