"""Keep each venue's budget in a small file that is replaced whole."""

from __future__ import annotations

import logging
from pathlib import Path

import msgspec

from fks_desk.core.budget import BudgetState

log = logging.getLogger(__name__)


class BudgetFiles:
    """Be a `BudgetStore` over one file per venue in a folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def load(self, venue: str) -> BudgetState | None:
        """Return the state, or None if none is known or readable."""
        file = self._file(venue)
        try:
            return msgspec.json.decode(file.read_bytes(), type=BudgetState)
        except FileNotFoundError:
            return None
        except (OSError, msgspec.DecodeError, ValueError) as error:
            log.warning("%s cannot be read, so the exchange's own count stands: %s", file, error)
            return None

    def save(self, state: BudgetState) -> None:
        """Keep the state; a full disk costs the memory of it, not the desk."""
        file = self._file(state.venue)
        draft = file.with_suffix(".new")
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            draft.write_bytes(msgspec.json.encode(state))
            draft.replace(file)
        except OSError as error:
            log.warning("%s cannot be written: %s", file, error)

    def _file(self, venue: str) -> Path:
        return self._folder / f"{venue}-budget.json"
