"""Open the connection that an exchange is traded over."""

from __future__ import annotations

from fks_desk.adapters.exchange.connection import ExchangeConnection
from fks_desk.adapters.exchange.futures.connection import FuturesConnection
from fks_desk.adapters.exchange.options import ExchangeOptions
from fks_desk.core.accounts import FUTURES
from fks_desk.core.budget import BudgetStore
from fks_desk.core.clock import Clock

TradingConnection = ExchangeConnection | FuturesConnection


def open_connection(
    *, options: ExchangeOptions, clock: Clock, budget: BudgetStore | None = None
) -> TradingConnection:
    """Return a connection of the kind that the exchange needs; it has dialled nothing yet."""
    if options.exchange == FUTURES:
        return FuturesConnection(options=options, clock=clock, budget=budget)
    return ExchangeConnection(options=options, clock=clock, budget=budget)
