from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from fks_desk.core.messages import AnswerDone, AnswerFailed, AnswerGrew, Citation, StopAnswer
from fks_desk.core.model import RowRef
from fks_desk.core.nursery import Nursery
from fks_desk.ui.models.research.chat import ChatModel
from fks_desk.ui.panes.detail import DetailDialog
from fks_desk.ui.panes.research.chat import ChatPane
from tests.fakes.pane_keys import PaneWindow
from tests.fakes.panes import DEMO, MemoryFacts

Key = Qt.Key
CITED = (
    Citation(number=1, ref=RowRef(kind="trade", key="812"), excerpt="<b>Bought</b>"),
    Citation(number=2, ref=RowRef(kind="order", key="fks1"), excerpt="limit"),
)


class Shown:
    def __init__(self, qtbot: QtBot) -> None:
        self.sent: list[Any] = []
        self.nursery = Nursery()
        self.facts = MemoryFacts({"trade:812": {"price": "63000"}})
        self.model = ChatModel(
            account=DEMO, send=self.sent.append, facts=self.facts, nursery=self.nursery
        )
        self.pane = ChatPane(model=self.model)
        self.window = PaneWindow(qtbot, self.pane, size=(320, 480))

    def ask(self, text: str) -> str:
        self.window.type(text)
        self.window.press(Key.Key_Return)
        return self.model.entries[-1].key

    async def dialogs(self) -> list[DetailDialog]:
        while len(self.nursery):
            await asyncio.sleep(0)
        return self.pane.findChildren(DetailDialog)


@pytest.fixture
async def shown(qtbot: QtBot) -> Shown:
    return Shown(qtbot)


async def test_a_question_is_asked_with_enter_and_the_line_cleared(shown: Shown) -> None:
    shown.ask("Why am I long?")

    assert [one.text for one in shown.sent] == ["Why am I long?"]
    assert shown.pane.line.text() == ""
    assert not shown.pane.suggestions.isVisible()
    assert shown.pane.views[0].question.text() == "Why am I long?"


async def test_an_answer_streams_and_escape_stops_it(shown: Shown) -> None:
    key = shown.ask("why?")

    shown.model.on_answer_grew(AnswerGrew(question=key, text="You are"))
    assert shown.pane.views[0].answer.text() == "You are ▌"

    shown.window.press(Key.Key_Escape)
    assert shown.sent[-1] == StopAnswer(question=key)


async def test_markup_in_an_answer_is_shown_as_text(shown: Shown) -> None:
    key = shown.ask("why?")

    shown.model.on_answer_done(
        AnswerDone(question=key, text="<b>1</b> & 2", citations=CITED, model="evidence")
    )

    answer = shown.pane.views[0].answer
    assert answer.text() == "<b>1</b> & 2"
    assert answer.textFormat() is Qt.TextFormat.PlainText
    assert "<" not in shown.pane.views[0].chips[0].toolTip()


async def test_enter_on_a_citation_opens_the_row(shown: Shown) -> None:
    key = shown.ask("why?")
    shown.model.on_answer_done(
        AnswerDone(question=key, text="x [1]", citations=CITED, model="evidence")
    )
    chips = shown.pane.views[0].chips
    assert [chip.text() for chip in chips] == ["[1] trade 812", "[2] order fks1"]

    chips[0].setFocus()
    shown.window.press(Key.Key_Space)

    dialogs = await shown.dialogs()
    assert [dialog.windowTitle() for dialog in dialogs] == ["trade:812"]
    dialogs[0].close()


async def test_alt_and_a_number_opens_a_citation_of_the_newest_answer(
    shown: Shown, qtbot: QtBot
) -> None:
    key = shown.ask("why?")
    shown.model.on_answer_done(
        AnswerDone(question=key, text="x [1]", citations=CITED, model="evidence")
    )

    qtbot.keyClick(shown.pane.line, Key.Key_1, Qt.KeyboardModifier.AltModifier)
    dialogs = await shown.dialogs()
    assert len(dialogs) == 1
    dialogs[0].close()

    shown.pane.open_citation(7)
    assert shown.pane.notice.text() == "The newest answer has no citation 7."


async def test_a_suggestion_asks_at_once(shown: Shown) -> None:
    buttons = shown.pane.suggestions.findChildren(type(shown.pane.ask_button))

    buttons[0].click()

    assert shown.sent[0].text == "Why am I long BTC/USDT?"


async def test_a_failed_answer_tells_why_and_no_model_is_said(shown: Shown) -> None:
    key = shown.ask("why?")
    shown.model.on_answer_failed(AnswerFailed(question=key, reason="The worker ended."))

    assert shown.pane.views[0].answer.text() == "The worker ended."
    assert shown.pane.status.text() == "No model installed: answers come from evidence alone."


async def test_it_fits_into_a_small_dock(shown: Shown) -> None:
    assert shown.pane.minimumSizeHint().width() <= 320


async def test_a_citation_is_shown_on_the_chart_and_what_has_no_moment_says_so(
    shown: Shown,
) -> None:
    at = datetime(2026, 3, 2, tzinfo=UTC)
    shown.facts.rows["trade:812"] = {
        "instrument": "demo:spot:BTC/USDT", "ts_event": at, "price": Decimal(63_000)
    }  # fmt: skip
    targets: list[Any] = []
    shown.pane.shown_on_chart.connect(targets.append)
    assert not shown.pane.show_selection()
    key = shown.ask("Why?")
    shown.model.on_answer_done(
        AnswerDone(question=key, text="[1][2]", citations=CITED, model="", was_stopped=False)
    )
    assert shown.pane.show_selection()
    await shown.dialogs()
    assert [(one.moment, one.price) for one in targets] == [(at, Decimal(63_000))]
    shown.model.show_citation(CITED[1])
    await shown.dialogs()

    assert "has no moment on a chart" in shown.pane.notice.text()
    shown.pane.open_citation(1)
    (dialog,) = await shown.dialogs()
    dialog._show(dialog_target := targets[0])
    assert targets == [dialog_target, dialog_target]


async def test_the_number_of_a_citation_survives_a_key_too_long_to_show(shown: Shown) -> None:
    key = shown.ask("why?")
    ref = RowRef(kind="market_trade", key="demo:spot:BTC/USDT:" + "9" * 40)
    cited = (Citation(number=1, ref=ref, excerpt=""),)
    shown.model.on_answer_done(AnswerDone(question=key, text="[1]", citations=cited, model=""))

    (chip,) = shown.pane.views[-1].chips
    assert chip.text().startswith("[1] market trade")
    assert chip.fontMetrics().horizontalAdvance(chip.text()) < chip.maximumWidth()


async def test_the_newest_words_stay_in_sight_however_late_they_get_their_height(
    shown: Shown,
) -> None:
    for number in range(8):
        shown.ask(f"why {number}?")
    bar = shown.pane._area.verticalScrollBar()
    shown.pane._area.widget().setMinimumHeight(3_000)
    QApplication.processEvents()

    assert bar.maximum() > 1_000
    assert bar.value() == bar.maximum()


async def test_whoever_reads_further_up_is_left_there(shown: Shown) -> None:
    shown.ask("why?")
    bar = shown.pane._area.verticalScrollBar()
    shown.pane._area.widget().setMinimumHeight(3_000)
    QApplication.processEvents()
    bar.setValue(100)
    shown.pane._area.widget().setMinimumHeight(4_000)
    QApplication.processEvents()

    assert bar.value() == 100
