"""Say where the desk keeps what, and make those places private."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

import platformdirs

from fks_desk.core.errors import ConfigError

_APP = "fks-desk"
_PRIVATE = 0o700
_PROBE = bytes(4096)  # an empty file fits on a full disk
_PASSABLE = 0o711


@dataclass(frozen=True, slots=True, kw_only=True)
class Folders:
    """Hold the root of everything that belongs to one desk."""

    root: Path

    @property
    def settings_file(self) -> Path:
        """Return the file of the user's settings."""
        return self.root / "settings.toml"

    @property
    def database(self) -> Path:
        """Return the folder of the embedded database."""
        return self.root / "postgres"

    @property
    def backups(self) -> Path:
        """Return the folder of backups made before migrations."""
        return self.root / "backups"

    @property
    def venues(self) -> Path:
        """Return the folder that holds the ledgers of simulated exchanges."""
        return self.root / "venues"

    @property
    def layouts(self) -> Path:
        """Return the folder of saved window layouts."""
        return self.root / "layouts"

    @property
    def logs(self) -> Path:
        """Return the folder of log files."""
        return self.root / "logs"

    @property
    def models(self) -> Path:
        """Return the folder where language models are looked for."""
        return self.root / "models"

    @property
    def exports(self) -> Path:
        """Return the folder that exports and snapshots go to."""
        return self.root / "exports"

    @property
    def recordings(self) -> Path:
        """Return the folder of recorded prints and book changes."""
        return self.root / "recordings"

    @property
    def replays(self) -> Path:
        """Return the data folder of desks that replay recordings."""
        return self.root / "replays"

    def make(self) -> None:
        """Create the folders for the user alone, or raise `ConfigError`."""
        if self.root.exists() and not self.root.is_dir():
            raise ConfigError(
                f"{self.root} is a file, not a folder for data; choose another with "
                "FKS_DATA_FOLDER",
                folder=str(self.root),
            )
        try:
            for folder in (
                self.root,
                self.venues,
                self.layouts,
                self.logs,
                self.models,
                self.exports,
                self.backups,
                self.recordings,
            ):
                folder.mkdir(mode=_PRIVATE, parents=True, exist_ok=True)
            if _is_root():
                # The embedded server runs as another user and passes through here
                # to its own folder; it can read none of the others.
                self.root.chmod(_PASSABLE)
            probe = self.root / f".writable-{os.getpid()}"
            try:
                probe.write_bytes(_PROBE)
            finally:
                probe.unlink(missing_ok=True)
        except OSError as error:
            raise ConfigError(
                f"the data folder {self.root} cannot be written: {error.strerror}. "
                "Free space or permissions there, or choose another with FKS_DATA_FOLDER.",
                folder=str(self.root),
            ) from error


def default_root() -> Path:
    """Return the data folder: FKS_DATA_FOLDER, or the operating system's place for it.

    Root's desk stays out of the home folder, because the embedded server runs
    under a user of its own that must be able to reach its files.
    """
    named = os.environ.get("FKS_DATA_FOLDER")
    if named:
        return Path(named).expanduser().absolute()
    if _is_root():
        return Path("/var/lib") / _APP
    return Path(platformdirs.user_data_dir(_APP, appauthor=False))


def _is_root() -> bool:
    return os.name == "posix" and os.geteuid() == 0
