"""Turn what a chart shows into what a workspace keeps, and back."""

from __future__ import annotations

from collections.abc import Callable

from fks_desk.ui.chart.layers.candles import ChartType
from fks_desk.ui.chart.view import ChartView
from fks_desk.ui.models.chart_state import ChartState, Group, StudyState


def kept(view: ChartView, name: str, group: Group) -> ChartState:
    """Return what the view shows, to be kept."""
    model, stack = view.model, view.stack
    compared = None if model.compared is None else model.compared.instrument
    return ChartState(
        name=name,
        instrument=model.instrument_id,
        timeframe=model.timeframe,
        bars=stack.candles.type.value,
        bar_size=model.bar_size,
        has_volume=stack.has_volume,
        has_grid=stack.has_grid,
        is_log=stack.price.is_log,
        is_percent=stack.is_percent,
        is_inverted=stack.price.is_inverted,
        group=group,
        bar_width=view.bar_width,
        compared=compared,
        studies=tuple(
            StudyState(name=study.indicator.name, params=dict(study.params))
            for study in model.studies
        ),
    )


def show_kept(view: ChartView, state: ChartState, *, with_instrument: bool) -> None:
    """Show what was kept; indicators come apart, for their library is slow to load."""
    model, stack = view.model, view.stack
    view.bar_width = state.bar_width
    for is_so, wanted, toggle in (
        (stack.has_volume, state.has_volume, view.toggle_volume),
        (stack.has_grid, state.has_grid, view.toggle_grid),
        (stack.price.is_log, state.is_log, view.toggle_log),
        (stack.is_percent, state.is_percent, view.toggle_percent),
        (stack.price.is_inverted, state.is_inverted, view.toggle_inverted),
    ):
        if is_so is not wanted:
            toggle()
    if with_instrument and state.instrument is not None:
        model.show(state.instrument, state.timeframe)
        model.compare(state.compared)
    view.set_type(ChartType(state.bars))
    if state.bar_size > 0:
        model.set_kind(model.kind, state.bar_size)


def show_kept_studies(view: ChartView, state: ChartState, tell: Callable[[str], None]) -> None:
    """Draw the indicators that were kept, in place of those drawn now."""
    for study in list(view.model.studies):
        view.model.remove_study(study)
    for one in state.studies:
        try:
            view.model.add_study(one.name, one.params)
        except ValueError as error:
            tell(str(error))
