"""Run the simulated exchange: one process, one data folder, one port on loopback."""

from __future__ import annotations

import asyncio
import errno
import logging
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from decimal import Decimal
from pathlib import Path
from typing import Any

from aiohttp import web

from fks_desk.core.clock import Clock
from fks_desk.core.errors import ConfigError
from fks_desk.core.model import InstrumentKind
from fks_desk.core.nursery import Nursery
from fks_desk.venue.exchange import Exchange
from fks_desk.venue.fault_player import FaultPlayer, shutdown_event
from fks_desk.venue.faults import Faults, OutageKind, check_calls
from fks_desk.venue.front.admin import AdminDoor
from fks_desk.venue.front.call import Counter
from fks_desk.venue.front.doors import Doors
from fks_desk.venue.front.endpoints import call_names, endpoints
from fks_desk.venue.front.futures.endpoints import perp_endpoints
from fks_desk.venue.front.rest import RestDoor
from fks_desk.venue.front.weights import WEIGHT_PER_MINUTE, Budget
from fks_desk.venue.keys import HARMLESS, KeyRights, Keys, load_keys
from fks_desk.venue.ledger.log import LedgerLog, RecordLog
from fks_desk.venue.market.listing import Listing, demo_listings, listings_for
from fks_desk.venue.market.pair import PairMarket
from fks_desk.venue.market.recorded import RecordedPair, recorded_listing
from fks_desk.venue.market.replay import (
    ReplayOptions,
    ReplaySource,
    ReplayTime,
    WallTime,
    replay_listing,
)
from fks_desk.venue.market.source import BarSource
from fks_desk.venue.market.synthetic import SyntheticSource
from fks_desk.venue.perpetual.exchange import FUNDING_MS, PerpetualExchange
from fks_desk.venue.perpetual.log import perpetual_log
from fks_desk.venue.requests import RequestLog
from fks_desk.venue.stage import MarketTime

log = logging.getLogger(__name__)

HOST = "127.0.0.1"
_TURN_S = 0.02
_BOOKS_EVERY = 5  # turns, so ten times a second
_CANDLES_EVERY = 12
_TICKERS_EVERY = 50
_FAREWELL_S = 0.2  # between the word of a shutdown and its end


@dataclass(frozen=True, slots=True, kw_only=True)
class VenueOptions:
    """Say where the exchange lives and what it plays.

    `message_rate` sets the public trades a second of all pairs together;
    without it each pair has its own calm rate. With `replay` only the file's
    pair is listed. `initial_balances` count once, when the account is made.
    """

    data_folder: Path
    port: int = 0
    seed: int = 7
    symbols: tuple[str, ...] = tuple(listing.symbol for listing in demo_listings())
    replay: ReplayOptions | None = None
    message_rate: float | None = None
    history_days: int = 500
    initial_balances: Mapping[str, Decimal] = field(
        default_factory=lambda: {"USDT": Decimal(10_000)}
    )
    faults: Faults = field(default_factory=Faults)
    weight_per_minute: int = WEIGHT_PER_MINUTE
    funding_s: float = FUNDING_MS / 1000
    rights: KeyRights = HARMLESS


@dataclass(frozen=True, slots=True, kw_only=True)
class VenueReady:
    """Tell how to reach the running exchange; the repr hides what signs."""

    port: int
    uid: int
    api_key: str = field(repr=False)
    secret: str = field(repr=False)


async def serve(
    options: VenueOptions,
    clock: Clock,
    on_ready: Callable[[VenueReady], None],
    stop: asyncio.Event,
) -> None:
    """Serve until told to stop; raise `ConfigError` if port or folder is taken."""
    check_calls(options.faults, call_names())
    with (
        closing(LedgerLog(options.data_folder)) as ledger_log,
        closing(perpetual_log(options.data_folder)) as perp_log,
    ):
        keys = load_keys(options.data_folder)
        with closing(RequestLog(options.data_folder)) as requests:
            sources, time = _sources(options), _time(options, clock)
            counter = Counter(
                exchange=Exchange(pairs=_pairs(options, sources), ledger_log=ledger_log, time=time),
                perpetual=PerpetualExchange(
                    pairs=_pairs(options, sources, kind=InstrumentKind.LINEAR),
                    ledger_log=perp_log,
                    time=time,
                    funding_ms=int(options.funding_s * 1000),
                ),
                clock=clock,
                keys=keys,
                faults=FaultPlayer(clock, options.faults),
                budget=Budget(clock, weight_per_minute=options.weight_per_minute),
                requests=requests,
                rights=options.rights,
            )
            await _run(options, counter, (ledger_log, perp_log), on_ready, stop)


async def _run(
    options: VenueOptions,
    counter: Counter,
    logs: Sequence[RecordLog[Any]],
    on_ready: Callable[[VenueReady], None],
    stop: asyncio.Event,
) -> None:
    failed: list[BaseException] = []

    def on_failure(_name: str, error: BaseException) -> None:
        failed.append(error)
        stop.set()

    nursery = Nursery(on_failure)
    doors = Doors.of(counter)
    runner = web.AppRunner(_application(counter, doors), access_log=None, shutdown_timeout=1.0)
    await runner.setup()
    try:
        for ledger_log in logs:
            nursery.start(ledger_log.run(), name="venue ledger log")
        counter.exchange.catch_up()
        await _open_accounts(counter, options)
        port = await _listen(runner, options.port)
        nursery.start(_play(counter, doors), name="venue market")
        on_ready(_ready(port, counter.keys))
        await stop.wait()
    finally:
        doors.drop_all()
        await runner.cleanup()
        if not failed:
            await counter.exchange.settle()
            await counter.perpetual.settle()
        await nursery.close()
    if failed:
        raise failed[0]


async def _play(counter: Counter, doors: Doors) -> None:
    """Move the market and send its news, forever."""
    turn = 0
    while True:
        counter.exchange.move()
        counter.perpetual.move()
        _play_outages(counter, doors)
        turn += 1
        for streams in (doors.streams, doors.perp_streams):
            if turn % _BOOKS_EVERY == 0:
                streams.push_books()
            if turn % _CANDLES_EVERY == 0:
                streams.push_candles()
            if turn % _TICKERS_EVERY == 0:
                streams.push_tickers()
        if turn % _TICKERS_EVERY == 0:
            doors.perp_streams.push_marks()
            doors.perp_user.tend()
        await asyncio.sleep(_TURN_S)


def _play_outages(counter: Counter, doors: Doors) -> None:
    """Do what the fault script has for this moment."""
    for outage in counter.faults.begun():
        log.info("the fault script begins an outage: %s", outage.kind)
        match outage.kind:
            case OutageKind.CUT:
                doors.drop_all()
            case OutageKind.REVOKE:
                doors.user.revoke()
                doors.perp_user.revoke()
            case OutageKind.SHUTDOWN:
                doors.say_all(shutdown_event(counter.server_ms()))
                asyncio.get_running_loop().call_later(_FAREWELL_S, doors.drop_all)


async def _open_accounts(counter: Counter, options: VenueOptions) -> None:
    """Pay the first balances in, once in the accounts' lives."""
    uid, exchange, perpetual = counter.keys.uid, counter.exchange, counter.perpetual
    if not exchange.ledger.holdings(uid):
        for asset, amount in options.initial_balances.items():
            await exchange.deposit(uid, asset, amount)
    if uid not in perpetual.ledger.wallets:
        await perpetual.deposit(uid, options.initial_balances.get("USDT", Decimal(0)))


async def _listen(runner: web.AppRunner, port: int) -> int:
    try:
        await web.TCPSite(runner, HOST, port).start()
    except OSError as error:
        if error.errno in {errno.EADDRINUSE, errno.EACCES}:
            raise ConfigError(
                f"Port {port} on {HOST} cannot be used: {error.strerror}. "
                "Choose another with --port, or 0 to let the system choose."
            ) from error
        raise
    return int(runner.addresses[0][1])


def _application(counter: Counter, doors: Doors) -> web.Application:
    app = web.Application(client_max_size=1 << 20)
    rest = RestDoor(counter)
    app.add_routes(rest.routes(endpoints()))
    app.add_routes(rest.routes(perp_endpoints(doors.listen_keys)))
    app.add_routes(AdminDoor(counter, doors.streams, doors.drop_all, call_names()).routes())
    app.add_routes(doors.routes())
    return app


def _sources(options: VenueOptions) -> dict[str, tuple[Listing, BarSource]]:
    """Return where each pair's prices come from; spot and perpetual share them."""
    if options.replay is not None:
        recorded = options.replay.recorded
        listing = replay_listing(options.replay) if recorded is None else recorded_listing(recorded)
        return {listing.symbol: (listing, ReplaySource(options.replay, listing.instrument))}
    return {
        listing.symbol: (
            listing,
            SyntheticSource(listing, seed=options.seed, history_days=options.history_days),
        )
        for listing in listings_for(options.symbols)
    }


def _pairs(
    options: VenueOptions,
    sources: Mapping[str, tuple[Listing, BarSource]],
    kind: InstrumentKind = InstrumentKind.SPOT,
) -> list[PairMarket]:
    calm = sum(listing.prints_per_s for listing, _ in sources.values())
    share = 1.0 if options.message_rate is None else options.message_rate / calm
    speed = 1.0 if options.replay is None else options.replay.speed
    recorded = None if options.replay is None else options.replay.recorded
    pairs: list[PairMarket] = []
    for plain, source in sources.values():
        listing = replace(plain, instrument=replace(plain.instrument, kind=kind))
        if recorded is not None:
            pairs.append(RecordedPair(listing, source, recorded, speed=speed))
        else:
            rate = listing.prints_per_s * share
            pairs.append(PairMarket(listing, source, prints_per_s=rate, speed=speed))
    return pairs


def _time(options: VenueOptions, clock: Clock) -> MarketTime:
    return WallTime(clock) if options.replay is None else ReplayTime(options.replay, clock)


def _ready(port: int, keys: Keys) -> VenueReady:
    return VenueReady(port=port, uid=keys.uid, api_key=keys.api_key, secret=keys.secret)
