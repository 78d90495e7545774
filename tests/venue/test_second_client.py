"""Binance's own Python clients trade here and agree with the ledger to the last digit."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from decimal import Decimal
from pathlib import Path

import pytest

from tests.fakes.venue import raw_client, running_venue

CLIENTS = ("binance-connector==3.13.0", "binance-futures-connector==4.2.0")
SCRIPT = Path(__file__).with_name("second_client.py")


@pytest.fixture(scope="module")
def python(tmp_path_factory) -> Path:
    """Return an interpreter that has the clients, or skip where they cannot be had."""
    folder = tmp_path_factory.mktemp("clients")
    subprocess.run([sys.executable, "-m", "venv", folder], check=True)
    made = folder / ("Scripts" if sys.platform == "win32" else "bin") / "python"
    install = [made, "-m", "pip", "install", "--quiet", "--retries", "0", *CLIENTS]
    done = subprocess.run(install, check=False, capture_output=True, text=True)
    if done.returncode:
        pytest.skip(f"the second client is absent: pip says {done.stderr.strip()[-200:]}")
    return made


async def ask(python: Path, ready) -> dict:
    words = [str(ready.port), ready.api_key, ready.secret]
    child = await asyncio.create_subprocess_exec(
        python, SCRIPT, *words, stdout=asyncio.subprocess.PIPE
    )
    out, _ = await child.communicate()
    assert child.returncode == 0
    return json.loads(out)


def numbers(row: dict, *names: str) -> tuple[Decimal, ...]:
    return tuple(Decimal(str(row[name])) for name in names)


@pytest.mark.slow
async def test_the_second_client_and_the_ledger_agree_to_the_last_digit(tmp_path, python):
    async with running_venue(tmp_path) as ready, raw_client(ready) as raw:
        told = await ask(python, ready)
        ledger = await raw.admin("GET", "ledger")

    spot, kept = told["spot"], ledger["balances"]
    shown = {row["asset"]: numbers(row, "free", "locked") for row in spot["account"]["balances"]}
    assert shown == {asset: numbers(held, "free", "locked") for asset, held in kept.items()}
    parts = ("id", "price", "qty", "quoteQty", "commission")
    names = ("id", "price", "size", "cost", "fee")
    assert [numbers(row, *parts) for row in spot["trades"]] == [
        numbers(fill, *names) for fill in ledger["fills"]
    ]
    resting = {order["orderId"] for order in spot["open"]}
    still = {"NEW", "PARTIALLY_FILLED"}
    assert resting == {order["id"] for order in ledger["orders"] if order["status"] in still}
    assert spot["resting"] in resting
    assert len(resting) == 3

    futures, state = told["futures"], ledger["perpetual"]
    parts = ("id", "price", "qty", "commission", "realizedPnl")
    names = ("id", "price", "size", "fee", "realised")
    assert [numbers(row, *parts) for row in futures["trades"]] == [
        numbers(fill, *names) for fill in state["fills"]
    ]
    wallet = Decimal(state["wallets"][str(ledger["uid"])])
    assert Decimal(futures["account"]["totalWalletBalance"]) == wallet
    earned = sum(Decimal(row["income"]) for row in futures["income"])
    assert wallet == Decimal(10_000) + earned
    position = next(row for row in futures["account"]["positions"] if row["symbol"] == "BTCUSDT")
    assert Decimal(position["positionAmt"]) == Decimal("-0.012")
