"""What a perpetual brought without an execution is read once, to the last digit."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from fks_desk.adapters.exchange.futures.account import FuturesAccount
from fks_desk.adapters.exchange.futures.words import PERPETUALS
from fks_desk.core.clock import EPOCH, from_ms
from fks_desk.core.errors import DataError
from fks_desk.core.ledger import Transfer, TransferKind
from fks_desk.core.model import AccountId
from tests.fakes.trading import BTC


class Reads:
    """Answer pages of income as the exchange does: from a moment on, so many at most."""

    venue = "demo"
    words = PERPETUALS

    def __init__(self, *rows: dict[str, Any]) -> None:
        self._rows = rows
        self.asked: list[tuple[str, int]] = []

    async def listed(self) -> dict[str, Any]:
        return {"BTCUSDT": BTC}

    async def rows(self, method: str, request: dict[str, Any], what: str) -> list[dict[str, Any]]:
        assert method == "fapiPrivateGetIncome"
        self.asked.append((request["incomeType"], request["startTime"]))
        found = [row for row in self._rows if row["time"] >= request["startTime"]]
        return found[: request["limit"]]


def row(time: int, income: str, number: int, symbol: str = "BTCUSDT") -> dict[str, Any]:
    return {
        "symbol": symbol,
        "incomeType": "INSURANCE_CLEAR",
        "income": income,
        "asset": "USDT",
        "time": time,
        "tranId": number,
    }


async def paid(kind: TransferKind, *rows: dict[str, Any]) -> list[tuple[int, Decimal]]:
    account = FuturesAccount(client=None, reads=Reads(*rows))  # type: ignore[arg-type]  # a fake
    found = await account.payments(kind, EPOCH)
    assert all(one.kind is kind and one.instrument == BTC.id for one in found)
    return [(round(one.at.timestamp() * 1000), one.amount) for one in found]


@pytest.mark.parametrize(
    ("kind", "word"),
    [(TransferKind.FUNDING, "FUNDING_FEE"), (TransferKind.INSURANCE, "INSURANCE_CLEAR")],
)
async def test_each_kind_is_asked_for_by_its_own_name(kind, word):
    reads = Reads()
    await FuturesAccount(client=None, reads=reads).payments(kind, from_ms(7))

    assert reads.asked == [(word, 7)]


async def test_what_one_moment_brought_is_one_payment_and_nothing_is_none():
    found = await paid(
        TransferKind.INSURANCE,
        row(5, "10.00000001", 1),
        row(5, "-0.00000001", 2),
        row(6, "0.5", 3),
        row(6, "-0.5", 4),
        row(7, "3", 5, symbol="UNKNOWN"),
    )

    assert found == [(5, Decimal(10))]


async def test_pages_that_overlap_count_nothing_twice():
    rows = [row(1 + number // 3, "1", number) for number in range(2_500)]
    found = await paid(TransferKind.INSURANCE, *rows)

    assert sum(amount for _, amount in found) == 2_500
    assert len(found) == len({moment for moment, _ in found})


async def test_a_row_that_cannot_be_read_is_told():
    broken = row(5, "much", 1)
    with pytest.raises(DataError, match="unreadable insurance"):
        await paid(TransferKind.INSURANCE, broken)


def test_only_what_comes_from_outside_counts_as_put_in():
    moved = {
        kind: Transfer(
            account=AccountId("demo"), currency="USDT", amount=Decimal(1), kind=kind, at=EPOCH
        ).is_from_outside
        for kind in TransferKind
    }

    assert {kind for kind, is_outside in moved.items() if not is_outside} == {
        TransferKind.FUNDING,
        TransferKind.INSURANCE,
    }
