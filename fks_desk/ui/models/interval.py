"""Read a typed interval, as people of other charts write it."""

from __future__ import annotations

import re

from fks_desk.core.model import Timeframe

_FORM = re.compile(r"(\d*)\s*([a-zA-Z]*)")
# A capital M after a number would be months, which no venue of ours streams.
_UNIT_MINUTES = {"": 1, "m": 1, "min": 1, "h": 60, "H": 60, "d": 1440, "D": 1440}
_BY_MINUTES = {int(frame.delta.total_seconds() // 60): frame for frame in Timeframe}


def parse_interval(text: str) -> Timeframe | None:
    """Return the timeframe meant, or None: `5`, `5m`, `M5`, `60`, `1h`, `H1`, `240`, `D`, `1d`.

    A bare number counts minutes, as TradingView has it; letter first is MetaTrader's way.
    """
    typed = text.strip().lstrip(",").strip()
    meta = re.fullmatch(r"([mhdMHD])(\d+)", typed)
    if meta:
        typed = meta[2] + meta[1].lower()
    form = _FORM.fullmatch(typed)
    if form is None or not typed:
        return None
    unit = _UNIT_MINUTES.get(form[2])
    if unit is None:
        return None
    return _BY_MINUTES.get(int(form[1] or 1) * unit)


def known_intervals() -> str:
    """Return every timeframe there is, for a hint."""
    return " ".join(frame.value for frame in Timeframe)
