"""Give the keys that other charts have put into people's fingers."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

Keys = Mapping[str, tuple[str, ...]]


class Preset(StrEnum):
    """Name a set of keys; TradingView's is the built-in one."""

    TRADINGVIEW = "tradingview"
    METATRADER = "metatrader"
    VIM = "vim"

    @property
    def types_symbols(self) -> bool:
        """Tell whether a bare letter on the chart asks for a symbol; in vim it is a command."""
        return self is not Preset.VIM


def preset_keys(preset: Preset) -> Keys:
    """Return the keys in which a preset differs from the built-in ones, by action id."""
    return _PRESETS[preset]


_METATRADER: Keys = {
    "chart.bars": ("Alt+1",),
    "chart.next_drawing": ("Ctrl+B", ";, N"),
    "chart.draw_measure": ("Ctrl+F", ";, M"),
    "chart.indicator": ("Ctrl+I", "/"),
    "chart.far_left": ("PgUp", "Ctrl+Left"),
    "chart.far_right": ("PgDown", "Ctrl+Right"),
    "chart.undo": ("Ctrl+Z", "Backspace"),
    "chart.zoom_in": ("+", "="),
    "chart.zoom_out": ("-",),
    "pane.watchlist": ("Ctrl+M", "Ctrl+2"),
    "pane.backtest": ("Ctrl+R", "Ctrl+7"),
}

_VIM: Keys = {
    "chart.left": ("H", "Left"),
    "chart.right": ("L", "Right"),
    "chart.far_left": ("Shift+H", "Ctrl+Left", "PgUp"),
    "chart.far_right": ("Shift+L", "Ctrl+Right", "PgDown"),
    "chart.first": ("G, G", "Home"),
    "chart.last": ("Shift+G", "End", "Alt+Shift+Right"),
    "chart.zoom_in": ("K", "+", "=", "Ctrl+Up"),
    "chart.zoom_out": ("J", "-", "Ctrl+Down"),
    "chart.reset": ("R", "Alt+R", "0"),
    "chart.symbol": ("Ctrl+L",),
    "chart.volume": ("V",),
    "chart.interval": ("I", ","),
    "chart.alert": ("A", "Alt+A", ";, A"),
    "chart.draw_trend": ("T", "Alt+T", ";, T"),
    "chart.draw_horizontal": ("E", "Alt+H", ";, H"),
    "chart.draw_fib_retracement": ("F", ";, F"),
    "chart.draw_rectangle": ("Q", "Alt+Shift+R", ";, R"),
    "chart.draw_measure": ("M", ";, M"),
    "chart.next_drawing": ("N", ";, N"),
    "chart.previous_drawing": ("Shift+N", ";, Shift+N"),
    "chart.undo": ("U", "Ctrl+Z"),
    "chart.redo": ("Ctrl+R", "Ctrl+Y", "Ctrl+Shift+Z"),
    "chart.placing.left": ("H", "Left"),
    "chart.placing.right": ("L", "Right"),
    "chart.placing.up": ("K", "Up"),
    "chart.placing.down": ("J", "Down"),
    "chart.chosen.left": ("H", "Left"),
    "chart.chosen.right": ("L", "Right"),
    "chart.chosen.up": ("K", "Up"),
    "chart.chosen.down": ("J", "Down"),
    "chart.chosen.remove": ("X", "Del", "Backspace"),
    "chart.staged.up": ("K", "Up"),
    "chart.staged.down": ("J", "Down"),
}

_PRESETS: dict[Preset, Keys] = {
    Preset.TRADINGVIEW: {},
    Preset.METATRADER: _METATRADER,
    Preset.VIM: _VIM,
}
