"""Name every colour of the window once, per theme."""

from __future__ import annotations

from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True, kw_only=True)
class Theme:
    """Hold the colours of one theme, each written #rrggbb.

    Rising and falling also differ by sign or shape wherever they are shown;
    colour is never the only hint.
    """

    name: str
    is_dark: bool
    background: str
    panel: str
    raised: str
    border: str
    text: str
    muted: str
    accent: str
    accent_text: str
    focus: str
    up: str
    down: str
    good: str
    warning: str
    danger: str
    grid: str
    axis: str
    crosshair: str
    crosshair_text: str
    mode_demo: str
    mode_paper: str
    mode_testnet: str
    mode_live: str
    mode_text: str
    side_text: str  # on buttons filled with up or down
    series: tuple[str, ...]

    def mode_color(self, mode: str) -> str:
        """Return the frame colour of a trading mode: demo, paper, testnet or live."""
        colors = {
            "demo": self.mode_demo,
            "paper": self.mode_paper,
            "testnet": self.mode_testnet,
            "live": self.mode_live,
        }
        return colors[mode]

    def side_color(self, side: str) -> str:
        """Return the colour of a side: buy or sell."""
        return self.up if side == "buy" else self.down


DARK = Theme(
    name="dark",
    is_dark=True,
    background="#11151c",
    panel="#171c25",
    raised="#202734",
    border="#303a4b",
    text="#e4e9f2",
    muted="#97a3b8",
    accent="#2f6fe4",
    accent_text="#ffffff",
    focus="#6ea8ff",
    up="#26b68a",
    down="#f0616d",
    good="#3ecf8e",
    warning="#f2b84b",
    danger="#ff5d6c",
    grid="#232b38",
    axis="#97a3b8",
    crosshair="#8fa1bd",
    crosshair_text="#11151c",
    mode_demo="#3a7bd5",
    mode_paper="#8a63d2",
    mode_testnet="#b7791f",
    mode_live="#c8323f",
    mode_text="#ffffff",
    side_text="#0b0f14",
    series=("#f2b84b", "#6ea8ff", "#c58af9", "#5fd3d3", "#ff9d6c", "#a3d977", "#ff8fc0", "#b8c4d9"),
)

LIGHT = Theme(
    name="light",
    is_dark=False,
    background="#eef1f6",
    panel="#ffffff",
    raised="#f5f7fb",
    border="#c6cedb",
    text="#1a2230",
    muted="#56627a",
    accent="#1f5fd6",
    accent_text="#ffffff",
    focus="#1f5fd6",
    up="#0b7f5b",
    down="#c62f3d",
    good="#0b7f5b",
    warning="#9a6200",
    danger="#c21f2f",
    grid="#e3e8f0",
    axis="#56627a",
    crosshair="#56627a",
    crosshair_text="#ffffff",
    mode_demo="#1f5fd6",
    mode_paper="#6b43b8",
    mode_testnet="#9a7200",
    mode_live="#b3202d",
    mode_text="#ffffff",
    side_text="#ffffff",
    series=("#b36b00", "#1f5fd6", "#7d3fc2", "#0a7d86", "#c2511b", "#4d7d17", "#b32b75", "#4a566d"),
)

# Blue and orange stay apart in the three common kinds of colour blindness.
COLOR_BLIND = replace(
    DARK,
    name="color-blind",
    up="#56b4e9",
    down="#e69f00",
    good="#56b4e9",
    warning="#f0e442",
    danger="#e69f00",
    # Money that is not real is blue or grey, by lightness too; real money alone is warm.
    mode_demo="#1769c9",
    mode_paper="#3d4a66",
    mode_testnet="#6f7a99",
    mode_live="#c23b00",
    series=("#f0e442", "#cc79a7", "#ffffff", "#1fb58c", "#a6a6a6", "#8f9bff", "#f0803c", "#b8c4d9"),
)

THEMES: tuple[Theme, ...] = (DARK, LIGHT, COLOR_BLIND)


def theme_named(name: str) -> Theme:
    """Return the theme of a name, or the dark one if no theme has it."""
    return next((theme for theme in THEMES if theme.name == name), DARK)
