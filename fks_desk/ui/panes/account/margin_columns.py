"""Describe what backs a perpetual's position, as columns beside its size and gain."""

from __future__ import annotations

from fks_desk.core.model import MarginMode
from fks_desk.ui.models import format as fmt
from fks_desk.ui.models.account.portfolio import PositionRow
from fks_desk.ui.models.format import Tone
from fks_desk.ui.tables.column import Column
from fks_desk.ui.text import tr


def margin_columns() -> list[Column[PositionRow]]:
    """Return the columns that only positions in perpetuals have."""
    return [
        Column(title=tr("Side"), text=_side, sample="▼ SHORT W", tone=_tone),
        Column(
            title=tr("Leverage"),
            text=_terms,
            sample=tr("125× isolated"),
            tone=lambda _row: Tone.PLAIN,
        ),
        Column(
            title=tr("Liquidation"),
            text=_liquidation,
            sample="123,456.00 (−12.3 %)",
            tone=lambda row: Tone.WARNING if row.is_open else Tone.MUTED,
            is_number=True,
            tip=lambda _row: tr("the mark price at which the venue closes the position by force"),
        ),
        Column(
            title=tr("Margin"),
            text=lambda row: fmt.number(None if row.margin is None else row.margin.margin, 2),
            sample="123,456.00",
            tone=lambda row: Tone.PLAIN if row.is_open else Tone.MUTED,
            is_number=True,
        ),
        Column(
            title=tr("Funding"),
            text=lambda row: fmt.signed(None if row.margin is None else row.margin.funding, 4),
            sample="−1,234.5678",
            tone=lambda row: fmt.tone_of(None if row.margin is None else row.margin.funding),
            is_number=True,
            tip=lambda _row: tr("what holding it brought or, below zero, cost so far"),
        ),
    ]


def _side(row: PositionRow) -> str:
    if not row.is_open:
        return tr("flat")
    return tr("▲ LONG") if row.position.size > 0 else tr("▼ SHORT")


def _tone(row: PositionRow) -> Tone:
    if not row.is_open:
        return Tone.MUTED
    return Tone.UP if row.position.size > 0 else Tone.DOWN


def _terms(row: PositionRow) -> str:
    line = row.margin
    if line is None:
        return fmt.UNKNOWN
    mode = tr("isolated") if line.mode is MarginMode.ISOLATED else tr("cross")
    return f"{fmt.exact(line.leverage)}× {mode}"


def _liquidation(row: PositionRow) -> str:
    line = row.margin
    if line is None or line.liquidation is None or not row.is_open:
        return fmt.UNKNOWN
    mark = row.mark or line.mark
    away = (line.liquidation - mark) / mark * 100
    digits = row.instrument.price_digits if row.instrument else 2
    return f"{fmt.number(line.liquidation, digits)} ({fmt.signed(away, 1)} %)"
