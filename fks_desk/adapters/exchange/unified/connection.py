"""Open and close everything that speaks to one exchange for its public data alone."""

from __future__ import annotations

from fks_desk.adapters.exchange.gate import Gate
from fks_desk.adapters.exchange.library import Client, open_client
from fks_desk.adapters.exchange.options import ExchangeOptions
from fks_desk.adapters.exchange.unified.history import UnifiedHistory
from fks_desk.adapters.exchange.unified.market import UnifiedMarket
from fks_desk.adapters.exchange.unified.perpetuals import UnifiedPerpetuals
from fks_desk.core.budget import BudgetStore
from fks_desk.core.clock import Clock


class PublicConnection:
    """Hold the ccxt objects of one exchange: one for streams, one for old candles.

    Call `library.preload` with the exchange's id in a thread first, or opening
    blocks for seconds.
    """

    def __init__(
        self, *, options: ExchangeOptions, clock: Clock, budget: BudgetStore | None = None
    ) -> None:
        self.venue = options.venue
        self.gate = Gate(venue=options.venue, clock=clock, store=budget)
        streams, history = (open_client(options, self.gate) for _ in range(2))
        self._clients: tuple[Client, ...] = (streams, history)
        self.market = UnifiedMarket(venue=options.venue, clock=clock, client=streams)
        self.history = UnifiedHistory(
            venue=options.venue, clock=clock, client=history, gate=self.gate
        )
        self.perpetuals = UnifiedPerpetuals(venue=options.venue, clock=clock, client=streams)

    async def close(self) -> None:
        """Close every socket."""
        for client in self._clients:
            await client.close()
