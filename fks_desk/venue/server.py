"""Run the simulated exchange: one process, one data folder, one port on loopback."""

from __future__ import annotations

import asyncio
import errno
import logging
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path

from aiohttp import web

from fks_desk.core.clock import Clock
from fks_desk.core.errors import ConfigError
from fks_desk.core.nursery import Nursery
from fks_desk.venue.exchange import Exchange
from fks_desk.venue.fault_player import FaultPlayer, shutdown_event
from fks_desk.venue.faults import Faults, OutageKind, check_calls
from fks_desk.venue.front.admin import AdminDoor
from fks_desk.venue.front.call import Counter
from fks_desk.venue.front.endpoints import call_names, endpoints
from fks_desk.venue.front.rest import RestDoor
from fks_desk.venue.front.streams import MarketStreams
from fks_desk.venue.front.user_stream import WsApiDoor
from fks_desk.venue.front.weights import WEIGHT_PER_MINUTE, Budget
from fks_desk.venue.keys import Keys, load_keys
from fks_desk.venue.ledger.log import LedgerLog
from fks_desk.venue.market.listing import demo_listings, listings_for
from fks_desk.venue.market.pair import PairMarket
from fks_desk.venue.market.replay import (
    ReplayOptions,
    ReplaySource,
    ReplayTime,
    WallTime,
    replay_listing,
)
from fks_desk.venue.market.synthetic import SyntheticSource
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
    with closing(LedgerLog(options.data_folder)) as ledger_log:
        keys = load_keys(options.data_folder)
        with closing(RequestLog(options.data_folder)) as requests:
            exchange = Exchange(
                pairs=_pairs(options), ledger_log=ledger_log, time=_time(options, clock)
            )
            counter = Counter(
                exchange=exchange,
                clock=clock,
                keys=keys,
                faults=FaultPlayer(clock, options.faults),
                budget=Budget(clock, weight_per_minute=options.weight_per_minute),
                requests=requests,
            )
            await _run(options, counter, ledger_log, on_ready, stop)


async def _run(
    options: VenueOptions,
    counter: Counter,
    ledger_log: LedgerLog,
    on_ready: Callable[[VenueReady], None],
    stop: asyncio.Event,
) -> None:
    failed: list[BaseException] = []

    def on_failure(_name: str, error: BaseException) -> None:
        failed.append(error)
        stop.set()

    nursery = Nursery(on_failure)
    streams = MarketStreams(counter.exchange, counter.faults)
    door = WsApiDoor(counter, endpoints())
    runner = web.AppRunner(
        _application(counter, streams, door), access_log=None, shutdown_timeout=1.0
    )
    await runner.setup()
    try:
        nursery.start(ledger_log.run(), name="venue ledger log")
        counter.exchange.catch_up()
        await _open_account(counter.exchange, counter.keys, options)
        port = await _listen(runner, options.port)
        nursery.start(_play(counter, streams, door), name="venue market")
        on_ready(_ready(port, counter.keys))
        await stop.wait()
    finally:
        streams.drop_all()
        door.drop_all()
        await runner.cleanup()
        if not failed:
            await counter.exchange.settle()
        await nursery.close()
    if failed:
        raise failed[0]


async def _play(counter: Counter, streams: MarketStreams, door: WsApiDoor) -> None:
    """Move the market and send its news, forever."""
    turn = 0
    while True:
        counter.exchange.move()
        _play_outages(counter, streams, door)
        turn += 1
        if turn % _BOOKS_EVERY == 0:
            streams.push_books()
        if turn % _CANDLES_EVERY == 0:
            streams.push_candles()
        if turn % _TICKERS_EVERY == 0:
            streams.push_tickers()
        await asyncio.sleep(_TURN_S)


def _play_outages(counter: Counter, streams: MarketStreams, door: WsApiDoor) -> None:
    """Do what the fault script has for this moment."""
    for outage in counter.faults.begun():
        log.info("the fault script begins an outage: %s", outage.kind)
        match outage.kind:
            case OutageKind.CUT:
                streams.drop_all()
                door.drop_all()
            case OutageKind.REVOKE:
                door.revoke()
            case OutageKind.SHUTDOWN:
                word = shutdown_event(counter.server_ms())
                for one in (streams, door):
                    one.say_all(word)
                    asyncio.get_running_loop().call_later(_FAREWELL_S, one.drop_all)


async def _open_account(exchange: Exchange, keys: Keys, options: VenueOptions) -> None:
    """Pay the first balances in, once in the account's life."""
    if exchange.ledger.holdings(keys.uid):
        return
    for asset, amount in options.initial_balances.items():
        await exchange.deposit(keys.uid, asset, amount)


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


def _application(counter: Counter, streams: MarketStreams, door: WsApiDoor) -> web.Application:
    app = web.Application(client_max_size=1 << 20)

    def drop_streams() -> None:
        streams.drop_all()
        door.drop_all()

    app.add_routes(RestDoor(counter).routes(endpoints()))
    app.add_routes(AdminDoor(counter, streams, drop_streams, call_names()).routes())
    app.add_routes(
        [
            web.get("/ws-api/v3", door.handle),
            web.get("/ws", streams.handle),
            web.get("/ws/{names:.*}", streams.handle),
            web.get("/stream", streams.handle),
            web.get("/stream/ws", streams.handle),
            web.get("/stream/ws/{names:.*}", streams.handle),
        ]
    )
    return app


def _pairs(options: VenueOptions) -> list[PairMarket]:
    if options.replay is not None:
        replay = options.replay
        listing = replay_listing(replay)
        source = ReplaySource(replay, listing.instrument)
        rate = options.message_rate or listing.prints_per_s
        return [PairMarket(listing, source, prints_per_s=rate, speed=replay.speed)]
    listings = listings_for(options.symbols)
    share = 1.0
    if options.message_rate is not None:
        share = options.message_rate / sum(listing.prints_per_s for listing in listings)
    return [
        PairMarket(
            listing,
            SyntheticSource(listing, seed=options.seed, history_days=options.history_days),
            prints_per_s=listing.prints_per_s * share,
        )
        for listing in listings
    ]


def _time(options: VenueOptions, clock: Clock) -> MarketTime:
    return WallTime(clock) if options.replay is None else ReplayTime(options.replay, clock)


def _ready(port: int, keys: Keys) -> VenueReady:
    return VenueReady(port=port, uid=keys.uid, api_key=keys.api_key, secret=keys.secret)
