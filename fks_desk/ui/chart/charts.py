"""Hold every chart of the window: which has the keys, who follows whom, what a workspace keeps."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterable, Sequence

from PySide6.QtCore import QObject, Signal

from fks_desk.core.errors import ConfigError
from fks_desk.core.model import InstrumentId
from fks_desk.core.nursery import Nursery
from fks_desk.strategy.indicators import names as indicator_names
from fks_desk.ui.actions.action import CHART, Action
from fks_desk.ui.actions.registry import ActionRegistry
from fks_desk.ui.chart.links import Links
from fks_desk.ui.chart.pane import ChartPane
from fks_desk.ui.models.chart_state import ChartState
from fks_desk.ui.text import tr

GRIDS = {1: 1, 2: 2, 4: 2, 6: 3, 9: 3}  # charts, and how many stand side by side
FIRST_CHART = "chart"
_PREFIX = f"{FIRST_CHART}-"


class Charts(QObject):
    """Make charts as they are wanted; one of them is active and has the chart's keys.

    `make` builds a pane of a name. `may_show` tells whether an instrument of a saved
    workspace belongs to this desk's venue.
    """

    active_changed = Signal(object)  # ChartPane
    made = Signal(object)  # ChartPane
    grid_wanted = Signal(object, object)  # list[str] of panes, how many side by side

    def __init__(
        self,
        *,
        make: Callable[[str], ChartPane],
        registry: ActionRegistry,
        nursery: Nursery,
        may_show: Callable[[InstrumentId], bool] = lambda _instrument: True,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._make = make
        self._registry = registry
        self._nursery = nursery
        self._may_show = may_show
        self._panes: dict[str, ChartPane] = {}
        self._links = Links(self._panes.values, parent=self)
        self._is_restored = False
        self.first = self.active = self._add(FIRST_CHART)
        self.first.register_actions(registry)
        self._register()

    @property
    def panes(self) -> Sequence[ChartPane]:
        """Return every chart, the first one first."""
        return tuple(self._panes.values())

    @property
    def is_restored(self) -> bool:
        """Tell whether a workspace said what the charts show."""
        return self._is_restored

    def provide(self, name: str) -> ChartPane | None:
        """Return the chart of a name, made now if need be; None for what is no chart."""
        if name in self._panes:
            return self._panes[name]
        return self._add(name) if name.startswith(_PREFIX) else None

    def activate(self, pane: ChartPane) -> None:
        """Let the chart's keys do their work on this one."""
        if pane is not self.active:
            self.active.rest()
            self.active = pane
            pane.register_actions(self._registry)
            self.active_changed.emit(pane)

    def show_grid(self, count: int) -> None:
        """Show so many charts side by side; new ones begin with what the active one shows."""
        names = [self.first.name, *[f"{_PREFIX}{number}" for number in range(2, count + 1)]]
        model = self.active.model
        for name in names:
            pane = self.provide(name)
            if pane is not None and pane.model.instrument_id is None and model.instrument_id:
                pane.model.show(model.instrument_id, model.timeframe)
        active = self.active if self.active.name in names else self.first
        self.grid_wanted.emit(names, GRIDS.get(count, 3))
        active.focus_now()

    def save(self) -> str:
        """Return every chart as text."""
        return json.dumps([pane.state().as_json() for pane in self._panes.values()])

    def restore(self, text: str) -> None:
        """Take the charts of a workspace; raises `ConfigError` if the text is damaged."""
        if not text:
            return
        try:
            states = [ChartState.of_json(one) for one in json.loads(text)]
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise ConfigError(tr("The charts of this workspace are damaged.")) from error
        self._is_restored = bool(states)
        for state in states:
            pane = self.provide(state.name)
            if pane is not None:
                is_known = state.instrument is not None and self._may_show(state.instrument)
                pane.restore_state(state, with_instrument=is_known)
        self._nursery.start(self._restore_studies(states), name="restore indicators")

    async def _restore_studies(self, states: Iterable[ChartState]) -> None:
        # Their library is heavy, so it is loaded beside the window's loop.
        await asyncio.to_thread(indicator_names)
        for state in states:
            pane = self.provide(state.name)
            if pane is not None:
                pane.restore_studies(state)

    def _add(self, name: str) -> ChartPane:
        pane = self._panes[name] = self._make(name)
        self._links.join(pane)
        pane.entered.connect(lambda: self.activate(pane))
        self.made.emit(pane)
        return pane

    def _register(self) -> None:
        for count in GRIDS:
            title = tr("One chart") if count == 1 else tr("{count} charts", count=count)
            action = Action(
                id=f"chart.grid_{count}",
                title=title,
                category=tr("Charts"),
                keys=(f";, {count}",),
                context=CHART,
            )
            self._registry.register(action, lambda count=count: self.show_grid(count))
        for name, title, keys, work in (
            ("group", tr("Next colour of linked charts"), (";, G",), self._next_group),
            ("next", tr("Next chart"), ("Ctrl+Tab", ";, Tab"), lambda: self._step(1)),
            ("previous", tr("Chart before"), ("Ctrl+Shift+Tab",), lambda: self._step(-1)),
        ):
            action = Action(
                id=f"chart.{name}", title=title, category=tr("Charts"), keys=keys, context=CHART
            )
            self._registry.register(action, work)

    def _next_group(self) -> None:
        self.active.set_group(self.active.group.after)

    def _step(self, by: int) -> None:
        shown = [pane for pane in self._panes.values() if pane.isVisible()]
        if self.active in shown:
            shown[(shown.index(self.active) + by) % len(shown)].focus_now()
