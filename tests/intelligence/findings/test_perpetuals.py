"""What a perpetual costs and how crowded it is, told from stored rows and cited."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from fks_desk.adapters.llm.words import WordEmbedder
from fks_desk.adapters.storage.database import Database
from fks_desk.adapters.storage.stores import open_stores
from fks_desk.core.clock import SteppedClock
from fks_desk.core.ledger import Transfer, TransferKind
from fks_desk.core.messages import AskQuestion
from fks_desk.core.model import InstrumentId
from fks_desk.core.perpetuals import PerpetualState
from fks_desk.core.ports import TradingChange
from fks_desk.intelligence.orchestrator import EVIDENCE_ALONE, Orchestrator
from fks_desk.ui.models.target import row_target
from tests.fakes.intelligence import Writer
from tests.fakes.rows import DEMO, NOW, account, candle

PERP = InstrumentId("binanceusdm:linear:BTC/USDT")
HOUR = timedelta(hours=1)
STATE = PerpetualState(
    instrument=PERP,
    mark=Decimal(50100),
    index=Decimal(50000),
    funding_rate=Decimal("0.000125"),
    next_funding=NOW + 8 * HOUR,
    open_interest=Decimal("81234.5"),
    ts_event=NOW,
    ts_init=NOW,
)


@pytest.fixture
async def stores(database_url):
    database = Database(database_url, pool_size=2, wait_s=3)
    opened = await open_stores(database=database, clock=SteppedClock(NOW))
    await opened.accounts.ensure_account(account())
    # The pair is known as spot too: its candles say nothing of the perpetual.
    await opened.candle_writer.upsert([candle(0, "101")])
    yield opened
    await database.close()


@pytest.fixture
async def filled(stores):
    early = replace(
        STATE,
        funding_rate=Decimal("-0.0002"),
        open_interest=Decimal(80000),
        ts_event=NOW - 2 * HOUR,
    )
    for state in (early, STATE):
        await stores.perpetuals.record_perpetual(state)
    payments = [("-1.25", NOW - 2 * HOUR), ("0.75", NOW - HOUR)]
    await stores.trading_writer.record(
        TradingChange(
            account=DEMO,
            transfers=tuple(
                Transfer(
                    account=DEMO,
                    currency="USDT",
                    amount=Decimal(amount),
                    kind=TransferKind.FUNDING,
                    at=at,
                    reference=PERP,
                )
                for amount, at in payments
            ),
        )
    )
    return stores


async def told(stores, text, model=None):
    desk = Orchestrator(
        facts=stores.facts,
        documents=stores.documents,
        embedder=WordEmbedder(),
        language_model=model,
        journal=None,
        clock=SteppedClock(NOW + HOUR),
        publish=lambda _event: None,
    )
    answer = await desk.answer(AskQuestion(question="q", text=text, account=DEMO, instrument=None))
    await desk.close()
    return answer


ANSWERS = {
    "What is the mark price of BTC?": (
        "The mark price of the perpetual BTC/USDT is 50100 USDT, its index 50000 USDT, so the "
        "perpetual stands +0.2 % from its index"
    ),
    "What's the funding rate of bitcoin?": (
        "The funding rate of the perpetual BTC/USDT is +0.0125 % of the notional, due at "
        f"{NOW + 8 * HOUR:%Y-%m-%d %H:%M:%S} UTC: longs pay shorts"
    ),
    "How high is the open interest in BTC?": (
        "The open interest of the perpetual BTC/USDT is 81234.5 BTC, worth 4069848450 USDT at "
        "the mark price of 50100 USDT"
    ),
    "How much funding did I pay?": (
        "Funding of the perpetual BTC/USDT cost you 0.5 USDT: 1.25 USDT paid and 0.75 USDT "
        "received in 2 payments"
    ),
}


@pytest.mark.parametrize("text", ANSWERS)
async def test_a_question_is_answered_from_rows_that_it_cites(filled, text):
    answer = await told(filled, text)

    assert answer.text.startswith(ANSWERS[text])
    assert answer.citations
    for citation in answer.citations:
        row = await filled.facts.row(citation.ref)
        assert citation.ref.kind in {"perpetual", "funding"}
        assert row["instrument"] == PERP
        assert row_target(citation.ref, row).instrument == PERP


async def test_over_a_span_the_extremes_are_told_with_their_rows(filled):
    answer = await told(filled, "What was the funding rate of BTC in the last 6 hours?")

    assert "highest rate" in answer.text
    assert "+0.0125 %" in answer.text
    assert "lowest rate" in answer.text
    assert "-0.02 %" in answer.text
    assert len(answer.citations) == 2


async def test_over_a_span_open_interest_is_compared_with_its_first(filled):
    answer = await told(filled, "How did the open interest of BTC change in the last 6 hours?")

    assert "It was 80000 BTC" in answer.text
    assert "a change of +1.543125 %" in answer.text


async def test_a_model_may_say_only_what_the_rows_hold(filled):
    wrong = await told(filled, "What is the funding rate of BTC?", Writer("It is 0.05 % [1]."))
    right = await told(filled, "What is the funding rate of BTC?", Writer("It is 0.0125 % [1]."))

    assert wrong.model == EVIDENCE_ALONE
    assert "0.05 %" not in wrong.text
    assert right.text == "It is 0.0125 % [1]."


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("What is the funding rate of BTC?", "No state of BTC/USDT as a perpetual is stored"),
        ("What is the open interest?", "Name the perpetual"),
        ("How much funding did I pay?", "No funding payment is stored."),
    ],
)
async def test_what_no_row_tells_is_said_and_not_made_up(stores, text, said):
    answer = await told(stores, text)

    assert answer.text.startswith(said)
    assert not any(char.isdigit() for char in answer.text.splitlines()[0])


async def test_what_the_exchange_does_not_tell_is_said(stores):
    await stores.perpetuals.record_perpetual(
        PerpetualState(instrument=PERP, mark=Decimal(7), ts_event=NOW, ts_init=NOW)
    )

    rate = await told(stores, "What is the funding rate of BTC?")
    interest = await told(stores, "What is the open interest of BTC?")

    assert "told no funding rate" in rate.text
    assert "told no open interest" in interest.text
