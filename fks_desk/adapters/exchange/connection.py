"""Open and close everything that speaks to one exchange."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from fks_desk.adapters.exchange import listing
from fks_desk.adapters.exchange.account import ExchangeAccount
from fks_desk.adapters.exchange.broker import ExchangeBroker
from fks_desk.adapters.exchange.gate import Gate
from fks_desk.adapters.exchange.history import ExchangeHistory
from fks_desk.adapters.exchange.identity import spot_identity
from fks_desk.adapters.exchange.library import Client, open_client
from fks_desk.adapters.exchange.market import ExchangeMarket
from fks_desk.adapters.exchange.native import ExchangeNative
from fks_desk.adapters.exchange.options import ExchangeOptions
from fks_desk.adapters.exchange.reports import ReportStream
from fks_desk.adapters.exchange.rights import KeyRights, read_rights
from fks_desk.adapters.exchange.signed import SignedReads
from fks_desk.adapters.exchange.streams import Streams
from fks_desk.core.budget import BudgetStore
from fks_desk.core.clock import Clock
from fks_desk.core.errors import ConfigError
from fks_desk.core.model import Instrument
from fks_desk.resilience.retry import Waits


@dataclass(frozen=True, slots=True, kw_only=True)
class _Trading:
    broker: ExchangeBroker
    account: ExchangeAccount
    native: ExchangeNative
    reads: SignedReads
    reports: ReportStream


class ExchangeConnection:
    """Hold the ccxt objects of one exchange, one per urgency.

    Market streams, history, orders and account reads each have a throttle of
    their own, so that an order never queues behind a backfill or a
    reconciliation; all share one weight budget. `market` and `history` need no
    key; `broker` and `account` exist with one only.
    Call `library.preload` in a thread first, or opening blocks for seconds.
    """

    def __init__(
        self, *, options: ExchangeOptions, clock: Clock, budget: BudgetStore | None = None
    ) -> None:
        self.options = options
        self.gate = Gate(venue=options.venue, clock=clock, store=budget)
        self.streams = Streams(
            venue=options.venue,
            clock=clock,
            quiet_limit_s=options.quiet_limit_s,
            is_hot=options.is_hot,
        )
        self._clients: list[Client] = []
        self._listed: Mapping[str, Instrument] = {}
        market, history = (
            self._open(
                tap=self.streams.arrivals.on_message, raw_tap=self.streams.arrivals.on_frame
            ),
            self._open(),
        )
        self.streams.attach(market)
        self.market = ExchangeMarket(
            options=options, clock=clock, client=market, streams=self.streams
        )
        self.history = ExchangeHistory(
            options=options,
            clock=clock,
            client=history,
            gate=self.gate,
            market_time=lambda: self.streams.market_time,
        )
        self._trading = self._open_trading(clock) if options.credentials is not None else None

    @property
    def broker(self) -> ExchangeBroker:
        """Return the way to trade, or raise `ConfigError` if there is no key."""
        return self._require_trading().broker

    @property
    def account(self) -> ExchangeAccount:
        """Return the way to read the account, or raise `ConfigError` if there is no key."""
        return self._require_trading().account

    @property
    def native(self) -> ExchangeNative:
        """Return the way to linked orders, or raise `ConfigError` if there is no key."""
        return self._require_trading().native

    async def key_rights(self) -> KeyRights:
        """Ask what the key may do, or raise `ConfigError` if there is none."""
        return await read_rights(self._require_trading().reads)

    async def identity(self) -> str:
        """Ask whose account the key opens, or raise `ConfigError` if there is none."""
        return await spot_identity(self._require_trading().reads)

    async def instruments(self) -> Sequence[Instrument]:
        """Fetch what the venue lists and remember it for orders."""
        found = await self.market.instruments()
        self.remember(found)
        return found

    def remember(self, listed: Iterable[Instrument]) -> None:
        """Take the venue's instruments, from now or from the last time, for orders."""
        self._listed = listing.by_wire_symbol(
            [one for one in listed if one.venue == self.options.venue]
        )

    async def sync_clock(self) -> float:
        """Measure the venue's clock, sign by it from now on and return it minus ours, in ms."""
        offset = await self.history.server_offset_ms()
        for client in self._clients:
            # ccxt subtracts this from the machine's time when it signs.
            client.options["timeDifference"] = -round(offset)
        return offset

    def cut(self, reason: str) -> None:
        """Break every stream, public and private, so that each is made anew."""
        self.streams.cut(reason)
        if self._trading is not None:
            self._trading.reports.cut(reason)

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
        reads = SignedReads(
            venue=self.options.venue,
            account=account,
            clock=clock,
            client=self._open(is_signing=True),
            listed=self._known,
            sync_clock=self.sync_clock,
        )
        reports = ReportStream(reads=reads, waits=Waits(first_s=0.25, longest_s=15.0))
        client = self._open(tap=reports.on_message, is_signing=True)
        reports.attach(client)
        return _Trading(
            broker=ExchangeBroker(client=client, reads=reads, reports=reports),
            account=ExchangeAccount(reads=reads),
            native=ExchangeNative(client=client, reads=reads),
            reads=reads,
            reports=reports,
        )

    async def _known(self) -> Mapping[str, Instrument]:
        if not self._listed:
            await self.instruments()
        return self._listed
