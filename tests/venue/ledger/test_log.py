"""The ledger's log: what was answered survives any death."""

from __future__ import annotations

import asyncio
from decimal import Decimal

import msgspec
import pytest

from fks_desk.core.errors import ConfigError, StorageError
from fks_desk.core.model import Side, TimeInForce
from fks_desk.core.nursery import Nursery
from fks_desk.venue.ledger import log as log_module
from fks_desk.venue.ledger.log import LedgerLog
from fks_desk.venue.ledger.records import Deposited, LedgerKind, LedgerOrder, Placed


def deposit(amount: int) -> list[Deposited]:
    return [Deposited(1, "USDT", Decimal(amount), 0)]


def order(number: int) -> LedgerOrder:
    return LedgerOrder(
        id=number,
        uid=1,
        symbol="BTC/USDT",
        client_id=f"c{number}",
        side=Side.BUY,
        kind=LedgerKind.LIMIT,
        time_in_force=TimeInForce.GTC,
        price=Decimal("10.50"),
        size=Decimal(1),
        locked=Decimal("10.50"),
        created_ms=5,
        updated_ms=5,
    )


async def write(folder, *batches):
    """Apply and write batches as a venue would, then close."""
    log, nursery, told = LedgerLog(folder), Nursery(), []
    nursery.start(log.run(), name="log")
    for batch in batches:
        log.ledger.apply(batch)
        log.append(batch, lambda batch=batch: told.append(batch))
    await log.settle()
    await nursery.close()
    log.close()
    return told


def read(folder):
    log = LedgerLog(folder)
    log.close()
    return log.ledger


async def test_everything_written_is_there_again_and_told_in_order(tmp_path):
    batches = [deposit(100), [Placed(order(1001))], deposit(5)]

    told = await write(tmp_path, *batches)

    ledger = read(tmp_path)
    assert told == batches
    assert ledger.holding(1, "USDT").total == 105
    assert ledger.open_orders() == [order(1001)]


async def test_a_torn_last_line_is_forgotten_and_does_not_spoil_the_next(tmp_path):
    await write(tmp_path, deposit(100))
    with (tmp_path / "ledger.0.jsonl").open("ab") as file:
        file.write(b'[{"type":"deposited","uid":1,"ass')

    assert read(tmp_path).holding(1, "USDT").total == 100
    await write(tmp_path, deposit(1))
    assert read(tmp_path).holding(1, "USDT").total == 101


async def test_a_long_log_becomes_a_snapshot_with_the_same_sums(tmp_path, monkeypatch):
    await write(tmp_path, deposit(100), [Placed(order(1001))], *[deposit(1)] * 5)
    monkeypatch.setattr(log_module, "COMPACT_AFTER", 3)

    ledger = read(tmp_path)

    assert not (tmp_path / "ledger.0.jsonl").exists()
    again = read(tmp_path)
    assert msgspec.json.encode(again.state()) == msgspec.json.encode(ledger.state())
    assert again.next_order_id == 1002
    await write(tmp_path, deposit(1))
    assert read(tmp_path).holding(1, "USDT").total == 106


async def test_a_damaged_ledger_is_a_clear_error(tmp_path):
    (tmp_path / "ledger.0.jsonl").write_bytes(b"{nonsense}\n")

    with pytest.raises(StorageError, match="cannot be read"):
        LedgerLog(tmp_path)


async def test_two_exchanges_cannot_share_a_folder(tmp_path):
    first = LedgerLog(tmp_path)

    with pytest.raises(ConfigError, match="in use by another"):
        LedgerLog(tmp_path)
    first.close()
    read(tmp_path)


async def test_a_full_disk_tells_nobody_and_fails_loudly(tmp_path, monkeypatch):
    log, told = LedgerLog(tmp_path), []

    def refuse(_data):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(log, "_write", refuse)
    writer = asyncio.create_task(log.run())
    written = log.append(deposit(1), lambda: told.append(1))

    with pytest.raises(StorageError, match="No space left on device"):
        await written
    with pytest.raises(StorageError):
        await writer
    with pytest.raises(StorageError):
        log.append(deposit(1), lambda: None)
    assert told == []
    log.close()
