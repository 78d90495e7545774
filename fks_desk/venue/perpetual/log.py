"""Keep the margin ledger on the disk, in a folder of its own."""

from __future__ import annotations

from pathlib import Path

from fks_desk.venue.ledger.log import RecordLog, Shape
from fks_desk.venue.perpetual.ledger import PerpLedger, PerpState
from fks_desk.venue.perpetual.records import PerpRecord

PERPETUAL = Shape(PerpLedger, list[PerpRecord], PerpState)
_FOLDER = "perpetual"


def perpetual_log(folder: Path) -> RecordLog[PerpLedger]:
    """Hold the perpetuals' part of a data folder, or raise `ConfigError`."""
    return RecordLog(folder / _FOLDER, PERPETUAL)
