"""Join the desk to its venue: child process, ccxt connection, order desk and feeds."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass

from fks_desk.adapters.exchange import library
from fks_desk.adapters.exchange.connection import ExchangeConnection
from fks_desk.adapters.exchange.options import Credentials, ExchangeOptions, Secret
from fks_desk.app.settings import TradingSettings
from fks_desk.app.venue_child import VenueChild, VenueLink
from fks_desk.app.world import World
from fks_desk.core.budget import BudgetStore
from fks_desk.core.clock import Clock
from fks_desk.core.errors import FKSException
from fks_desk.trading.limits import RiskLimits
from fks_desk.venue.urls import ccxt_overrides

log = logging.getLogger(__name__)


@dataclass(slots=True, kw_only=True)
class OpenVenue:
    """Hold the running venue and the connection to it."""

    child: VenueChild
    connection: ExchangeConnection

    async def close(self) -> None:
        """Close the sockets; the venue's process is its child object's to end."""
        await self.connection.close()


async def open_venue(
    *,
    world: World,
    child: VenueChild,
    clock: Clock,
    hide: Callable[[str], None],
    budget: BudgetStore | None = None,
) -> OpenVenue:
    """Start or find the venue and connect the real ccxt to it."""
    # The import of ccxt takes seconds; the venue starts meanwhile.
    link, _ = await asyncio.gather(child.start(), asyncio.to_thread(library.preload))
    hide(link.secret)
    connection = ExchangeConnection(options=_options(world, link), clock=clock, budget=budget)
    try:
        await _sync_clock(connection)
    except BaseException:
        # Also when cancelled: nobody else knows of the sockets yet.
        await connection.close()
        raise
    return OpenVenue(child=child, connection=connection)


async def _sync_clock(connection: ExchangeConnection) -> None:
    try:
        await connection.sync_clock()
    except FKSException as error:
        if not error.retryable:
            raise
        # An exchange that asks for a pause must not keep the desk from its own rows;
        # the health check measures the clock again.
        log.warning("the exchange's clock is not known yet: %s", error)


def risk_limits(settings: TradingSettings) -> RiskLimits:
    """Return the hard limits that the settings ask for."""
    return RiskLimits(
        max_order_notional=settings.max_order_notional,
        max_exposure=settings.max_exposure,
        max_open_orders=settings.max_open_orders,
        max_orders_per_minute=settings.max_orders_per_minute,
        collar=settings.price_collar_pct / 100,
        max_price_age_s=settings.stale_after_s,
        max_symbol_exposure=settings.max_symbol_exposure,
        max_positions=settings.max_positions,
        risk_per_trade=settings.risk_per_trade_pct / 100,
        max_daily_loss=settings.max_daily_loss_pct / 100,
        max_drawdown=settings.max_drawdown_pct / 100,
        cooldown_losses=settings.cooldown_losses,
        cooldown_s=settings.cooldown_s,
    )


def _options(world: World, link: VenueLink) -> ExchangeOptions:
    return ExchangeOptions(
        venue=world.venue,
        account=world.account.id,
        credentials=Credentials(key=Secret(link.api_key), secret=Secret(link.secret)),
        overrides=ccxt_overrides(link.port),
        is_replayed=world.is_replayed,
    )
