"""Name what keys do while the past is played."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from fks_desk.ui.actions.action import CHART, Action
from fks_desk.ui.actions.registry import ActionRegistry
from fks_desk.ui.models.replay.replay import SPEEDS, Replay
from fks_desk.ui.text import tr

REPLAY = "chart.replay"


def register_replay_keys(registry: ActionRegistry, replay: Replay, ask: Callable[[], None]) -> None:
    """Register the way into a replay, and the keys inside it."""
    registry.register(
        Action(
            id="chart.replay_from",
            title=tr("Replay from a moment, or leave the replay"),
            category=tr("Replay"),
            keys=("Alt+B", ";, Y"),
            context=CHART,
        ),
        lambda: replay.leave() if replay.is_on else ask(),
    )
    registry.layer(REPLAY, over=CHART)
    rows: list[tuple[str, str, tuple[str, ...], Callable[[], None]]] = [
        ("play", tr("Play or pause"), ("Space",), replay.toggle),
        ("step", tr("One bar on"), ("Right", "F12"), replay.step),
        ("back", tr("One bar back"), ("Left", "Shift+F12"), replay.back),
        ("close", tr("Close the paper position"), ("Del",), replay.close_position),
        *[
            (
                f"speed_{slot}",
                tr("{bars} bars a second", bars=bars),
                (str(slot),),
                partial(replay.set_speed, slot),
            )
            for slot, bars in enumerate(SPEEDS, start=1)
        ],
    ]
    for name, title, keys, work in rows:
        action = Action(
            id=f"{REPLAY}.{name}", title=title, category=tr("Replay"), keys=keys, context=REPLAY
        )
        registry.register(action, work)


def follow_replay(registry: ActionRegistry, *, counts: bool) -> None:
    """Let the keys of a replay count."""
    registry.set_layer(REPLAY, counts)
