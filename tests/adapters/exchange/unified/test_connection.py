"""A connection needs no key, shares one budget and closes its sockets."""

from __future__ import annotations

import pytest

from fks_desk.core.errors import ConfigError, RateLimitError


async def test_both_ways_share_one_gate(kraken, allow_warnings):
    kraken.gate.hold(60)

    with pytest.raises(RateLimitError):
        await kraken.market.instruments()


async def test_an_unknown_exchange_is_named_with_its_neighbours(opened):
    with pytest.raises(ConfigError, match="called 'krakn'; did you mean kraken"):
        async with opened("krakn", {}):
            pass
