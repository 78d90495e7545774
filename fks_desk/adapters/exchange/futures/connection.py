"""Open and close everything that speaks to Binance's USD-M futures."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from fks_desk.adapters.exchange.futures.stream import FuturesStream
from fks_desk.adapters.exchange.futures.trading import FuturesAccount, FuturesBroker
from fks_desk.adapters.exchange.gate import Gate
from fks_desk.adapters.exchange.identity import futures_identity
from fks_desk.adapters.exchange.library import Client, open_client
from fks_desk.adapters.exchange.listing import by_wire_symbol
from fks_desk.adapters.exchange.options import ExchangeOptions
from fks_desk.adapters.exchange.rights import KeyRights, read_rights
from fks_desk.adapters.exchange.signed import SignedReads
from fks_desk.adapters.exchange.streams import Streams
from fks_desk.adapters.exchange.unified.history import UnifiedHistory
from fks_desk.adapters.exchange.unified.market import UnifiedMarket
from fks_desk.adapters.exchange.unified.perpetuals import UnifiedPerpetuals
from fks_desk.core.budget import BudgetStore
from fks_desk.core.clock import Clock
from fks_desk.core.errors import ConfigError
from fks_desk.core.model import Instrument, InstrumentKind
from fks_desk.resilience.retry import Waits

_WEIGHT_LIMIT = 2400  # a minute, at Binance's futures


@dataclass(frozen=True, slots=True, kw_only=True)
class _Trading:
    broker: FuturesBroker
    account: FuturesAccount
    reads: SignedReads
    stream: FuturesStream


class FuturesConnection:
    """Hold the ccxt objects of Binance's futures, one per urgency.

    It has the doors of an `ExchangeConnection`; `streams` stands for its market
    streams, which ccxt parses here. Call `library.preload` in a thread first.
    """

    def __init__(
        self, *, options: ExchangeOptions, clock: Clock, budget: BudgetStore | None = None
    ) -> None:
        self.options = options
        self.gate = Gate(venue=options.venue, clock=clock, weight_limit=_WEIGHT_LIMIT, store=budget)
        self.streams = Streams(
            venue=options.venue, clock=clock, quiet_limit_s=options.quiet_limit_s, is_hot=False
        )
        self._clients: list[Client] = []
        self._listed: Mapping[str, Instrument] = {}
        market, history = self._open(), self._open()
        self._market_client = market
        venue = options.venue
        self.market = UnifiedMarket(venue=venue, clock=clock, client=market)
        self.perpetuals = UnifiedPerpetuals(venue=venue, clock=clock, client=market)
        self.history = UnifiedHistory(venue=venue, clock=clock, client=history, gate=self.gate)
        self._trading = self._open_trading(clock) if options.credentials is not None else None

    @property
    def broker(self) -> FuturesBroker:
        """Return the way to trade, or raise `ConfigError` if there is no key."""
        return self._require_trading().broker

    @property
    def account(self) -> FuturesAccount:
        """Return the way to read the account, or raise `ConfigError` if there is no key."""
        return self._require_trading().account

    async def key_rights(self) -> KeyRights:
        """Ask what the key may do, or raise `ConfigError` if there is none."""
        return await read_rights(self._require_trading().reads)

    async def identity(self) -> str:
        """Ask whose account the key opens, or raise `ConfigError` if there is none."""
        return await futures_identity(self._require_trading().reads)

    async def instruments(self) -> Sequence[Instrument]:
        """Fetch what the venue lists and remember it for orders."""
        found = await self.market.instruments()
        self.remember(found)
        return found

    def remember(self, listed: Iterable[Instrument]) -> None:
        """Take the venue's perpetuals, from now or from the last time, for orders."""
        venue, kind = self.options.venue, InstrumentKind.LINEAR
        self._listed = by_wire_symbol([o for o in listed if (o.venue, o.kind) == (venue, kind)])

    async def sync_clock(self) -> float:
        """Measure the venue's clock, sign by it from now on and return it minus ours, in ms."""
        offset = await self.history.server_offset_ms()
        for client in self._clients:
            # ccxt subtracts this from the machine's time when it signs.
            client.options["timeDifference"] = -round(offset)
        return offset

    def cut(self, reason: str) -> None:
        """Break every stream, public and private, so that each is made anew."""
        for connection in list((self._market_client.clients or {}).values()):
            connection.on_error(TimeoutError(reason))
        if self._trading is not None:
            self._trading.stream.cut(reason)

    async def close(self) -> None:
        """End every stream and close every socket."""
        await self.streams.close()
        for client in self._clients:
            await client.close()

    def _open(self, **named: object) -> Client:
        client = open_client(self.options, self.gate, **named)  # type: ignore[arg-type]  # passed through
        self._clients.append(client)
        return client

    def _require_trading(self) -> _Trading:
        if self._trading is None:
            raise ConfigError(f"no API key is set for {self.options.venue}; store one first")
        return self._trading

    def _open_trading(self, clock: Clock) -> _Trading:
        account = self.options.account
        assert account is not None  # noqa: S101  ExchangeOptions checked it
        asking = self._open(is_signing=True)
        reads = SignedReads(
            venue=self.options.venue,
            account=account,
            clock=clock,
            client=asking,
            listed=self._known,
            sync_clock=self.sync_clock,
        )
        stream = FuturesStream(reads=reads, waits=Waits(first_s=0.25, longest_s=15.0))
        client = self._open(tap=stream.on_message, is_signing=True)
        stream.attach(client)
        return _Trading(
            broker=FuturesBroker(client=client, reads=reads, stream=stream),
            account=FuturesAccount(client=asking, reads=reads),
            reads=reads,
            stream=stream,
        )

    async def _known(self) -> Mapping[str, Instrument]:
        if not self._listed:
            await self.instruments()
        return self._listed
