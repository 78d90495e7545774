"""Ask what a perpetual costs and pays, and follow each citation to its row."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from fks_desk.adapters.storage.perpetual_queries import PERPETUAL_FACTS
from fks_desk.core.clock import to_ms
from fks_desk.core.errors import DataError
from fks_desk.core.ledger import Transfer, TransferKind
from fks_desk.core.model import InstrumentId, RowRef
from fks_desk.core.ports import TradingChange
from tests.adapters.storage.test_perpetuals import BTC, NOW, STATE
from tests.fakes.rows import DEMO

OTHER = InstrumentId("binanceusdm:linear:ETH/USDT")
MINUTE = timedelta(minutes=1)


def payment(amount, minutes, instrument=BTC, kind=TransferKind.FUNDING):
    return Transfer(
        account=DEMO,
        currency="USDT",
        amount=Decimal(amount),
        kind=kind,
        at=NOW + minutes * MINUTE,
        reference=instrument,
    )


@pytest.fixture
async def facts(stores):
    for number, rate in enumerate(("-0.0001", "0.0003", None, "0.0002")):
        await stores.perpetuals.record_perpetual(
            replace(
                STATE,
                funding_rate=rate if rate is None else Decimal(rate),
                open_interest=Decimal(100 + number),
                ts_event=NOW + number * MINUTE,
            )
        )
    await stores.trading_writer.record(
        TradingChange(
            account=DEMO,
            transfers=(
                payment("-1.25", 1),
                payment("0.75", 2),
                payment("-0.2", 3, OTHER),
                payment("9", 4, kind=TransferKind.INSURANCE),
                payment("50", 5, "", kind=TransferKind.DEPOSIT),
            ),
        )
    )
    return stores.facts


@pytest.mark.parametrize("name", sorted(PERPETUAL_FACTS))
async def test_every_fact_runs_and_cites_rows_that_exist(facts, name):
    rows = await facts.ask(name, instrument=BTC)

    assert rows
    for row in rows:
        for ref in (row["ref"], *row.get("refs", ())):
            assert (await facts.row(RowRef.parse(ref)))["instrument"] == BTC


@pytest.mark.parametrize("name", sorted(PERPETUAL_FACTS))
async def test_every_fact_is_silent_about_an_empty_desk(stores, name):
    assert list(await stores.facts.ask(name, instrument=BTC)) == []


async def test_funding_is_summed_exactly_and_nothing_else_is(facts):
    rows = {row["instrument"]: row for row in await facts.ask("funding_sums", account=DEMO)}

    assert rows.keys() == {BTC, OTHER}
    btc = rows[BTC]
    assert (btc["amount"], btc["paid"], btc["received"]) == (
        Decimal("-0.50"),
        Decimal("1.25"),
        Decimal("0.75"),
    )
    assert (btc["payments"], btc["last"]) == (2, NOW + 2 * MINUTE)


async def test_a_span_and_an_account_narrow_the_sum(facts):
    (row,) = await facts.ask(
        "funding_sums", instrument=BTC, start=NOW + 2 * MINUTE, end=NOW + 3 * MINUTE
    )

    assert row["amount"] == Decimal("0.75")
    assert list(await facts.ask("funding_sums", account="nobody")) == []


async def test_the_extremes_leave_out_what_the_exchange_did_not_tell(facts):
    (high,) = await facts.ask("highest_funding", instrument=BTC, limit=1)
    (low,) = await facts.ask("lowest_funding", instrument=BTC, limit=1)
    (newest,) = await facts.ask("newest_perpetuals", instrument=BTC, limit=1)

    assert (high["funding_rate"], low["funding_rate"]) == (Decimal("0.0003"), Decimal("-0.0001"))
    assert newest["open_interest"] == Decimal(103)


async def test_a_state_and_a_payment_are_cited_by_their_keys(facts):
    minute = NOW.replace(second=0)
    state = await facts.row(RowRef.parse(f"perpetual:{BTC}/{to_ms(minute)}"))
    paid = await facts.row(RowRef.parse(f"funding:{DEMO}/USDT/{to_ms(NOW + MINUTE)}000/{BTC}"))

    assert (state["mark"], state["funding_rate"]) == (STATE.mark, Decimal("-0.0001"))
    assert (paid["amount"], paid["ts"]) == (Decimal("-1.25"), NOW + MINUTE)


@pytest.mark.parametrize("ref", ["perpetual:a", "perpetual:a/x", "funding:demo", "funding:a/b/c/d"])
async def test_an_unreadable_citation_is_refused(stores, ref):
    with pytest.raises(DataError):
        await stores.facts.row(RowRef.parse(ref))
