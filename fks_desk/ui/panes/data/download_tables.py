"""Describe the table of downloads."""

from __future__ import annotations

from datetime import datetime

from fks_desk.core.downloads import Download, DownloadState
from fks_desk.ui.models import format as fmt
from fks_desk.ui.models.format import Tone
from fks_desk.ui.tables.column import Column
from fks_desk.ui.text import tr

_TONES = {
    DownloadState.WAITING: Tone.MUTED,
    DownloadState.RUNNING: Tone.PLAIN,
    DownloadState.PAUSED: Tone.WARNING,
    DownloadState.DONE: Tone.UP,
    DownloadState.FAILED: Tone.DOWN,
}
_BARS = 8


def download_columns() -> list[Column[Download]]:
    """Return the columns of the download table."""
    return [
        Column(title=tr("State"), text=_state, sample="◐ running", tone=_tone),
        Column(
            title=tr("Symbol"),
            text=lambda one: one.instrument.rpartition(":")[2],
            sample="1000PEPE/USDT",
            tip=lambda one: one.instrument,
        ),
        Column(title=tr("Frame"), text=lambda one: one.timeframe.value, sample="15m"),
        Column(title=tr("Progress"), text=_progress, sample="▮▮▮▮▮▮▮▮ 100 %", tone=_tone),
        Column(
            title=tr("Stored"), text=lambda one: f"{one.stored:,}", sample="1,000,000",
            is_number=True,
        ),
        Column(title=tr("From"), text=lambda one: _day(one.span.start), sample="2024-00-00 00:00"),
        Column(title=tr("To"), text=lambda one: _day(one.span.end), sample="2024-00-00 00:00"),
        Column(
            title=tr("Keeps up"),
            text=lambda one: tr("hourly") if one.keeps_up else "",
            sample="hourly",
            is_centered=True,
        ),
        Column(
            title=tr("Note"),
            text=lambda one: one.note,
            sample="the exchange asked to wait",
            tone=_tone,
            tip=lambda one: one.note,
        ),
    ]  # fmt: skip


def _state(one: Download) -> str:
    words = {
        DownloadState.WAITING: tr("○ waiting"),
        DownloadState.RUNNING: tr("◐ running"),
        DownloadState.PAUSED: tr("‖ paused"),
        DownloadState.DONE: tr("✓ done"),
        DownloadState.FAILED: tr("✕ failed"),
    }
    return words[one.state]


def _tone(one: Download) -> Tone:
    return _TONES[one.state]


def _progress(one: Download) -> str:
    filled = int(one.fraction * _BARS)
    return f"{'▮' * filled}{'▯' * (_BARS - filled)} {one.fraction:.0%}"


def _day(moment: datetime) -> str:
    return fmt.moment(moment)[:16]
