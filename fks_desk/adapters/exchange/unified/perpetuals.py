"""Follow mark price, funding and open interest of perpetuals at any exchange."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from datetime import datetime
from typing import Any

from fks_desk.adapters.exchange.library import Client, foreign_errors
from fks_desk.adapters.exchange.mailbox import Mailbox
from fks_desk.adapters.exchange.stamps import moment_of
from fks_desk.adapters.exchange.unified.errors import unified_error
from fks_desk.adapters.exchange.unified.listing import unified_symbol
from fks_desk.adapters.exchange.unified.numbers import exact_or_none
from fks_desk.adapters.exchange.unified.values import in_base
from fks_desk.adapters.exchange.wire import UNREADABLE
from fks_desk.core.clock import Clock
from fks_desk.core.errors import DataError
from fks_desk.core.model import Instrument, VenueId
from fks_desk.core.nursery import Nursery
from fks_desk.core.perpetuals import PerpetualState

log = logging.getLogger(__name__)

Facts = dict[str, Any]  # fields of a state, as far as one answer tells them
Ask = Callable[[str], Awaitable[Mapping[str, Any]]]

_EVERY_S = 5.0
_BESIDE_A_STREAM_S = 30.0


class UnifiedPerpetuals:
    """Be a `PerpetualSource`: the mark price streams where it can, the rest is asked for."""

    def __init__(
        self, *, venue: VenueId, clock: Clock, client: Client, every_s: float = _EVERY_S
    ) -> None:
        self._venue = venue
        self._clock = clock
        self._client = client
        self._every_s = every_s

    async def perpetual(self, instrument: Instrument) -> AsyncIterator[PerpetualState]:
        """Yield each change; ends only by error or cancel."""
        box: Mailbox[Facts] = Mailbox()
        known: Facts = {}
        nursery = Nursery()
        try:
            self._start(instrument, box, nursery)
            while True:
                for facts in await box.take_all():
                    known |= {name: value for name, value in facts.items() if value is not None}
                if "mark" in known:
                    yield self._state(instrument, known)
        finally:
            await nursery.close()

    def _start(self, instrument: Instrument, box: Mailbox[Facts], nursery: Nursery) -> None:
        has, client = self._client.has, self._client
        asks: list[tuple[Ask, Callable[..., Facts]]] = []
        if has.get("fetchFundingRate"):
            asks.append((client.fetch_funding_rate, _funding))
        if has.get("fetchOpenInterest"):
            asks.append((client.fetch_open_interest, _interest))
        does_stream = bool(has.get("watchMarkPrice"))
        if not does_stream and not has.get("fetchFundingRate"):
            raise DataError(f"{self._venue} tells no mark price or funding through ccxt")
        pause = _BESIDE_A_STREAM_S if does_stream else self._every_s
        if does_stream:
            hears = self._follow([(client.watch_mark_price, _mark)], 0.0, instrument, box)
            nursery.start(hears, name=f"mark price of {instrument.id}")
        if asks:
            polls = self._follow(asks, pause, instrument, box)
            nursery.start(polls, name=f"funding of {instrument.id}")

    async def _follow(
        self,
        asks: list[tuple[Ask, Callable[..., Facts]]],
        pause_s: float,
        instrument: Instrument,
        box: Mailbox[Facts],
    ) -> None:
        """Ask again and again; what the exchange refuses ends the whole stream."""
        symbol = unified_symbol(instrument)
        while True:
            for ask, read in asks:
                try:
                    box.put(read(await ask(symbol), instrument))
                except foreign_errors() as error:
                    what = "funding and mark price"
                    box.fail(unified_error(error, venue=self._venue, what=what))
                    return
                except UNREADABLE as error:
                    log.warning("dropped an answer of %s: %r", self._venue, error)
            await asyncio.sleep(pause_s)

    def _state(self, instrument: Instrument, known: Facts) -> PerpetualState:
        now = self._clock.now()
        return PerpetualState(instrument=instrument.id, ts_init=now, **{"ts_event": now, **known})


def _mark(answered: Mapping[str, Any], _instrument: Instrument) -> Facts:
    """Read a streamed mark price; Binance tells the funding in the same message."""
    info = answered.get("info") or {}
    return {
        "mark": exact_or_none(answered.get("markPrice"), "mark"),
        "index": exact_or_none(answered.get("indexPrice"), "index"),
        "funding_rate": exact_or_none(info.get("r") or None, "funding rate"),
        "next_funding": _moment(info.get("T")),
        "ts_event": _moment(answered.get("timestamp")),
    }


def _funding(answered: Mapping[str, Any], _instrument: Instrument) -> Facts:
    due = answered.get("fundingTimestamp") or answered.get("nextFundingTimestamp")
    return {
        "mark": exact_or_none(answered.get("markPrice"), "mark"),
        "index": exact_or_none(answered.get("indexPrice"), "index"),
        "funding_rate": exact_or_none(answered.get("fundingRate"), "funding rate"),
        "next_funding": _moment(due),
    }


def _interest(answered: Mapping[str, Any], instrument: Instrument) -> Facts:
    amount = exact_or_none(answered.get("openInterestAmount"), "open interest")
    if amount is None or instrument.contract_size == 1:
        return {"open_interest": amount}
    price = exact_or_none(answered.get("markPrice"), "mark")
    is_priced = price is not None and price > 0
    return {"open_interest": in_base(amount, price, instrument) if is_priced and price else None}


def _moment(stamp: object) -> datetime | None:
    return moment_of(int(str(stamp))) if stamp else None
