"""Open and close everything that speaks to Binance's USD-M futures."""

from __future__ import annotations

from functools import cached_property

from fks_desk.adapters.exchange.futures.account import FuturesAccount
from fks_desk.adapters.exchange.futures.conditional_wire import TRAILS
from fks_desk.adapters.exchange.futures.words import PERPETUALS, FuturesStream
from fks_desk.adapters.exchange.gate import Gate
from fks_desk.adapters.exchange.identity import futures_identity
from fks_desk.adapters.exchange.options import ExchangeOptions
from fks_desk.adapters.exchange.streams import Streams
from fks_desk.adapters.exchange.traded import MarketWords, TradedMarket
from fks_desk.adapters.exchange.unified.history import UnifiedHistory
from fks_desk.adapters.exchange.unified.market import UnifiedMarket
from fks_desk.adapters.exchange.unified.perpetuals import UnifiedPerpetuals
from fks_desk.core.budget import BudgetStore
from fks_desk.core.clock import Clock
from fks_desk.core.model import InstrumentKind, OrderKind
from fks_desk.core.native import Abilities

_WEIGHT_LIMIT = 2400  # a minute, at Binance's futures


class FuturesConnection(TradedMarket):
    """Hold the ccxt objects of Binance's futures.

    `streams` stands for its market streams, which ccxt parses here. Call
    `library.preload` in a thread first.
    """

    market: UnifiedMarket
    history: UnifiedHistory

    def __init__(
        self, *, options: ExchangeOptions, clock: Clock, budget: BudgetStore | None = None
    ) -> None:
        venue = options.venue
        super().__init__(
            options=options,
            gate=Gate(venue=venue, clock=clock, weight_limit=_WEIGHT_LIMIT, store=budget),
            words=MarketWords(
                kind=InstrumentKind.LINEAR,
                orders=PERPETUALS,
                stream=FuturesStream(),
                identity=futures_identity,
            ),
        )
        self.streams = Streams(
            venue=venue, clock=clock, quiet_limit_s=options.quiet_limit_s, is_hot=False
        )
        self._market_client = market = self._open()
        self.market = UnifiedMarket(venue=venue, clock=clock, client=market)
        self.perpetuals = UnifiedPerpetuals(venue=venue, clock=clock, client=market)
        self.history = UnifiedHistory(venue=venue, clock=clock, client=self._open(), gate=self.gate)
        self._open_signed(clock)

    @cached_property
    def account(self) -> FuturesAccount:
        """Return the way to read the account, or raise `ConfigError` if there is no key."""
        return FuturesAccount(client=self.signed.asking, reads=self.signed.reads)

    @property
    def abilities(self) -> Abilities:
        """Return which orders the venue holds itself."""
        return Abilities(kinds=frozenset(OrderKind), has_apart=True, trails=TRAILS)

    def _cut_market(self, reason: str) -> None:
        for connection in list((self._market_client.clients or {}).values()):
            connection.on_error(TimeoutError(reason))
