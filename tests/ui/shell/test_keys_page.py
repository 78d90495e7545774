"""Change keys on the page for it, with keys alone; and see what may follow a leader."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLineEdit, QWidget
from pytestqt.qtbot import QtBot

from fks_desk.ui.actions.action import CHART, Action
from fks_desk.ui.actions.keymap import Keymap
from fks_desk.ui.actions.registry import ActionRegistry
from fks_desk.ui.shell.hints import ChordHints
from fks_desk.ui.shell.keys_page import KeysPage

K = Qt.Key


@pytest.fixture
def host(qtbot: QtBot, registry: ActionRegistry) -> QWidget:
    host = QWidget()
    qtbot.addWidget(host)
    host.resize(900, 600)
    for name, title, keys in (
        ("trend", "Trend line", ("Alt+T", ";, T")),
        ("fib", "Fibonacci retracement", (";, F",)),
        ("undo", "Undo", ("Ctrl+Z",)),
    ):
        action = Action(
            id=f"chart.{name}", title=title, category="Drawing", keys=keys, context=CHART
        )
        registry.register(action, lambda: None)
    host.show()
    host.activateWindow()
    return host


@pytest.fixture
def page(host: QWidget, registry: ActionRegistry, tmp_path: Path) -> KeysPage:
    keymap = Keymap(registry=registry, file=tmp_path / "keys.json")
    page = KeysPage(registry=registry, keymap=keymap, exports=tmp_path, parent=host)
    page.begin()
    return page


def test_an_action_is_found_and_given_other_keys(
    page: KeysPage, registry: ActionRegistry, qtbot: QtBot
) -> None:
    QTest.keyClicks(page.search, "fibo")
    assert page.table.rowCount() == 1
    QTest.keyClick(page, K.Key_Return)
    assert "Fibonacci" in page.notice.text()
    page.capture.setKeySequence(QKeySequence("Ctrl+Shift+F"))
    page.capture.editingFinished.emit()
    assert registry.keys("chart.fib") == ("Ctrl+Shift+F",)

    QTest.keyClick(page, K.Key_Backspace)
    assert registry.keys("chart.fib") == (";, F",)
    QTest.keyClick(page, K.Key_Delete)
    assert registry.keys("chart.fib") == ()
    assert "palette only" in page.notice.text()


def test_a_clash_is_named_and_the_keys_stay(page: KeysPage, registry: ActionRegistry) -> None:
    QTest.keyClicks(page.search, "fibo")
    QTest.keyClick(page, K.Key_Return)
    page.capture.setKeySequence(QKeySequence("Ctrl+Z"))
    page.capture.editingFinished.emit()

    assert "chart.undo" in page.notice.text()
    assert registry.keys("chart.fib") == (";, F",)


def test_a_map_is_exported_and_imported(page: KeysPage, registry: ActionRegistry) -> None:
    registry.remap("chart.fib", ["F9"])
    page.export_button.click()
    assert "written" in page.notice.text()
    page.reset_button.click()
    page.import_button.click()

    assert "taken" in page.notice.text()


def test_the_keys_that_may_follow_are_shown_until_one_is_pressed(
    host: QWidget, registry: ActionRegistry, qtbot: QtBot
) -> None:
    chart = QWidget(host)
    chart.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
    chart.resize(200, 200)
    chart.show()
    registry.bind(chart, CHART)
    hints = ChordHints(registry=registry, parent=host)
    chart.setFocus()
    qtbot.waitUntil(chart.hasFocus)
    QTest.keyClick(chart, K.Key_Semicolon)
    qtbot.waitUntil(hints.isVisible)
    assert hints.texts()[:2] == ["F", "Fibonacci retracement"]
    QTest.keyClick(chart, K.Key_F)

    assert not hints.isVisible()


def test_a_leader_typed_into_a_field_shows_nothing(
    host: QWidget, registry: ActionRegistry, qtbot: QtBot
) -> None:
    registry.bind(host, CHART)
    field = QLineEdit(host)
    field.show()
    hints = ChordHints(registry=registry, parent=host)
    field.setFocus()
    qtbot.waitUntil(field.hasFocus)
    QTest.keyClicks(field, ";")
    qtbot.waitUntil(lambda: field.text() == ";")

    assert not hints.isVisible()


def test_of_a_key_that_a_layer_takes_only_what_counts_now_is_shown(
    host: QWidget, registry: ActionRegistry, qtbot: QtBot
) -> None:
    registry.layer("chart.above", over=CHART)
    for name, context, title in (("below", CHART, "Below"), ("above", "chart.above", "Above")):
        action = Action(
            id=f"{context}.{name}", title=title, category="Chart", keys=(";, Q",), context=context
        )
        registry.register(action, lambda: None)
    chart = QWidget(host)
    chart.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
    chart.resize(200, 200)
    chart.show()
    for context in (CHART, "chart.above"):
        registry.bind(chart, context)
    hints = ChordHints(registry=registry, parent=host)
    chart.setFocus()
    qtbot.waitUntil(chart.hasFocus)
    found = []
    for is_on in (False, True):
        registry.set_layer("chart.above", is_on)
        QTest.keyClick(chart, K.Key_Semicolon)
        qtbot.waitUntil(hints.isVisible)
        texts = hints.texts()
        found.append({"Below", "Above"} & set(texts))
        QTest.keyClick(chart, K.Key_Escape)

    assert found == [{"Below"}, {"Above"}]
