"""Describe the tables of the storage page."""

from __future__ import annotations

from collections.abc import Callable

from fks_desk.core.model import Span
from fks_desk.core.storage_report import PolicyKind, StoredSeries, StoredTable
from fks_desk.ui.models import format as fmt
from fks_desk.ui.models.data.storage import PolicyRow, effect_text, size_text
from fks_desk.ui.models.format import Tone
from fks_desk.ui.tables.column import Column
from fks_desk.ui.text import tr


def table_columns() -> list[Column[StoredTable]]:
    """Return the columns of what is stored, table by table."""
    return [
        Column(title=tr("Table"), text=lambda one: one.name, sample="market_trades_x"),
        _size_column(tr("Size"), lambda one: one.bytes),
        Column(
            title=tr("Rows"),
            text=lambda one: f"{one.rows:,}",
            sample="100,000,000",
            is_number=True,
        ),
        Column(
            title=tr("A day"),
            text=lambda one: (
                fmt.UNKNOWN
                if one.growth_bytes_per_day is None
                else size_text(one.growth_bytes_per_day)
            ),
            sample="999.9 MB",
            is_number=True,
        ),
        Column(
            title=tr("Compressed"),
            text=_ratio,
            sample="12.3 times",
            is_number=True,
            tip=lambda one: tr(
                "{packed} of {all} parts are compressed",
                packed=one.compressed_parts,
                all=one.parts,
            ),
        ),
        Column(title=tr("From"), text=lambda one: _start(one.span), sample="2024-00-00"),
        Column(title=tr("To"), text=lambda one: _end(one.span), sample="2024-00-00 00:00"),
    ]


def series_columns() -> list[Column[StoredSeries]]:
    """Return the columns of what is stored, series by series."""
    return [
        Column(
            title=tr("Instrument"), text=lambda one: one.instrument, sample="binance:spot:BTC/USDT"
        ),
        Column(
            title=tr("Data"),
            text=lambda one: (
                one.timeframe.value if one.timeframe else one.data_set.value.replace("_", " ")
            ),
            sample="market trades",
        ),
        Column(
            title=tr("Rows"), text=lambda one: f"{one.rows:,}", sample="100,000,000", is_number=True
        ),
        _series_size(),
        Column(title=tr("From"), text=lambda one: _start(one.span), sample="2024-00-00"),
        Column(title=tr("To"), text=lambda one: _end(one.span), sample="2024-00-00 00:00"),
    ]


def policy_columns() -> list[Column[PolicyRow]]:
    """Return the columns of the policies."""
    return [
        Column(title=tr("Policy"), text=_policy, sample="remove candles 1m of everything"),
        Column(
            title=tr("Older than"),
            text=lambda row: tr("{n} days", n=f"{row.policy.after.total_seconds() / 86_400:g}"),
            sample="1,000 days",
            is_number=True,
        ),
        Column(
            title=tr("Now it"),
            text=lambda row: tr("counting …") if row.effect is None else effect_text(row.effect),
            sample="would remove 100,000 rows before 2024-01-01 00:00, about 99.9 MB",
            tone=_effect_tone,
            tip=lambda row: "" if row.effect is None else effect_text(row.effect),
        ),
    ]


def _policy(row: PolicyRow) -> str:
    policy = row.policy
    verb = tr("remove") if policy.kind is PolicyKind.RETENTION else tr("compress")
    parts = [verb, policy.data_set.value.replace("_", " ")]
    if policy.timeframe is not None:
        parts.append(policy.timeframe.value)
    if policy.instrument is not None:
        parts.append(policy.instrument)
    if not policy.is_enabled:
        parts.append(tr("(off)"))
    return " ".join(parts)


def _effect_tone(row: PolicyRow) -> Tone:
    if row.effect is None or not row.effect.rows:
        return Tone.MUTED
    return Tone.WARNING if row.policy.kind is PolicyKind.RETENTION else Tone.PLAIN


def _ratio(one: StoredTable) -> str:
    ratio = one.compression_ratio
    return fmt.UNKNOWN if ratio is None else tr("{n} times", n=fmt.real(ratio, 1))


def _start(span: Span | None) -> str:
    return fmt.UNKNOWN if span is None else f"{span.start:%Y-%m-%d}"


def _end(span: Span | None) -> str:
    return fmt.UNKNOWN if span is None else f"{span.end:%Y-%m-%d %H:%M}"


def _size_column(title: str, size: Callable[[StoredTable], int]) -> Column[StoredTable]:
    return Column(
        title=title, text=lambda one: size_text(size(one)), sample="999.9 MB", is_number=True
    )


def _series_size() -> Column[StoredSeries]:
    return Column(
        title=tr("Size"), text=lambda one: size_text(one.bytes), sample="999.9 MB", is_number=True
    )
