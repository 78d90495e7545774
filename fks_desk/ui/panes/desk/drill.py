"""Kill a scratch desk at every point of an order's life, and see what came back."""

from __future__ import annotations

from functools import partial

from PySide6.QtWidgets import QWidget

from fks_desk.core.crash_drill import StruckPart, Verdict, VerdictState
from fks_desk.ui.actions.action import Action
from fks_desk.ui.actions.registry import ActionRegistry
from fks_desk.ui.models import format as fmt
from fks_desk.ui.models.desk.drill import DrillModel, part_text, point_text, state_text
from fks_desk.ui.models.format import Tone
from fks_desk.ui.panes.data.controls import button_row, column_of, notice_line, push_button
from fks_desk.ui.tables.column import Column
from fks_desk.ui.tables.model import KeyedTableModel
from fks_desk.ui.tables.view import DeskTable
from fks_desk.ui.text import tr
from fks_desk.ui.widgets.pane import Pane

CONTEXT = "drill"
_TONES = {VerdictState.PASSED: Tone.UP, VerdictState.FAILED: Tone.DOWN}


class DrillPane(Pane):
    """List the points with their verdicts, in the order of an order's life."""

    def __init__(self, *, model: DrillModel, parent: QWidget | None = None) -> None:
        super().__init__(name="drill", title=tr("Crash drill"), contexts=(CONTEXT,), parent=parent)
        self._model = model
        self.rows: KeyedTableModel[Verdict] = KeyedTableModel(
            columns(),
            key=lambda verdict: verdict.point,
            order=self._place,
            newest_first=False,
            parent=self,
        )
        self.table = DeskTable(
            self.rows,
            name="drill.table",
            hint=tr("No drill yet. Ctrl+Enter kills a scratch desk at each point of an order."),
        )
        self.summary = notice_line("drill.summary")
        self.notice = notice_line("drill.notice")
        self.set_content(
            column_of((self.summary, 0), (self.table, 1), (self.notice, 0), (self._buttons(), 0))
        )
        model.verdicts_changed.connect(self._on_verdicts)
        model.summary_changed.connect(lambda text: self.summary.say(text, Tone.PLAIN))
        model.notice_changed.connect(lambda text: self.notice.say(text, Tone.PLAIN))
        model.failed.connect(self.notice.say)

    def register_actions(self, registry: ActionRegistry) -> None:
        """Offer to begin a drill and to end it."""
        for name, title, keys, handler in (
            (
                "start_desk",
                tr("Crash drill: kill a scratch desk at every point"),
                ("Ctrl+Return", "Ctrl+Enter"),
                partial(self._model.start, StruckPart.DESK),
            ),
            (
                "start_database",
                tr("Crash drill: kill a scratch desk's database at every point"),
                ("D",),
                partial(self._model.start, StruckPart.DATABASE),
            ),
            (
                "start_both",
                tr("Crash drill: kill a scratch desk and its database at every point"),
                ("B",),
                partial(self._model.start, StruckPart.BOTH),
            ),
            ("cancel", tr("Cancel the crash drill"), ("Del", "Backspace"), self._model.cancel),
        ):
            registry.register(
                Action(
                    id=f"drill.{name}",
                    title=title,
                    category=tr("Desk"),
                    keys=keys,
                    context=CONTEXT,
                ),
                handler,
            )

    def focus_target(self) -> QWidget:
        """Give the keys to the table."""
        return self.table

    def _place(self, verdict: Verdict) -> int:
        drill = self._model.drill
        points = [one.point for one in drill.verdicts] if drill is not None else []
        return points.index(verdict.point) if verdict.point in points else len(points)

    def _on_verdicts(self, verdicts: list[Verdict]) -> None:
        chosen = self.table.current_row()
        self.rows.reset(verdicts)
        running = [one for one in verdicts if one.state is VerdictState.RUNNING]
        if running:
            self.table.select_key(running[0].point)
        elif chosen is not None:
            self.table.select_key(chosen.point)

    def _buttons(self) -> QWidget:
        start = self._model.start
        return button_row(
            [
                push_button(
                    "drill.start_desk",
                    tr("Kill the desk  Ctrl+↵"),
                    partial(start, StruckPart.DESK),
                ),
                push_button(
                    "drill.start_database",
                    tr("Kill the database  D"),
                    partial(start, StruckPart.DATABASE),
                ),
                push_button(
                    "drill.start_both", tr("Kill both  B"), partial(start, StruckPart.BOTH)
                ),
                push_button("drill.cancel", tr("Cancel  Del"), self._model.cancel),
            ]
        )


def columns() -> list[Column[Verdict]]:
    """Return the columns of the table."""
    return [
        Column(
            title=tr("Killed"),
            text=point_text,
            sample="when the new state was written, untold",
            tip=lambda verdict: verdict.point,
        ),
        Column(
            title=tr("What"),
            text=lambda verdict: part_text(verdict.part),
            sample="desk and database",
            tone=lambda _verdict: Tone.MUTED,
        ),
        Column(
            title=tr("Verdict"),
            text=lambda verdict: state_text(verdict.state),
            sample="… running on",
            tone=lambda verdict: _TONES.get(verdict.state, Tone.MUTED),
        ),
        Column(
            title=tr("Settled after"),
            text=lambda verdict: f"{fmt.real(verdict.seconds, 1)} s" if verdict.seconds else "",
            sample="100.0 s",
            is_number=True,
        ),
        Column(
            title=tr("Found"),
            text=lambda verdict: verdict.detail,
            sample="I11: an order that is at the venue is unknown here",
            tone=lambda _verdict: Tone.DOWN,
            tip=lambda verdict: verdict.detail,
        ),
    ]
