"""Change indicators, anchors, profiles and the compared symbol by keys."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import cast

from PySide6.QtCore import QObject, Signal

from fks_desk.core.model import InstrumentId
from fks_desk.ui.actions.action import CHART, Action
from fks_desk.ui.actions.registry import ActionRegistry
from fks_desk.ui.chart.entry import EntryBox
from fks_desk.ui.chart.view import ChartView
from fks_desk.ui.models.choices import Choice, parameter_choices, symbol_choices
from fks_desk.ui.models.studies import Study
from fks_desk.ui.text import tr


class Studying(QObject):
    """Ask over the chart what to study, and show it while it is typed."""

    noticed = Signal(str)

    def __init__(self, view: ChartView, entry: EntryBox, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._view = view
        self._model = view.model
        self._entry = entry
        self._before: tuple[Study, Mapping[str, float]] | None = None
        entry.closed.connect(self._give_back)

    def ask_change(self) -> None:
        """Ask which indicator to change; with one alone there is nothing to ask."""
        studies = [study for study in self._model.studies if study.indicator.parameters]
        if len(studies) == 1:
            self.change(studies[0])
            return
        rows = [Choice(title=study.title, value=study) for study in studies]
        if not rows:
            self.noticed.emit(tr("There is no indicator with parameters on the chart."))
            return

        def matching(text: str) -> Sequence[Choice]:
            return [row for row in rows if text.strip().upper() in row.title.upper()]

        self._entry.ask(
            tr("Change an indicator"), "", matching, lambda study: self.change(cast("Study", study))
        )

    def change(self, study: Study) -> None:
        """Ask for an indicator's parameters and show each as soon as it is typed; Esc goes back."""
        self._before = (study, study.params)
        names = ", ".join(parameter.title for parameter in study.indicator.parameters)
        text = " ".join(
            one.text(study.params[one.name])
            for one in study.indicator.parameters
            # A choice that everybody expects need not be typed again, and is listed below.
            if not one.words or study.params[one.name] != one.default
        )
        self._entry.ask(
            f"{study.indicator.name}: {names}",
            text,
            lambda typed: self._tried(study, typed),
            lambda params: self._model.change_study(study, cast("Mapping[str, float]", params)),
        )

    def anchor(self) -> None:
        """Average prices by volume from the bar under the crosshair on."""
        series, number = self._model.series, self._view.stack.number_read
        if not len(series):
            return
        moment = series.time_at(number, self._model.bar_ms) // 1000
        self._model.add_study("AVWAP", {"anchor": float(moment)})

    def toggle_profile(self) -> None:
        """Show or hide the volume traded at each price, of the bars in sight."""
        profile = self._view.stack.profile
        profile.is_shown = not (profile.is_shown and profile.fixed is None)
        profile.fixed = None
        self._view.touch()

    def fix_profile(self) -> None:
        """Keep the profile of the bars in sight now, wherever the window goes; again lets go."""
        profile, shown = self._view.stack.profile, self._view.shown
        is_fixed = profile.is_shown and profile.fixed is not None
        profile.fixed = None if is_fixed else (int(shown.left), int(shown.right))
        profile.is_shown = not is_fixed
        self._view.touch()

    def ask_compare(self) -> None:
        """Ask for a symbol to be laid over the bars; nothing is compared without one."""
        model = self._model
        if model.compared is not None:
            model.compare(None)
            return
        model.read_stored()
        self._entry.ask(
            tr("Compare with (percent)"),
            "",
            lambda text: symbol_choices(text, model.known, model.stored, model.venue),
            lambda instrument: model.compare(InstrumentId(str(instrument))),
        )

    def _tried(self, study: Study, text: str) -> Sequence[Choice]:
        choices = parameter_choices(text, study)
        params = choices[0].value
        if params is not None and params != study.params:
            self._model.change_study(study, cast("Mapping[str, float]", params))
        return choices

    def _give_back(self) -> None:
        """Go back to what was there; what is taken is set right after."""
        if self._before is not None:
            (study, params), self._before = self._before, None
            if study in self._model.studies:
                self._model.change_study(study, params)


def register_study_keys(registry: ActionRegistry, studying: Studying) -> None:
    """Offer everything that studies can do."""
    rows: list[tuple[str, str, tuple[str, ...], Callable[[], None]]] = [
        ("change_indicator", tr("Change an indicator's parameters"), ("Ctrl+Shift+I",),
         studying.ask_change),
        ("anchor_vwap", tr("Anchor a VWAP at the crosshair"), (), studying.anchor),
        ("profile", tr("Volume profile of the bars in sight"), (), studying.toggle_profile),
        ("fixed_profile", tr("Volume profile of a fixed stretch"), (), studying.fix_profile),
        ("compare", tr("Compare with another symbol"), (), studying.ask_compare),
    ]  # fmt: skip
    for name, title, keys, work in rows:
        action = Action(
            id=f"{CHART}.{name}", title=title, category=tr("Chart"), keys=keys, context=CHART
        )
        registry.register(action, work)
