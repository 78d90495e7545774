from __future__ import annotations

from typing import Any

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from fks_desk.core.messages import HealthMoved, HealthState
from fks_desk.core.nursery import Nursery
from fks_desk.ui.models.desk.health import HealthModel
from fks_desk.ui.models.desk.journal import JournalModel
from fks_desk.ui.panes.desk.health import HealthPane
from fks_desk.ui.panes.desk.health_tiles import HealthTile
from fks_desk.ui.panes.detail import DetailDialog
from fks_desk.ui.widgets.label import PlainLabel
from tests.fakes.pane_keys import PaneWindow
from tests.ui.models.desk.test_journal import MemoryJournal

Key = Qt.Key


@pytest.fixture
async def parts(qtbot: QtBot) -> tuple[HealthModel, JournalModel, HealthPane]:
    journal: Any = MemoryJournal(1, 2)
    health, tail = HealthModel(), JournalModel(journal=journal, nursery=Nursery())
    return health, tail, HealthPane(health=health, journal=tail)


async def test_a_bad_part_stands_on_top_with_its_next_step(
    qtbot: QtBot, parts: tuple[HealthModel, JournalModel, HealthPane]
) -> None:
    health, _tail, pane = parts
    PaneWindow(qtbot, pane, size=(320, 480))
    health.on_health_moved(HealthMoved(part="database", state=HealthState.GOOD, detail="12 ms"))
    health.on_health_moved(
        HealthMoved(
            part="worker", state=HealthState.BAD, detail="ended", next_step="Start it again."
        )
    )

    tiles = pane.findChildren(HealthTile)
    texts = [label.text() for label in tiles[0].findChildren(PlainLabel) if label.isVisible()]
    assert texts == ["✕", "worker", "ended", "Start it again."]
    assert pane.title == "Health (1)"


async def test_the_journal_is_read_and_enter_opens_a_row(
    qtbot: QtBot, parts: tuple[HealthModel, JournalModel, HealthPane]
) -> None:
    _health, tail, pane = parts
    window = PaneWindow(qtbot, pane, size=(320, 480))
    await tail._load()

    window.press(Key.Key_Home, Key.Key_Return)

    assert pane.rows.rowCount() == 2
    dialog = pane.findChild(DetailDialog)
    assert dialog.windowTitle() == "Journal row 2"
    dialog.close()
