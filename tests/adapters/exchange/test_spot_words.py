"""Signing on ends, whatever the venue does with it."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from fks_desk.adapters.exchange.library import preload
from fks_desk.adapters.exchange.spot_words import SpotStream

URL = "wss://ws-api.example"


class Silent:
    """A client whose venue takes the connection and never answers the subscription."""

    def __init__(self) -> None:
        preload()
        self.urls = {"api": {"ws": {"ws-api": {"spot": URL}}}}
        self.clients: dict[str, Any] = {URL: self}
        self.cut_by: list[BaseException] = []

    async def authenticate(self, _params: Any) -> None:
        await asyncio.get_running_loop().create_future()

    def on_error(self, error: BaseException) -> None:
        self.cut_by.append(error)


async def test_a_subscription_that_is_never_answered_is_given_up_and_cut() -> None:
    client = Silent()

    with pytest.raises(TimeoutError):
        await SpotStream(patience_s=0.01).sign_on(client)

    assert [type(one) for one in client.cut_by] == [TimeoutError]


async def test_who_stops_waiting_is_not_mistaken_for_a_silent_venue() -> None:
    client = Silent()
    waiting = asyncio.ensure_future(SpotStream().sign_on(client))
    await asyncio.sleep(0)
    waiting.cancel()
    await asyncio.wait({waiting})

    assert waiting.cancelled()
    assert client.cut_by == []
