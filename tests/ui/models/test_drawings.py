from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from PySide6.QtWidgets import QApplication

from fks_desk.core.clock import SteppedClock
from fks_desk.core.drawings import DeleteDrawings, DrawingId, DrawingKind, DrawingsChanged
from fks_desk.ui.models.drawings import DrawingBook
from tests.fakes.charting import MadeDrawings, made_drawing
from tests.fakes.charts import AtOnce
from tests.fakes.rows import BTC, ETH, NOW

LINE = made_drawing(BTC, DrawingKind.TREND, NOW, "100", "110")


class Table:
    """Hold a book with what it sent."""

    def __init__(self, drawings: Any = ()) -> None:
        self.sent: list[Any] = []
        self.clock = SteppedClock(NOW)
        self.store = MadeDrawings(drawings)
        self.book = DrawingBook(
            store=self.store, send=self.sent.append, clock=self.clock, nursery=AtOnce()
        )


@pytest.fixture
def table(qapp: QApplication) -> Table:
    return Table()


def test_stored_drawings_are_read_once_they_are_wanted(qapp: QApplication) -> None:
    table = Table([LINE])
    assert table.book.of(BTC) == ()
    table.book.want(BTC)

    assert table.book.of(BTC) == (LINE,)
    assert table.book.of(ETH) == ()


def test_every_step_can_be_undone_and_done_again(table: Table) -> None:
    book = table.book
    book.put(LINE)
    moved = LINE.moved(timedelta(hours=1), Decimal(1))
    book.put(moved)
    book.remove(BTC, [LINE.id])
    seen = [book.of(BTC)]
    while book.undo(BTC):
        seen.append(book.of(BTC))
    assert [len(one) for one in seen] == [0, 1, 1, 0]
    assert seen[1][0].anchors == moved.anchors
    assert seen[2][0].anchors == LINE.anchors

    while book.redo(BTC):
        pass

    assert book.of(BTC) == ()
    assert isinstance(table.sent[-1], DeleteDrawings)


def test_a_new_step_forgets_what_was_undone(table: Table) -> None:
    table.book.put(LINE)
    table.book.undo(BTC)
    table.book.put(replace(LINE, id=DrawingId("other")))

    assert not table.book.redo(BTC)


def test_an_echo_of_the_engine_never_moves_a_drawing_back(table: Table) -> None:
    table.book.put(LINE)
    table.clock.advance(timedelta(seconds=1))
    moved = LINE.moved(timedelta(), Decimal(5))
    table.book.put(moved)
    table.book.on_drawings_changed(DrawingsChanged(saved=(LINE,)))

    assert table.book.of(BTC)[0].anchors == moved.anchors


def test_what_another_window_draws_and_removes_shows_here(table: Table) -> None:
    table.book.want(BTC)
    table.book.on_drawings_changed(DrawingsChanged(saved=(LINE,)))
    assert table.book.of(BTC) == (LINE,)
    table.book.on_drawings_changed(DrawingsChanged(deleted=(LINE.id,)))

    assert table.book.of(BTC) == ()


def test_locked_drawings_survive_a_clearance(table: Table) -> None:
    other = replace(LINE, id=DrawingId("other"))
    table.book.put(LINE)
    assert table.book.lock(BTC)
    table.book.put(other)
    table.book.clear(BTC)

    assert [one.id for one in table.book.of(BTC)] == [LINE.id]
