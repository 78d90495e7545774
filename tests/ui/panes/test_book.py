"""Walk the ladder by keys and stage an order at a level."""

from __future__ import annotations

from decimal import Decimal

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest

from fks_desk.core.messages import BookMoved
from fks_desk.core.model import Side
from fks_desk.ui.actions.registry import ActionRegistry
from fks_desk.ui.models.book import BookModel
from fks_desk.ui.panes.book import BookPane
from fks_desk.ui.theme.colors import DARK
from tests.ui.chart.conftest import BTC, colors_in
from tests.ui.models.test_book import made_book, market  # noqa: F401  a fixture


@pytest.fixture
def model(market):  # noqa: F811  the fixture
    made = BookModel(market=market)
    made.asked = []
    made.chosen.connect(lambda side, price: made.asked.append((side, price)))
    return made


@pytest.fixture
def pane(qtbot, model):
    made = BookPane(model=model)
    made.registry = ActionRegistry()
    made.register_actions(made.registry)
    qtbot.addWidget(made)
    made.resize(260, 400)
    made.show()
    model.set_instrument(BTC.id)
    model.on_book_moved(BookMoved(book=made_book(count=20)))
    return made


def test_without_a_book_the_pane_says_so_and_no_key_stages(qtbot, model):
    pane = BookPane(model=model)
    registry = ActionRegistry()
    pane.register_actions(registry)
    qtbot.addWidget(pane)
    registry.trigger("book.stage")
    registry.trigger("book.down")

    assert model.asked == []
    assert pane.ladder.spoken == ""


def test_as_many_levels_are_shown_as_have_room(pane):
    pane.grab()
    few = len(pane.ladder.bids)
    pane.resize(260, 700)
    pane.grab()

    assert 0 < few < len(pane.ladder.bids) <= 20
    assert len(pane.ladder.bids) == len(pane.ladder.asks)


def test_the_cursor_walks_over_the_spread_and_enter_stages_at_its_level(pane, model):
    for name in ("stage", "down", "down", "stage", "up", "up", "stage", "up", "stage"):
        pane.registry.trigger(f"book.{name}")
    pane.registry.trigger("book.best")
    pane.registry.trigger("book.stage")

    assert model.asked == [
        (Side.BUY, Decimal(100)),
        (Side.BUY, Decimal(99)),
        (Side.SELL, Decimal("100.5")),
        (Side.SELL, Decimal("101.5")),
        (Side.BUY, Decimal(100)),
    ]


def test_the_level_under_the_cursor_is_told_in_words(pane):
    pane.registry.trigger("book.up")

    assert pane.ladder.accessibleDescription().startswith(
        "ask 100.50, size 2.00000, 2.00000 up to here. Spread 0.50"
    )


def test_a_click_puts_the_cursor_on_a_level(pane, model):
    ladder = pane.ladder
    pane.grab()
    y = int(ladder._top + (len(ladder.asks) + 2.5) * ladder._tall)
    QTest.mouseClick(ladder, Qt.MouseButton.LeftButton, pos=QPoint(50, y))
    pane.registry.trigger("book.stage")

    assert model.asked == [(Side.BUY, Decimal(99))]


def test_both_sides_are_painted_in_their_colours(pane):
    image = pane.ladder.grab().toImage()
    middle = image.height() // 2

    assert DARK.up in colors_in(image, 0, middle, 120, image.height())
    assert DARK.down in colors_in(image, 0, 0, 120, middle)
