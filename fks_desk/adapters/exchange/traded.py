"""Open what every market of an exchange is traded over: clients, clock, listing and key."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from fks_desk.adapters.exchange.broker import ExchangeBroker
from fks_desk.adapters.exchange.gate import Gate
from fks_desk.adapters.exchange.library import Client, open_client
from fks_desk.adapters.exchange.listing import by_wire_symbol
from fks_desk.adapters.exchange.options import ExchangeOptions
from fks_desk.adapters.exchange.reports import ReportStream
from fks_desk.adapters.exchange.rights import KeyRights, read_rights
from fks_desk.adapters.exchange.sending import Sending
from fks_desk.adapters.exchange.signed import SignedReads
from fks_desk.adapters.exchange.streams import Streams
from fks_desk.adapters.exchange.words import OrderWords, StreamWords
from fks_desk.core.clock import Clock
from fks_desk.core.errors import ConfigError
from fks_desk.core.model import Instrument, InstrumentKind
from fks_desk.resilience.retry import Waits


@dataclass(frozen=True, slots=True, kw_only=True)
class MarketWords:
    """Hold what tells one market of an exchange from another."""

    kind: InstrumentKind
    orders: OrderWords
    stream: StreamWords
    identity: Callable[[SignedReads], Awaitable[str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Signed:
    """Hold the parts that use the key; `asking` reads, `sending` alone changes anything."""

    reads: SignedReads
    sending: Sending
    broker: ExchangeBroker
    reports: ReportStream
    asking: Client


class _Lists(Protocol):
    async def instruments(self) -> Sequence[Instrument]: ...


class _TellsTime(Protocol):
    async def server_offset_ms(self) -> float: ...


class TradedMarket:
    """Hold the ccxt objects of one market, one per urgency.

    Market streams, history, orders and account reads each have a throttle of their
    own, so that an order never queues behind a backfill or a reconciliation; all share
    one weight budget. Who inherits sets `market`, `history` and `streams`, and opens
    the signed side last.
    """

    market: _Lists
    history: _TellsTime
    streams: Streams

    def __init__(self, *, options: ExchangeOptions, gate: Gate, words: MarketWords) -> None:
        self.options = options
        self.gate = gate
        self._words = words
        self._clients: list[Client] = []
        self._listed: Mapping[str, Instrument] = {}
        self._signed: Signed | None = None

    @property
    def broker(self) -> ExchangeBroker:
        """Return the way to trade, or raise `ConfigError` if there is no key."""
        return self.signed.broker

    @property
    def signed(self) -> Signed:
        """Return the parts that use the key, or raise `ConfigError` if there is none."""
        if self._signed is None:
            raise ConfigError(f"no API key is set for {self.options.venue}; store one first")
        return self._signed

    async def key_rights(self) -> KeyRights:
        """Ask what the key may do, or raise `ConfigError` if there is none."""
        return await read_rights(self.signed.reads)

    async def identity(self) -> str:
        """Ask whose account the key opens, or raise `ConfigError` if there is none."""
        return await self._words.identity(self.signed.reads)

    async def instruments(self) -> Sequence[Instrument]:
        """Fetch what the venue lists and remember it for orders."""
        found = await self.market.instruments()
        self.remember(found)
        return found

    def remember(self, listed: Iterable[Instrument]) -> None:
        """Take the venue's instruments, from now or from the last time, for orders."""
        ours = (self.options.venue, self._words.kind)
        self._listed = by_wire_symbol([one for one in listed if (one.venue, one.kind) == ours])

    async def sync_clock(self) -> float:
        """Measure the venue's clock, sign by it from now on and return it minus ours, in ms."""
        offset = await self.history.server_offset_ms()
        for client in self._clients:
            # ccxt subtracts this from the machine's time when it signs.
            client.options["timeDifference"] = -round(offset)
        return offset

    def cut(self, reason: str) -> None:
        """Break every stream, public and private, so that each is made anew."""
        self._cut_market(reason)
        if self._signed is not None:
            self._signed.reports.cut(reason)

    async def close(self) -> None:
        """End every stream and close every socket."""
        await self.streams.close()
        for client in self._clients:
            await client.close()

    def _cut_market(self, reason: str) -> None:
        self.streams.cut(reason)

    def _open(self, **named: object) -> Client:
        client = open_client(self.options, self.gate, **named)  # type: ignore[arg-type]  # passed through
        self._clients.append(client)
        return client

    def _open_signed(self, clock: Clock) -> None:
        """Open what needs the key, if there is one."""
        if self.options.credentials is not None:
            self._signed = self._signed_parts(clock)

    def _signed_parts(self, clock: Clock) -> Signed:
        account = self.options.account
        assert account is not None  # noqa: S101  ExchangeOptions checked it
        asking = self._open(is_signing=True)
        reads = SignedReads(
            venue=self.options.venue,
            account=account,
            clock=clock,
            client=asking,
            words=self._words.orders,
            listed=self._known,
            sync_clock=self.sync_clock,
        )
        waits = Waits(first_s=0.25, longest_s=15.0)
        reports = ReportStream(reads=reads, words=self._words.stream, waits=waits)
        client = self._open(tap=reports.on_message, is_signing=True)
        reports.attach(client)
        sending = Sending(client=client, reads=reads)
        return Signed(
            reads=reads,
            sending=sending,
            broker=ExchangeBroker(sending=sending, reads=reads, reports=reports),
            reports=reports,
            asking=asking,
        )

    async def _known(self) -> Mapping[str, Instrument]:
        if not self._listed:
            await self.instruments()
        return self._listed
