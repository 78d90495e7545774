from __future__ import annotations

import asyncio
from decimal import Decimal
from typing import Any

import pytest

from fks_desk.core.messages import (
    AnswerDone,
    AnswerFailed,
    AnswerGrew,
    AskQuestion,
    Citation,
    HealthMoved,
    HealthState,
    StopAnswer,
)
from fks_desk.core.model import RowRef
from fks_desk.core.nursery import Nursery
from fks_desk.ui.models.research.chat import AnswerState, ChatModel, RowDetail
from tests.fakes.panes import BTC, DEMO, NOON, MemoryFacts

TRADE = Citation(number=1, ref=RowRef(kind="trade", key="812"), excerpt="Bought 0.01 BTC")


class Talk:
    def __init__(self) -> None:
        self.sent: list[Any] = []
        self.nursery = Nursery()
        facts = MemoryFacts(
            {"trade:812": {"price": Decimal("63000.10"), "ts_event": NOON, "tag": None}}
        )
        self.chat = ChatModel(
            account=DEMO, send=self.sent.append, facts=facts, nursery=self.nursery
        )
        self.notices: list[str] = []
        self.rows: list[RowDetail] = []
        self.chat.notice_changed.connect(self.notices.append)
        self.chat.row_opened.connect(self.rows.append)

    @property
    def key(self) -> str:
        return self.chat.entries[-1].key

    async def settle(self) -> None:
        while len(self.nursery):
            await asyncio.sleep(0)


@pytest.fixture
async def talk() -> Talk:
    return Talk()


async def test_a_question_goes_down_with_account_and_instrument(talk: Talk) -> None:
    talk.chat.set_instrument(BTC.id)

    assert talk.chat.ask("  Why am I long?  ")

    assert talk.sent == [
        AskQuestion(question=talk.key, text="Why am I long?", account=DEMO, instrument=BTC.id)
    ]


async def test_one_answer_at_a_time(talk: Talk) -> None:
    assert not talk.chat.ask("   ")
    assert talk.chat.ask("one")
    assert not talk.chat.ask("two")
    assert talk.notices[-1] == "One answer at a time: Esc stops the present one."

    talk.chat.stop()
    assert talk.sent[-1] == StopAnswer(question=talk.key)


async def test_an_answer_grows_and_ends_with_its_citations(talk: Talk) -> None:
    talk.chat.ask("why?")
    talk.chat.on_answer_grew(AnswerGrew(question=talk.key, text="You"))
    assert talk.chat.entries[-1].state is AnswerState.WRITING

    done = AnswerDone(
        question=talk.key, text="You bought [1].", citations=(TRADE,), model="evidence"
    )
    talk.chat.on_answer_done(done)
    talk.chat.on_answer_grew(AnswerGrew(question=talk.key, text="late"))

    entry = talk.chat.entries[-1]
    assert (entry.answer, entry.citations, entry.state) == (
        "You bought [1].",
        (TRADE,),
        AnswerState.DONE,
    )
    assert not talk.chat.is_busy


async def test_a_stopped_or_failed_answer_frees_the_line(talk: Talk) -> None:
    talk.chat.ask("one")
    talk.chat.on_answer_done(
        AnswerDone(question=talk.key, text="Half", citations=(), model="m", was_stopped=True)
    )
    talk.chat.ask("two")
    talk.chat.on_answer_failed(AnswerFailed(question=talk.key, reason="The worker ended."))

    states = [entry.state for entry in talk.chat.entries]
    assert states == [AnswerState.STOPPED, AnswerState.FAILED]


async def test_a_citation_opens_its_row(talk: Talk) -> None:
    talk.chat.open_citation(TRADE)
    await talk.settle()

    assert talk.rows == [
        RowDetail(
            title="trade:812",
            fields=(("price", "63,000.1"), ("ts event", "2026-11-20 12:00:00"), ("tag", "–")),
        )
    ]


async def test_a_citation_of_a_row_that_is_gone_says_so(talk: Talk) -> None:
    gone = Citation(number=2, ref=RowRef(kind="trade", key="9"), excerpt="")

    talk.chat.open_citation(gone)
    await talk.settle()

    assert talk.notices == ["trade:9 is not stored any more."]


async def test_who_answers_is_said(talk: Talk) -> None:
    assert talk.chat.model_text == "No model installed: answers come from evidence alone."

    talk.chat.on_health_moved(
        HealthMoved(part="model", state=HealthState.GOOD, detail="tiny-llama.gguf")
    )
    assert talk.chat.model_text == "Answers are written by tiny-llama.gguf, on this machine."

    talk.chat.on_health_moved(HealthMoved(part="model", state=HealthState.BAD, detail="crashed"))
    assert "evidence alone" in talk.chat.model_text
