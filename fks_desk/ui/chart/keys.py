"""Name what keys do on the chart, and what they do while an order is staged there."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from fks_desk.ui.actions.action import CHART, Action
from fks_desk.ui.actions.registry import ActionRegistry
from fks_desk.ui.chart.layers.candles import ChartType
from fks_desk.ui.chart.view import ChartView
from fks_desk.ui.models.staging import Staging
from fks_desk.ui.text import tr

STAGED = "chart.staged"
_FAR = 0.8  # of the bars in sight
_ZOOM = 1.25
_BIG_NUDGE = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Wishes:
    """Hold what the pane does for keys that ask for more than the view can do."""

    symbol: Callable[[], None]
    interval: Callable[[], None]
    indicator: Callable[[], None]
    size: Callable[[], None]
    date: Callable[[], None]
    alert: Callable[[], None]
    snapshot: Callable[[], None]
    vector: Callable[[], None]
    reload: Callable[[], None]
    submit: Callable[[], None]


_Row = tuple[str, str, tuple[str, ...], Callable[[], None]]


def register_keys(
    registry: ActionRegistry, view: ChartView, staging: Staging, wishes: Wishes
) -> None:
    """Register every action of the chart; keys of a staged order lie over the others."""
    for name, title, keys, work in [*_moves(view), *_looks(view), *_asks(wishes)]:
        _register(registry, CHART, name, title, keys, work)
    registry.layer(STAGED, over=CHART)
    for name, title, keys, work in _staged(staging, wishes):
        _register(registry, STAGED, name, title, keys, work)


def follow_staging(registry: ActionRegistry, staging: Staging) -> None:
    """Let the keys of a staged order count while there is one."""
    registry.set_layer(STAGED, staging.is_staged)


def _register(
    registry: ActionRegistry,
    context: str,
    name: str,
    title: str,
    keys: tuple[str, ...],
    work: Callable[[], None],
) -> None:
    category = tr("Chart") if context == CHART else tr("Staged order")
    action = Action(
        id=f"{context}.{name}", title=title, category=category, keys=keys, context=context
    )
    registry.register(action, work)


def _moves(view: ChartView) -> list[_Row]:
    return [
        ("left", tr("Crosshair one bar left"), ("Left",), lambda: view.step_crosshair(-1)),
        ("right", tr("Crosshair one bar right"), ("Right",), lambda: view.step_crosshair(1)),
        (
            "far_left",
            tr("Scroll far left"),
            ("Ctrl+Left", "PgUp"),
            lambda: view.pan(-view.shown.count * _FAR),
        ),
        (
            "far_right",
            tr("Scroll far right"),
            ("Ctrl+Right", "PgDown"),
            lambda: view.pan(view.shown.count * _FAR),
        ),
        ("first", tr("First bar"), ("Home",), view.go_first),
        ("last", tr("Newest bar"), ("End", "Alt+Shift+Right"), view.go_last),
        ("zoom_in", tr("Zoom in"), ("+", "=", "Ctrl+Up"), lambda: view.zoom(1 / _ZOOM)),
        ("zoom_out", tr("Zoom out"), ("-", "Ctrl+Down"), lambda: view.zoom(_ZOOM)),
        ("reset", tr("Reset the view"), ("Alt+R", "0"), view.reset),
        ("clear", tr("Take the crosshair away"), ("Esc",), view.let_go),
    ]


def _looks(view: ChartView) -> list[_Row]:
    return [
        *_types(view),
        ("grid", tr("Show or hide the grid"), ("Ctrl+G",), view.toggle_grid),
        ("volume", tr("Show or hide volume"), ("Ctrl+L",), view.toggle_volume),
        ("signals", tr("Show or hide signals"), (), view.toggle_signals),
        ("log", tr("Logarithmic scale"), ("Alt+L",), view.toggle_log),
        ("zone", tr("Times in UTC or in local time"), (), view.toggle_zone),
        ("percent", tr("Percent scale"), ("Alt+P",), view.toggle_percent),
        ("inverted", tr("Inverted scale"), ("Alt+I",), view.toggle_inverted),
    ]


def _types(view: ChartView) -> list[_Row]:
    rows = [
        ("bars", tr("Draw OHLC bars"), ChartType.BARS),
        ("candles", tr("Draw candles"), ChartType.CANDLES),
        ("line", tr("Draw a line"), ChartType.LINE),
        ("hollow", tr("Draw hollow candles"), ChartType.HOLLOW),
        ("area", tr("Draw an area"), ChartType.AREA),
        ("heikin_ashi", tr("Draw Heikin-Ashi candles"), ChartType.HEIKIN_ASHI),
        ("renko", tr("Draw Renko bricks"), ChartType.RENKO),
        ("range_bars", tr("Draw range bars"), ChartType.RANGE),
        ("volume_bars", tr("Draw volume bars"), ChartType.VOLUME),
    ]
    return [
        (name, title, (f"Alt+{key}",), partial(view.set_type, chart_type))
        for key, (name, title, chart_type) in enumerate(rows, start=1)
    ]


def _asks(wishes: Wishes) -> list[_Row]:
    return [
        ("symbol", tr("Change the symbol (type its letters)"), (), wishes.symbol),
        ("interval", tr("Change the interval (type its digits)"), (",",), wishes.interval),
        ("indicator", tr("Add or remove an indicator"), ("/", "Ctrl+I"), wishes.indicator),
        ("bar_size", tr("Size of a Renko brick, range or volume bar"), (), wishes.size),
        ("date", tr("Go to a date"), ("Alt+G",), wishes.date),
        ("alert", tr("Set an alert"), ("Alt+A", ";, A"), wishes.alert),
        ("snapshot_svg", tr("Save a drawing of the chart (SVG)"), ("Alt+Shift+S",), wishes.vector),
        ("snapshot", tr("Save a picture of the chart"), ("Alt+S",), wishes.snapshot),
        ("reload", tr("Read the candles again"), ("F5",), wishes.reload),
    ]


def _staged(staging: Staging, wishes: Wishes) -> list[_Row]:
    rows: list[_Row] = [
        ("up", tr("Price up one tick"), ("Up",), lambda: staging.nudge_price(1)),
        ("down", tr("Price down one tick"), ("Down",), lambda: staging.nudge_price(-1)),
        (
            "far_up",
            tr("Price up ten ticks"),
            ("Shift+Up",),
            lambda: staging.nudge_price(_BIG_NUDGE),
        ),
        (
            "far_down",
            tr("Price down ten ticks"),
            ("Shift+Down",),
            lambda: staging.nudge_price(-_BIG_NUDGE),
        ),
        ("less", tr("Less size"), ("[",), lambda: staging.nudge_size(-1)),
        ("more", tr("More size"), ("]",), lambda: staging.nudge_size(1)),
        ("send", tr("Send the staged order"), ("Return", "Enter"), wishes.submit),
        ("drop", tr("Drop the staged order on the chart"), ("Esc",), staging.drop),
    ]
    for slot in range(1, len(staging.presets) + 1):
        title = tr("Size preset {slot}", slot=slot)
        rows.append((f"preset_{slot}", title, (str(slot),), partial(staging.use_preset, slot)))
    return rows
