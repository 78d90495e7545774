"""The crash drill by keyboard."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt

from fks_desk.core.crash_drill import (
    CancelCrashDrill,
    CrashDrillMoved,
    StartCrashDrill,
    StruckPart,
    VerdictState,
)
from fks_desk.ui.panes.desk.drill import DrillPane
from tests.fakes.pane_keys import PaneWindow
from tests.ui.models.desk.test_drill import Bench, judged

Key = Qt.Key


class Shown(Bench):
    def __init__(self, qtbot) -> None:
        super().__init__()
        self.pane = DrillPane(model=self.model)
        self.window = PaneWindow(qtbot, self.pane, size=(320, 480))
        self.pane.table.setFocus()

    def lines(self) -> list[list[str]]:
        rows = self.pane.rows
        return [
            [rows.index(line, column).data() for column in range(rows.columnCount())]
            for line in range(rows.rowCount())
        ]


@pytest.fixture
async def shown(qtbot) -> Shown:
    return Shown(qtbot)


@pytest.mark.parametrize(
    ("key", "control", "part"),
    [
        (Key.Key_Return, True, StruckPart.DESK),
        (Key.Key_D, False, StruckPart.DATABASE),
        (Key.Key_B, False, StruckPart.BOTH),
    ],
)
async def test_a_key_begins_a_drill(shown, key, control, part) -> None:
    shown.window.press(key, control=control)

    assert shown.desk.sent == [StartCrashDrill(part=part)]


async def test_the_points_stand_in_the_order_of_an_orders_life_with_their_verdicts(shown) -> None:
    states = (VerdictState.PASSED, VerdictState.RUNNING)
    shown.model.on_moved(CrashDrillMoved(drill=judged(*states)))
    first, second, third, *_ = shown.lines()

    assert len(shown.lines()) == 14
    assert first[:4] == ["while the database is migrated", "desk", "✓ passed", "12.5 s"]
    assert second[2] == "… running"
    assert third[2] == "· waiting"
    assert shown.pane.table.current_row().point == "intent.before_persist"


async def test_del_cancels_it(shown) -> None:
    shown.model.on_moved(CrashDrillMoved(drill=judged(VerdictState.RUNNING)))
    shown.window.press(Key.Key_Delete)

    assert shown.desk.sent == [CancelCrashDrill()]
