"""The settings for ccxt: nothing that it could call leaves the machine."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from ccxt.base.errors import BaseError
from ccxt.pro import binance

from fks_desk.venue.urls import ccxt_overrides
from tests.fakes.venue import ccxt_client, running_venue


def leaves(value) -> Iterator[str]:
    if isinstance(value, dict):
        for child in value.values():
            yield from leaves(child)
    else:
        yield value


async def test_every_url_of_the_client_is_on_loopback():
    client = binance(ccxt_overrides(1234))

    urls = list(leaves(client.urls["api"]))
    assert len(urls) > 20
    assert all("//127.0.0.1:1234/" in url for url in urls)
    assert "/stream" in client.urls["api"]["ws"]["spot"]
    await client.close()


async def test_what_does_not_exist_here_is_not_found(tmp_path):
    async with running_venue(tmp_path) as ready, ccxt_client(ready) as client:
        with pytest.raises(BaseError, match="404"):
            await client.dapiPublicGetPing()
