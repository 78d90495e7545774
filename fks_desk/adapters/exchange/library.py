"""Load ccxt when it is needed and make its objects tell the desk what arrives."""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Callable, Mapping
from functools import cache, partial
from typing import Any

from fks_desk.adapters.exchange.errors import Answer, answer_of
from fks_desk.adapters.exchange.gate import Gate
from fks_desk.adapters.exchange.guarded import guarded
from fks_desk.adapters.exchange.keepalive import keep_alive
from fks_desk.adapters.exchange.options import ExchangeOptions, Site
from fks_desk.adapters.exchange.package import base_error, exchange_class

# ccxt ships no types; a client is an object of the class that `_client_class` makes.
Client = Any
Tap = Callable[[Any, Any], bool]  # the connection and a message, raw or parsed

_QUERY = re.compile(r"\?\S+")
_LONGEST_WORDS = 300
_OURS = "binance"  # the desk reads its frames itself
PACE = 5  # times ccxt's 50 ms between requests: at most 4 subscription messages a second


def preload(exchange: str = "binance") -> None:
    """Import ccxt's class; it takes a moment, so run this in a thread before the first client."""
    _client_class(exchange)


def open_client(
    options: ExchangeOptions,
    gate: Gate,
    *,
    tap: Tap | None = None,
    raw_tap: Tap | None = None,
    is_signing: bool = False,
) -> Client:
    """Make a ccxt object with a throttle and connections of its own.

    `raw_tap` sees each WebSocket frame as it came, `tap` each decoded message;
    either returns True to keep it. Only a client that is_signing gets the key.
    """
    # At DEBUG ccxt writes keys and signatures into the log.
    logging.getLogger("ccxt").setLevel(logging.INFO)
    client = _client_class(options.exchange)(_config(options, is_signing=is_signing))
    if options.site is Site.TEST:
        _move_to_test(client, options.exchange)
    if is_signing:
        client.desk_hosts = options.hosts
    client.desk_gate = gate
    client.desk_tap = tap
    client.desk_raw_tap = raw_tap
    # ccxt waits here after closing; its sockets are closed by then.
    client.timeout_on_exit = 0
    return client


def _move_to_test(client: Client, exchange: str) -> None:
    """Point a client at the exchange's practice machines."""
    if exchange == "binanceusdm":
        # The futures testnet of old is closed; its accounts live on as demo trading.
        client.enable_demo_trading(True)
    else:
        client.set_sandbox_mode(True)


def answer(error: BaseException) -> Answer:
    """Return what the exchange said, or an empty answer if none came."""
    said = getattr(error, "desk_answer", None)
    return said if isinstance(said, Answer) else Answer(text=_words(error))


def foreign_errors() -> tuple[type[Exception], ...]:
    """Return what ccxt and the transport beneath it raise."""
    return (base_error(), OSError, TimeoutError)


def _words(error: BaseException) -> str:
    """Return what went wrong below, without the address that ccxt writes: it is signed."""
    cause = error.__cause__ or error
    text = _QUERY.sub("", str(cause))[:_LONGEST_WORDS]
    return text or type(cause).__name__


def _config(options: ExchangeOptions, *, is_signing: bool) -> dict[str, Any]:
    settings: dict[str, Any] = {
        "enableRateLimit": True,
        "timeout": int(options.timeout_s * 1000),
        "options": {"maxRetriesOnFailure": 0},
    }
    if options.exchange == _OURS:
        settings = _merged(settings, _for_binance(options))
    if is_signing and options.credentials is not None:
        settings["apiKey"] = options.credentials.key.reveal
        settings["secret"] = options.credentials.secret.reveal
    return _merged(settings, options.overrides)


def _for_binance(options: ExchangeOptions) -> dict[str, Any]:
    """Return what the desk's own streams need; other exchanges keep what ccxt knows of them."""
    return {
        "streaming": {"keepAlive": int(options.ping_s * 1000), "maxPingPongMisses": 2},
        "options": {
            "defaultType": "spot",
            "fetchMarkets": {"types": ["spot"]},
            "fetchCurrencies": False,
            "fetchMargins": False,
            "ws": {"cost": PACE},
        },
    }


def _merged(settings: Mapping[str, Any], overrides: Mapping[str, Any]) -> dict[str, Any]:
    result = dict(settings)
    for name, value in overrides.items():
        both = isinstance(value, Mapping) and isinstance(result.get(name), Mapping)
        result[name] = _merged(result[name], value) if both else value
    return result


def _seen(make: Callable[[str], Any]) -> Callable[[str], Any]:
    """Keep asyncio from reporting failures of futures that ccxt makes for itself alone."""

    def future(name: str) -> Any:
        made = make(name)
        made.remove_done_callback(_look)
        made.add_done_callback(_look)
        return made

    return future


def _listen(connection: Any, tap: Tap | None) -> None:
    """Let the tap see each frame before ccxt parses it."""
    if tap is None:
        return
    parse = connection.handle_text_or_binary_message

    def hear(text: Any) -> None:  # ccxt ships no types
        if not tap(connection, text):
            parse(text)

    connection.handle_text_or_binary_message = hear


def _look(future: asyncio.Future[Any]) -> None:
    if not future.cancelled():
        future.exception()


@cache
def _client_class(exchange: str) -> type[Any]:
    from fks_desk.adapters.exchange.bounded import bounded  # noqa: PLC0415  aiohttp loads slowly

    parent: type[Any] = bounded(guarded(exchange_class(exchange)))

    class DeskClient(parent):  # type: ignore[misc]  # ccxt ships no types
        """Let the desk see raw messages and answers; everything else is ccxt's."""

        desk_gate: Gate
        desk_tap: Tap | None = None
        desk_raw_tap: Tap | None = None

        def handle_message(self, client: Any, message: Any) -> None:
            if self.desk_tap is None or not self.desk_tap(client, message):
                super().handle_message(client, message)

        def client(self, url: str) -> Any:
            connection = super().client(url)
            if not hasattr(connection, "desk_is_quiet"):
                connection.desk_is_quiet = True
                connection.future = _seen(connection.future)
                connection.ping_loop = partial(keep_alive, connection)
                _listen(connection, self.desk_raw_tap)
            return connection

        async def fetch(self, *args: Any, **named: Any) -> Any:
            self.desk_gate.check()
            return await super().fetch(*args, **named)

        def handle_errors(self, *args: Any) -> None:
            status, _, _, _, headers, body, response = args[:7]
            said = answer_of(status, headers, response, body)
            self.desk_gate.hear(headers or {}, said)
            try:
                super().handle_errors(*args)
                # ccxt asks this next itself; asked here, both get the answer attached.
                super().handle_http_status_code(*args[:4], body)
            except Exception as error:
                error.desk_answer = said  # type: ignore[attr-defined]  # carried on ccxt's error
                raise

    return DeskClient
