"""Tell a far end that is silent from a desk that did not listen."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Any

from fks_desk.adapters.exchange.package import base_error

_LATE = 1.5  # times the sleep that was asked for


class Attention:
    """Sleep, and say whether this process was there all the while.

    A busy machine may not run it for longer than it waits for an answer. The answer lies
    in the socket then and is read in the turns that follow, so whoever judges at once cuts
    a connection that is well. One absence is excused; silence that goes on counts.
    """

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self._was_excused = False

    async def sleep(self, seconds: float) -> bool:
        """Sleep; return False if what came meanwhile may still be unread."""
        began = self._monotonic()
        await asyncio.sleep(seconds)
        was_away = self._monotonic() - began > _LATE * seconds
        self._was_excused = was_away and not self._was_excused
        return not self._was_excused


async def keep_alive(connection: Any, attention: Attention | None = None) -> None:
    """Ping one of ccxt's connections, and break it when nothing at all answers.

    It stands in the place of ccxt's own loop, which counts by the wall clock whether or
    not anybody was there to read the answers, and knows no sign of life but one.
    """
    attention = attention or Attention()
    heard, misses = None, 0
    while connection.keepAlive and not connection.closed():
        was_there = await attention.sleep(connection.keepAlive / 1000)
        if connection.closed():
            return
        if connection.last_message_at != heard:
            heard, misses = connection.last_message_at, 0
        elif was_there:
            misses += 1
        if misses >= connection.maxPingPongMisses:
            connection.on_error(TimeoutError(f"{misses} pings were not answered"))
            return
        try:
            await _ping(connection)
        except (base_error(), OSError, RuntimeError) as error:
            if not connection.closed():
                connection.on_error(error)
            return


async def _ping(connection: Any) -> None:
    """Ping in the protocol's way, or with the words that the exchange asks for."""
    if connection.ping:
        await connection.send(connection.ping(connection))
    else:
        await connection.connection.ping()
