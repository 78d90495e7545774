"""The ledger's question to a person is seen and answered by keys."""

from __future__ import annotations

from decimal import Decimal

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from fks_desk.core.desk_messages import AcceptDifference, LedgerChecked
from fks_desk.core.ledger import LedgerLine
from fks_desk.core.nursery import Nursery
from fks_desk.ui.panes.account.positions import PositionsPane
from tests.fakes.pane_keys import PaneWindow
from tests.fakes.panes import DEMO, NOON, Desk

Key = Qt.Key
LINES = (
    LedgerLine(currency="BTC", counted=Decimal("0.9"), told=Decimal("0.5")),
    LedgerLine(currency="USDT", counted=Decimal(100), told=Decimal(140)),
)


def checked(*, is_asked: bool) -> LedgerChecked:
    return LedgerChecked(account=DEMO, lines=LINES, at=NOON, is_asked=is_asked)


@pytest.fixture
def desk() -> Desk:
    made = Desk(Nursery())
    made.list_instruments()
    return made


def test_a_difference_that_waits_for_a_person_is_accepted_by_keys(desk: Desk, qtbot: QtBot) -> None:
    pane = PositionsPane(model=desk.portfolio)
    window = PaneWindow(qtbot, pane)
    desk.portfolio.on_ledger_checked(checked(is_asked=True))
    assert "; D" in pane.ledger.text()

    window.press(Key.Key_Semicolon, Key.Key_D)
    asked = pane.line.question.text().replace("\u2212", "-")
    assert "-0.4 BTC" in asked
    assert "+40 USDT" in asked
    assert desk.sent == []
    window.type("sold by phone")
    window.press(Key.Key_Return)

    assert desk.sent == [
        AcceptDifference(
            account=DEMO,
            differences={"BTC": Decimal("-0.4"), "USDT": Decimal(40)},
            note="sold by phone",
        )
    ]


def test_without_a_question_nothing_is_sent(desk: Desk, qtbot: QtBot) -> None:
    pane = PositionsPane(model=desk.portfolio)
    window = PaneWindow(qtbot, pane)
    desk.portfolio.on_ledger_checked(checked(is_asked=False))

    window.press(Key.Key_Semicolon, Key.Key_D)

    assert "; D" not in pane.ledger.text()
    assert desk.sent == []
    assert "nothing to accept" in pane.notice.text()
