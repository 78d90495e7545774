"""Show what strategies said, with the rule and the confidence, to be taken or skipped."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from fks_desk.core.model import SignalDecision, Stance
from fks_desk.ui.actions.action import Action
from fks_desk.ui.actions.registry import ActionRegistry
from fks_desk.ui.models import format as fmt
from fks_desk.ui.models.format import Tone
from fks_desk.ui.models.research.signals import SignalRow, SignalsModel
from fks_desk.ui.models.target import JUST_BEFORE, ChartTarget
from fks_desk.ui.panes.table_pane import TablePane
from fks_desk.ui.tables.column import Column
from fks_desk.ui.text import tr

_TONES = {Stance.LONG: Tone.UP, Stance.SHORT: Tone.DOWN, Stance.FLAT: Tone.MUTED}


class SignalsPane(TablePane[SignalRow]):
    """List signals, newest on top; Enter shows one on the chart, Ctrl+Enter takes it."""

    def __init__(self, *, model: SignalsModel, parent: QWidget | None = None) -> None:
        super().__init__(
            name="signals",
            title=tr("Signals"),
            hint=tr(
                "No signal yet. Strategies watch the candles of your live charts and speak when "
                "they change their mind. Ctrl+Enter fills the ticket in from a signal, Del skips "
                "it; nothing is ever sent by a signal."
            ),
            columns=columns(),
            key=lambda row: row.key,
            order=lambda row: row.moment,
            parent=parent,
        )
        self._model = model
        model.rows_changed.connect(self.rows.upsert)
        model.notice_changed.connect(self.notice.say)
        model.failed.connect(self.notice.say)
        self.table.row_opened.connect(self.open_on_chart)

    def register_actions(self, registry: ActionRegistry) -> None:
        """Offer to take and to skip a signal."""
        offers = (
            ("take", tr("Take the chosen signal"), ("Ctrl+Return", "Ctrl+Enter"),
             tr("Its order is staged on the chart, to be looked at; Enter sends it."),
             self._model.take),
            ("skip", tr("Skip the chosen signal"), ("Del",),
             tr("The discipline pane shows later what that was worth."), self._model.skip),
        )  # fmt: skip
        for name, title, keys, help_, work in offers:
            action = Action(
                id=f"signals.{name}",
                title=title,
                category=tr("Trade"),
                keys=keys,
                context=self.name,
                help=help_,
            )
            registry.register(action, lambda work=work: work(self.current()))

    def target_of(self, row: SignalRow) -> ChartTarget:
        """Return the bar that the signal was made at."""
        signal = row.signal
        return ChartTarget(
            instrument=signal.instrument,
            moment=signal.ts_event - JUST_BEFORE,
            timeframe=signal.timeframe,
        )


def columns() -> list[Column[SignalRow]]:
    """Return the columns of the table."""
    return [
        Column(
            title=tr("Time"),
            text=lambda row: fmt.moment(row.moment),
            sample="2026-00-00 00:00:00",
            tone=lambda _row: Tone.MUTED,
        ),
        Column(title=tr("Symbol"), text=lambda row: row.symbol, sample="WWWW/USDT"),
        Column(title=tr("TF"), text=lambda row: row.signal.timeframe.value, sample="15m"),
        Column(
            title=tr("Strategy"), text=lambda row: row.signal.strategy, sample="bollinger_breakout"
        ),
        Column(
            title=tr("Stance"),
            text=lambda row: stance_text(row.signal.stance),
            sample="▼ Short",
            tone=lambda row: _TONES[row.signal.stance],
        ),
        Column(
            title=tr("Price"),
            text=lambda row: fmt.number(
                row.signal.price, row.instrument.price_digits if row.instrument else 2
            ),
            sample="123,456.00",
            is_number=True,
        ),
        Column(
            title=tr("Confidence"),
            text=lambda row: f"{row.signal.confidence * 100:.0f} %",
            sample="Confidence",
            is_number=True,
            tip=lambda _row: tr("the share of the strategies that lean the same way"),
        ),
        Column(
            title=tr("Decision"),
            text=decision_text,
            sample="until 00:00:00",
            tone=lambda row: Tone.PLAIN if row.signal.decision else Tone.MUTED,
            tip=lambda _row: tr("Ctrl+Enter takes a signal until it expires, Del skips it"),
        ),
        Column(
            title=tr("Rule"),
            text=lambda row: row.signal.rule,
            sample="Long while the 20-bar average of the close is above the 50-bar one",
            tip=_inputs,
        ),
    ]


def stance_text(stance: Stance) -> str:
    """Return a stance with a mark that needs no colour."""
    words = {Stance.LONG: tr("▲ Long"), Stance.SHORT: tr("▼ Short"), Stance.FLAT: tr("■ Flat")}
    return words[stance]


def decision_text(row: SignalRow) -> str:
    """Return what was made of a signal, or until when it can be taken."""
    words = {SignalDecision.TAKEN: tr("✓ taken"), SignalDecision.SKIPPED: tr("✗ skipped")}
    decision = row.signal.decision
    if decision is not None:
        return words[decision]
    return tr("until {time}", time=fmt.clock_time(row.signal.expires))


def _inputs(row: SignalRow) -> str:
    inputs = ", ".join(f"{name} {value:,.6g}" for name, value in row.signal.inputs.items())
    return f"{row.signal.rule}\n{inputs}".strip()
