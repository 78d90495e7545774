"""Join the desk to its venue: child process, ccxt connection, order desk and feeds."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass, replace

from fks_desk.adapters.exchange import library
from fks_desk.adapters.exchange.opening import TradingConnection, open_connection
from fks_desk.adapters.exchange.options import Credentials, ExchangeOptions
from fks_desk.app.accounts.access import Access
from fks_desk.app.settings import Settings
from fks_desk.app.venue_child import VenueChild, VenueLink
from fks_desk.app.world import World
from fks_desk.core.accounts import FUTURES, KeyCheck
from fks_desk.core.budget import BudgetStore
from fks_desk.core.clock import Clock
from fks_desk.core.errors import FKSException
from fks_desk.core.messages import HealthMoved, HealthState, NoticeRaised, Severity
from fks_desk.core.model import Mode
from fks_desk.core.ports import Publish
from fks_desk.core.secret import Secret
from fks_desk.resilience.retry import Waits
from fks_desk.trading.limits import RiskLimits
from fks_desk.venue.urls import ccxt_overrides, ccxt_perpetual_overrides

log = logging.getLogger(__name__)


@dataclass(slots=True, kw_only=True)
class OpenVenue:
    """Hold the connection to a venue."""

    connection: TradingConnection

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
    link, _ = await asyncio.gather(
        child.start(), asyncio.to_thread(library.preload, world.exchange)
    )
    hide(link.secret)
    connection = open_connection(options=venue_options(world, link), clock=clock, budget=budget)
    try:
        await _sync_clock(connection)
    except BaseException:
        # Also when cancelled: nobody else knows of the sockets yet.
        await connection.close()
        raise
    return OpenVenue(connection=connection)


async def open_account(
    *,
    access: Access,
    clock: Clock,
    tell: Publish,
    budget: BudgetStore | None = None,
    waits: Waits | None = None,
) -> OpenVenue:
    """Connect to an account's exchange, once it is known whose account its key opens.

    An exchange out of reach is asked again until it answers: nothing may be sent
    under a key that nobody has looked at. Raises `ConfigError` if the key is wrong.
    """
    await asyncio.to_thread(library.preload, access.entry.exchange)
    connection = open_connection(options=access.options(), clock=clock, budget=budget)
    try:
        for wait in waits or Waits(first_s=1.0, longest_s=30.0):
            try:
                await connection.sync_clock()
                found = await access.examine(connection)
            except FKSException as error:
                if not error.retryable:
                    raise
                _tell_absence(tell, error)
                await asyncio.sleep(wait)
            else:
                _tell_found(tell, access, found)
                break
    except BaseException:
        await connection.close()
        raise
    return OpenVenue(connection=connection)


def _tell_absence(tell: Publish, error: FKSException) -> None:
    step = "It is asked again until it does; nothing is sent before."
    tell(HealthMoved(part="feed", state=HealthState.BAD, detail=error.message, next_step=step))


def _tell_found(tell: Publish, access: Access, found: KeyCheck) -> None:
    log.info("account %s is open: %s", access.entry.id, found.words)
    for warning in found.warnings:
        text = f"{access.entry.title}: {warning}."
        tell(NoticeRaised(severity=Severity.WARNING, text=text, topic="account"))


async def _sync_clock(connection: TradingConnection) -> None:
    try:
        await connection.sync_clock()
    except FKSException as error:
        if not error.retryable:
            raise
        # An exchange that asks for a pause must not keep the desk from its own rows;
        # the health check measures the clock again.
        log.warning("the exchange's clock is not known yet: %s", error)


def risk_limits(settings: Settings, mode: Mode) -> RiskLimits:
    """Return the hard limits that the settings ask for; real money has caps of its own."""
    trading, live = settings.trading, settings.live
    limits = RiskLimits(
        max_order_notional=trading.max_order_notional,
        max_exposure=trading.max_exposure,
        max_open_orders=trading.max_open_orders,
        max_orders_per_minute=trading.max_orders_per_minute,
        collar=trading.price_collar_pct / 100,
        max_price_age_s=trading.stale_after_s,
        max_symbol_exposure=trading.max_symbol_exposure,
        max_positions=trading.max_positions,
        risk_per_trade=trading.risk_per_trade_pct / 100,
        max_daily_loss=trading.max_daily_loss_pct / 100,
        max_drawdown=trading.max_drawdown_pct / 100,
        cooldown_losses=trading.cooldown_losses,
        cooldown_s=trading.cooldown_s,
    )
    if mode is not Mode.LIVE:
        return limits
    return replace(
        limits,
        max_order_notional=min(limits.max_order_notional, live.max_order_notional),
        max_exposure=min(limits.max_exposure, live.max_exposure),
        max_symbol_exposure=min(limits.max_symbol_exposure, live.max_symbol_exposure),
        max_open_orders=min(limits.max_open_orders, live.max_open_orders),
        max_orders_per_minute=min(limits.max_orders_per_minute, live.max_orders_per_minute),
        max_positions=min(limits.max_positions, live.max_positions),
        max_daily_loss=min(limits.max_daily_loss, live.max_daily_loss_pct / 100),
    )


def venue_options(world: World, link: VenueLink) -> ExchangeOptions:
    """Return how to reach the built-in exchange; only who trades there gets its key."""
    urls = ccxt_perpetual_overrides if world.exchange == FUTURES else ccxt_overrides
    return ExchangeOptions(
        exchange=world.exchange,
        venue=world.venue,
        account=world.account.id,
        # Paper is matched here: there is nothing that it could have to sign.
        credentials=None
        if world.account.mode is Mode.PAPER
        else Credentials(key=Secret(link.api_key), secret=Secret(link.secret)),
        overrides=urls(link.port),
        is_replayed=world.is_replayed,
    )
