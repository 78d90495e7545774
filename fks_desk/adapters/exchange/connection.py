"""Open and close everything that speaks to the spot market of one exchange."""

from __future__ import annotations

from fks_desk.adapters.exchange.account import ExchangeAccount
from fks_desk.adapters.exchange.gate import Gate
from fks_desk.adapters.exchange.history import ExchangeHistory
from fks_desk.adapters.exchange.identity import spot_identity
from fks_desk.adapters.exchange.market import ExchangeMarket
from fks_desk.adapters.exchange.native import ExchangeNative
from fks_desk.adapters.exchange.options import ExchangeOptions
from fks_desk.adapters.exchange.spot_words import SPOT, SpotStream
from fks_desk.adapters.exchange.streams import Streams
from fks_desk.adapters.exchange.traded import MarketWords, TradedMarket
from fks_desk.core.budget import BudgetStore
from fks_desk.core.clock import Clock
from fks_desk.core.model import InstrumentKind


class ExchangeConnection(TradedMarket):
    """Hold the ccxt objects of a spot market.

    `market` and `history` need no key; `broker`, `account` and `native` exist with one
    only. Call `library.preload` in a thread first, or opening blocks for seconds.
    """

    market: ExchangeMarket
    history: ExchangeHistory

    def __init__(
        self, *, options: ExchangeOptions, clock: Clock, budget: BudgetStore | None = None
    ) -> None:
        super().__init__(
            options=options,
            gate=Gate(venue=options.venue, clock=clock, store=budget),
            words=MarketWords(
                kind=InstrumentKind.SPOT,
                orders=SPOT,
                stream=SpotStream(),
                identity=spot_identity,
            ),
        )
        self.streams = Streams(
            venue=options.venue,
            clock=clock,
            quiet_limit_s=options.quiet_limit_s,
            is_hot=options.is_hot,
        )
        arrivals = self.streams.arrivals
        client = self._open(tap=arrivals.on_message, raw_tap=arrivals.on_frame)
        self.streams.attach(client)
        self.market = ExchangeMarket(
            options=options, clock=clock, client=client, streams=self.streams
        )
        self.history = ExchangeHistory(
            options=options,
            clock=clock,
            client=self._open(),
            gate=self.gate,
            market_time=lambda: self.streams.market_time,
        )
        self._open_signed(clock)

    @property
    def account(self) -> ExchangeAccount:
        """Return the way to read the account, or raise `ConfigError` if there is no key."""
        return ExchangeAccount(reads=self.signed.reads)

    @property
    def native(self) -> ExchangeNative:
        """Return the way to linked orders, or raise `ConfigError` if there is no key."""
        return ExchangeNative(sending=self.signed.sending, reads=self.signed.reads)
