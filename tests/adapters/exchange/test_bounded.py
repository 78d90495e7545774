"""An honest answer is read whole, an endless one is not."""

from __future__ import annotations

import aiohttp
import pytest
from aiohttp import web

from fks_desk.adapters.exchange.bounded import LARGEST_BODY, bound


@pytest.mark.parametrize("is_packed", [False, True])
@pytest.mark.parametrize("size", [0, 10, LARGEST_BODY])
async def test_a_body_up_to_the_limit_is_read_whole(size, is_packed):
    assert await _read(size, is_packed=is_packed) == b"x" * size


@pytest.mark.parametrize("is_packed", [False, True])
async def test_a_larger_body_is_given_up(is_packed):
    with pytest.raises(aiohttp.ClientPayloadError, match="larger than 32 MB"):
        await _read(LARGEST_BODY * 2, is_packed=is_packed)


async def _read(size: int, *, is_packed: bool) -> bytes:
    async def answer(_request: web.Request) -> web.Response:
        reply = web.Response(body=b"x" * size)
        if is_packed:
            reply.enable_compression(web.ContentCoding.gzip)
        return reply

    app = web.Application()
    app.router.add_get("/", answer)
    runner = web.AppRunner(app)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        async with aiohttp.ClientSession() as session:
            bound(session)
            port = runner.addresses[0][1]
            async with session.get(f"http://127.0.0.1:{port}/") as reply:
                return await reply.read()
    finally:
        await runner.cleanup()
