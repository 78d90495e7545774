"""Kill the exchange while it trades: what it answered, it still knows."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
from decimal import Decimal
from pathlib import Path

import aiohttp
import msgspec

from fks_desk.venue.keys import load_keys
from fks_desk.venue.ledger.log import LedgerLog
from fks_desk.venue.server import VenueReady
from tests.fakes.venue import raw_client

CHILD = """
import asyncio, sys
from pathlib import Path
from fks_desk.core.clock import SystemClock
from fks_desk.venue.server import VenueOptions, serve

def tell(ready):
    print(ready.port, flush=True)

options = VenueOptions(data_folder=Path(sys.argv[1]))
asyncio.run(serve(options, SystemClock(), tell, asyncio.Event()))
"""


async def test_a_killed_exchange_forgets_nothing_that_it_answered(tmp_path):
    answered: dict[str, int] = {}
    for after_s in (0.15, 0.3, 0.45):
        await trade_until_killed(tmp_path, after_s, answered)

    log = LedgerLog(tmp_path)
    log.close()
    ledger = log.ledger
    known = {order.client_id: order for order in ledger.all_orders()}
    assert len(answered) > 10
    assert {name: known[name].id for name in answered} == answered
    lines = (tmp_path / "requests.jsonl").read_bytes().splitlines()
    sent = [msgspec.json.decode(line)["client_id"] for line in lines]
    assert len(sent) == len(set(sent))
    assert set(known) <= set(sent)
    for asset in ("BTC", "USDT"):
        held = ledger.holding(load_keys(tmp_path).uid, asset).total
        whole = held + ledger.fees[asset] + ledger.market[asset]
        assert whole == ledger.deposits[asset] == Decimal(10_000 if asset == "USDT" else 0)


async def trade_until_killed(folder: Path, after_s: float, answered: dict[str, int]) -> None:
    """Place small orders as fast as they are answered until the process is gone."""
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-c", CHILD, str(folder), stdout=asyncio.subprocess.PIPE, env=os.environ
    )
    port = int(await child.stdout.readline())
    keys = load_keys(folder)
    ready = VenueReady(port=port, uid=keys.uid, api_key=keys.api_key, secret=keys.secret)
    asyncio.get_running_loop().call_later(after_s, child.send_signal, signal.SIGKILL)
    async with raw_client(ready) as raw:
        with contextlib.suppress(aiohttp.ClientError):
            await asyncio.gather(*(_trade(raw, lane, answered) for lane in range(4)))
    await child.wait()


async def _trade(raw, lane: int, answered: dict[str, int]) -> None:
    for number in range(10_000):
        name = f"{raw.ready.port}-{lane}-{number}"
        side = {"side": "BUY", "symbol": "BTCUSDT", "type": "MARKET", "quantity": "0.0002"}
        status, body, _ = await raw.signed("POST", "/api/v3/order", **side, newClientOrderId=name)
        if status != 200:
            assert body["code"] in {-2010, -1015}, body
            return
        answered[name] = body["orderId"]
