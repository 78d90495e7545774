"""ccxt is loaded late, shaped by options, and keeps no secret in a log."""

from __future__ import annotations

import logging
import subprocess
import sys

from fks_desk.adapters.exchange import library
from fks_desk.adapters.exchange.gate import Gate
from fks_desk.adapters.exchange.options import Credentials, ExchangeOptions
from fks_desk.core.clock import SystemClock
from fks_desk.core.model import AccountId, VenueId
from fks_desk.core.secret import Secret

OPTIONS = ExchangeOptions(
    venue=VenueId("demo"),
    account=AccountId("demo"),
    credentials=Credentials(key=Secret("canary-key"), secret=Secret("canary-secret")),
    overrides={"options": {"recvWindow": 4000}, "timeout": 1234},
)


async def opened(**named):
    return library.open_client(OPTIONS, Gate(venue="demo", clock=SystemClock()), **named)


def test_importing_the_room_does_not_import_ccxt():
    code = (
        "import sys, fks_desk.adapters.exchange.connection;"
        "assert not [name for name in sys.modules if name.startswith('ccxt')]"
    )

    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)


async def test_overrides_win_and_leave_the_rest_alone():
    client = await opened()

    assert client.timeout == 1234
    assert client.options["recvWindow"] == 4000
    assert client.options["defaultType"] == "spot"
    assert client.options["maxRetriesOnFailure"] == 0
    assert client.streaming["keepAlive"] == 10_000


async def test_only_who_signs_gets_the_key():
    assert not (await opened()).apiKey
    assert (await opened(is_signing=True)).apiKey == "canary-key"


async def test_no_secret_is_logged_even_at_debug(desk, caplog):
    with caplog.at_level(logging.DEBUG):
        await desk.connection.account.balances()
        await desk.broker.submit(desk.intent())

    assert desk.venue.api_key not in caplog.text
    assert "signature=" not in caplog.text


def test_an_error_tells_its_cause_and_no_signed_address():
    error = RuntimeError("binance GET https://api/x?timestamp=1&signature=abc")
    assert library.answer(error).text == "binance GET https://api/x"

    error.__cause__ = TimeoutError()
    assert library.answer(error).text == "TimeoutError"
