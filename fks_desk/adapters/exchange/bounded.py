"""Stop reading an answer that is larger than any honest one."""

from __future__ import annotations

from typing import Any

import aiohttp

LARGEST_BODY = 32 << 20  # unpacked; the longest list of instruments has about 20 MB


class BoundedResponse(aiohttp.ClientResponse):
    """Read like its parent, but give up once the body is too large to be meant."""

    async def read(self) -> bytes:
        """Return the body, or raise `ClientPayloadError` and hang up."""
        if self._body is None:
            pieces, size = [], 0
            async for piece in self.content.iter_any():
                size += len(piece)
                if size > LARGEST_BODY:
                    self.close()
                    raise aiohttp.ClientPayloadError(
                        f"the answer is larger than {LARGEST_BODY >> 20} MB"
                    )
                pieces.append(piece)
            self._body = b"".join(pieces)
        return await super().read()


def bound(session: aiohttp.ClientSession) -> None:
    """Let every answer of a session be bounded."""
    session._response_class = BoundedResponse  # noqa: SLF001  ccxt makes its session itself


def bounded(parent: type[Any]) -> type[Any]:
    """Return ccxt's class with sessions whose answers are bounded."""

    class Bounded(parent):  # type: ignore[misc]  # ccxt ships no types
        def open(self, *args: Any, **named: Any) -> None:
            super().open(*args, **named)
            if self.session is not None:
                bound(self.session)

    return Bounded
