from __future__ import annotations

import asyncio
import time
from dataclasses import replace
from decimal import Decimal

import pytest

from fks_desk.adapters.llm.words import WordEmbedder
from fks_desk.core.errors import ModelError
from fks_desk.core.job import CancelToken, JobContext
from fks_desk.core.messages import BacktestDone, SignalRaised
from fks_desk.core.model import Balance, RowRef, SignalId
from fks_desk.core.ports import RetrievalQuery, TradingChange
from fks_desk.intelligence.ingest import CONSUMER, embedded, refs_of
from fks_desk.intelligence.jobs import intelligence_jobs
from tests.fakes import rows as made
from tests.fakes.intelligence import NOW
from tests.intelligence.conftest import ingest_into


async def found(stores, text, **changes):
    passages = await stores.documents.search(RetrievalQuery(text=text, **changes))
    return [str(passage.document.ref) for passage in passages]


async def test_what_the_journal_tells_becomes_documents(stores, ingest):
    changed = await ingest.catch_up()

    assert changed > 80
    for ref in ("trade:1", "order:t-1", "position:demo/demo:spot:BTC/USDT", "order:x-1"):
        assert await stores.documents.document(RowRef.parse(ref)) is not None


async def test_reading_everything_again_changes_nothing(stores, ingest):
    await ingest.catch_up()
    await ingest.fill_gaps()
    await ingest.summarise()
    again = ingest_into(stores, WordEmbedder())

    assert await again.catch_up() == 0
    assert await again.fill_gaps() == 0
    assert await again.summarise() == 0


async def test_after_a_crash_the_reading_goes_on_where_it_was_noted(stores, ingest):
    class Dies:
        """Die in the middle: documents stored, the place in the journal not yet noted."""

        def __init__(self, journal):
            self._journal = journal
            self.read, self.offset = journal.read, journal.offset

        async def advance(self, consumer, sequence):
            raise asyncio.CancelledError

    ingest._journal = Dies(stores.journal)
    with pytest.raises(asyncio.CancelledError):
        await ingest.catch_up()
    assert await stores.journal.offset(CONSUMER) == 0

    again = ingest_into(stores, WordEmbedder())
    await again.catch_up()

    rows = await stores.journal.read(0)
    assert await stores.journal.offset(CONSUMER) == rows[-1].sequence
    assert len(await found(stores, "order t-1", limit=20)) == 20


async def test_rows_that_the_journal_never_told_are_found_too(stores, ingest):
    await ingest.fill_gaps()

    for ref in ("backtest:run-3", "balance:demo/USDT", "signal:sma_cross-BTC-0"):
        assert await stores.documents.document(RowRef.parse(ref)) is not None


async def test_a_new_fill_is_searchable_soon_after(stores, ingest):
    await ingest.catch_up()
    ingest.start()
    try:
        change = made.filled_change(
            trade_id="909090", client_id="zebra", at=NOW, price=Decimal("77777.5")
        )
        order = replace(change.orders[0], intent=replace(made.intent("zebra"), created=NOW))
        began = time.monotonic()
        await stores.trading_writer.record(replace(change, orders=(order,)))
        while not await found(stores, "77777.5", kinds=("trade",)):
            assert time.monotonic() - began < 60
            await asyncio.sleep(0.05)
    finally:
        await ingest.close()


async def test_signals_and_backtests_are_told_by_their_events(stores, ingest):
    await ingest.catch_up()
    signal = replace(made.signal(1, at=NOW), id=SignalId("s-new"))
    await stores.signals.record_signals([signal])
    report = await stores.backtests.backtest("run-1")

    ingest.on_event(SignalRaised(signal=signal))
    ingest.on_event(BacktestDone(report=report))
    await ingest.catch_up()

    assert await stores.documents.document(RowRef.parse("signal:s-new")) is not None
    assert await stores.documents.document(RowRef.parse("backtest:run-1")) is not None


async def test_a_row_that_changes_changes_its_document(stores, ingest):
    await ingest.fill_gaps()
    balance = Balance(
        account=made.DEMO, currency="USDT", free=Decimal("4242.42"), locked=Decimal(0), updated=NOW
    )
    entry = made.draft("balance.moved", NOW, "", balances=[{"account": "demo", "currency": "USDT"}])
    await stores.trading_writer.record(
        TradingChange(account=made.DEMO, balances=(balance,), events=(entry,))
    )

    await ingest.catch_up()

    document = await stores.documents.document(RowRef.parse("balance:demo/USDT"))
    assert "4242.42 USDT" in document.text


async def test_a_slow_model_does_not_keep_a_row_from_being_found(stores, monkeypatch):
    class Slow(WordEmbedder):
        async def embed(self, texts):
            await asyncio.sleep(60)
            raise AssertionError

    monkeypatch.setattr("fks_desk.intelligence.ingest._PATIENCE_S", 0.05)
    ingest = ingest_into(stores, Slow())

    await ingest.catch_up()

    assert await found(stores, "order t-1")


async def test_another_model_reads_everything_anew(stores, ingest):
    class Other(WordEmbedder):
        model = "other-1"

    await ingest.fill_gaps()
    other = ingest_into(stores, Other())
    await other.fill_gaps()
    (vector,) = await WordEmbedder().embed(["position"])

    by_first = await stores.documents.search(
        RetrievalQuery(text="", embedding=tuple(vector), model="fks-words-1")
    )
    by_other = await stores.documents.search(
        RetrievalQuery(text="", embedding=tuple(vector), model="other-1")
    )

    assert [one.document.ref for one in by_first] == [one.document.ref for one in by_other]


async def test_a_broken_model_is_an_error_of_its_own(stores):
    class Broken(WordEmbedder):
        async def embed(self, texts):
            raise ModelError("no weights")

    with pytest.raises(ModelError):
        await ingest_into(stores, Broken()).fill_gaps()


async def test_hours_and_days_of_a_market_are_summed_up(stores, ingest):
    await ingest.summarise()

    passages = await stores.documents.search(
        RetrievalQuery(text="ETH summary of the day 2026-03-04", kinds=("candle",), limit=3)
    )
    day = next(one.document for one in passages if "day 2026-03-04" in one.document.title)
    row = await stores.facts.row(day.ref)
    (change,) = await stores.facts.ask(
        "candle_change",
        instrument="demo:spot:ETH/USDT",
        timeframe="5m",
        start=NOW.replace(day=4, hour=0, minute=0),
        end=NOW.replace(day=5, hour=0, minute=0),
    )
    assert row["open"] == change["open"]
    assert f"{change['high']:g}"[:5] in day.text


async def test_a_long_text_has_one_vector_made_of_its_pieces(stores, ingest):
    await ingest.catch_up()
    document = await stores.documents.document(RowRef.parse("order:t-1"))
    long = replace(document, text=document.text * 40)

    short_vector, long_vector = await embedded([document, long], WordEmbedder())

    assert sum(value * value for value in long_vector) == pytest.approx(1.0)
    assert sum(a * b for a, b in zip(short_vector, long_vector, strict=True)) > 0.9


async def test_the_job_does_all_three_steps(ingest):
    (job,) = intelligence_jobs(ingest=ingest)
    told = []

    result = await job.run(
        JobContext(progress=lambda part, note: told.append(note), cancel=CancelToken()), {}
    )

    assert job.name == "ingest_documents"
    assert told == ["journal", "gaps", "summaries"]
    assert all(count > 0 for count in result.values())


async def test_an_entry_of_another_topic_tells_of_no_row(stores):
    (row,) = await stores.journal.append([made.draft("trading.halted", NOW)])

    assert refs_of(row) == []
