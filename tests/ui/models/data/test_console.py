"""The console asks one thing at a time and tells what came of it."""

from __future__ import annotations

import asyncio

import pytest

from fks_desk.core.console import Column, ColumnKind, QueryAnswer
from fks_desk.core.errors import DataError
from fks_desk.core.nursery import Nursery
from fks_desk.ui.models.data.console import EXAMPLES, ConsoleModel
from tests.fakes.panes import Desk
from tests.ui.models.data.test_browser import MemoryFiles

ANSWER = QueryAnswer(
    columns=(Column(name="n", kind=ColumnKind.NUMBER),), rows=((1,),), is_cut=True, seconds=0.01
)


class MemoryConsole:
    def __init__(self) -> None:
        self.gate = asyncio.Event()
        self.gate.set()
        self.given_up = 0

    async def ask_sql(self, text, limit=1000):
        try:
            await self.gate.wait()
        except asyncio.CancelledError:
            self.given_up += 1
            raise
        if text.startswith("DELETE"):
            raise DataError("the console only reads: no")
        return ANSWER


class Bench:
    def __init__(self) -> None:
        self.desk = Desk(Nursery())
        self.console, self.files, self.states = MemoryConsole(), MemoryFiles(), []
        self.notices = []
        self.model = ConsoleModel(
            console=self.console,
            files=self.files,
            clock=self.desk.clock,
            nursery=self.desk.nursery,
        )
        self.model.state_changed.connect(
            lambda text, is_fault: self.states.append((text, is_fault))
        )
        self.model.notice_changed.connect(self.notices.append)

    async def until(self, is_so) -> None:
        async with asyncio.timeout(30):
            while not is_so():
                await asyncio.sleep(0)


@pytest.fixture
async def bench(qapp) -> Bench:
    return Bench()


async def test_an_answer_says_how_much_of_it_is_shown(bench):
    bench.model.run("SELECT 1")
    await bench.until(lambda: len(bench.states) == 2)

    assert bench.states[-1] == ("first 1 rows, more follow · 10 ms", False)
    assert bench.model.answer is ANSWER


async def test_what_changes_rows_is_refused_in_the_servers_words(bench):
    bench.model.run("DELETE FROM orders")
    await bench.until(lambda: len(bench.states) == 2)

    assert bench.states[-1] == ("the console only reads: no", True)


async def test_a_question_can_be_given_up_and_a_new_one_replaces_it(bench):
    bench.console.gate.clear()
    bench.model.run("SELECT pg_sleep(1)")
    await asyncio.sleep(0)
    bench.model.run("SELECT 2")
    await asyncio.sleep(0)
    bench.model.cancel()
    await bench.until(lambda: bench.console.given_up == 2)

    assert bench.states[-1] == ("Given up.", False)


async def test_statements_of_this_sitting_come_back(bench):
    bench.model.run("SELECT 1")
    bench.model.run("SELECT 2")

    assert bench.model.older() == "SELECT 1"
    assert bench.model.older() == EXAMPLES[-1]
    assert bench.model.newer() == "SELECT 1"
    bench.model.run("  ")
    assert bench.states[-1][1]


async def test_an_answer_is_exported(bench):
    bench.model.export()
    bench.model.run("SELECT 1")
    await bench.until(lambda: bench.model.answer)
    bench.model.export()
    await bench.until(lambda: bench.files.written)

    assert "no answer" in bench.notices[0]
    assert bench.files.written[0][1:] == (["n"], [(1,)])
