"""Draw what an account was worth over time, and what was put in."""

from __future__ import annotations

from PySide6.QtWidgets import QVBoxLayout, QWidget

from fks_desk.core.ledger import EquityPoint
from fks_desk.ui.actions.registry import ActionRegistry
from fks_desk.ui.models import format as fmt
from fks_desk.ui.models.account.risk import RiskModel
from fks_desk.ui.models.format import Tone
from fks_desk.ui.models.research.curve import account_curve
from fks_desk.ui.panes.notice import Notice
from fks_desk.ui.panes.research.equity_plot import EquityPlot
from fks_desk.ui.text import tr
from fks_desk.ui.widgets.pane import Pane

_LEAST = 2  # one point is no line


class EquityPane(Pane):
    """Show equity with its falls shaded; deposits and withdrawals are steps of the dashed line."""

    def __init__(self, *, model: RiskModel, parent: QWidget | None = None) -> None:
        super().__init__(name="equity", title=tr("Equity"), parent=parent)
        self.heading = Notice(name="equity.heading")
        self.heading.setContentsMargins(8, 4, 8, 4)
        self.plot = EquityPlot(name="equity.curve", reference=tr("put in"))
        self._box = QVBoxLayout()
        self._box.setContentsMargins(0, 0, 0, 0)
        self._box.addWidget(self.heading)
        self._box.addWidget(self.plot, 1)
        self._points: list[EquityPoint] = []
        content = QWidget()
        content.setLayout(self._box)
        self.set_content(content)
        self._say_nothing_yet()
        model.curve_changed.connect(self._take)

    def register_actions(self, registry: ActionRegistry) -> None:
        """Offer nothing of its own: the picture follows the account."""

    def showEvent(self, event: object) -> None:
        """Draw what came while nobody looked."""
        super().showEvent(event)  # type: ignore[arg-type]  # Qt's own event
        self._draw()

    def _take(self, points: list[EquityPoint]) -> None:
        self._points = points
        if self.isVisible():
            self._draw()

    def _draw(self) -> None:
        if len(self._points) < _LEAST:
            self._say_nothing_yet()
            return
        self.show_content()
        self.plot.show_curve(account_curve(self._points))
        first, last = self._points[0], self._points[-1]
        text = tr(
            "Since {start}: {made} made, {moved} put in or taken out, worth {worth} now",
            start=fmt.moment(first.at),
            made=fmt.signed(last.made - first.made, 2),
            moved=fmt.signed(last.transferred - first.transferred, 2),
            worth=fmt.money(last.equity, last.currency),
        )
        self.heading.say(text, Tone.PLAIN)

    def _say_nothing_yet(self) -> None:
        self.show_empty(tr("The account is valued once a minute; its line begins with the second."))
