"""Keep the folder of an embedded server: data, settings, password, socket and log."""

from __future__ import annotations

import hashlib
import os
import secrets
import shutil
import socket
import tempfile
from collections.abc import Mapping
from pathlib import Path

from fks_desk.adapters.storage.binaries import (
    MAJOR,
    Programs,
    closed_parent,
    find_programs,
    runs_as_root,
)
from fks_desk.core.errors import ConfigError, StorageError

OWNER = "fks"
SOCKET_PORT = 5432
LONGEST_SOCKET_PATH = 103  # the shortest limit among the systems we run on
LARGEST_LOG = 5_000_000


class ServerFolder:
    """Prepare everything that a server needs to start in one folder."""

    def __init__(self, path: Path) -> None:
        self.path = path.absolute()
        self.data = self.path / "data"
        self.log_file = self.path / "server.log"
        self._settings_file = self.data / "fks.conf"
        self._programs: Programs | None = None

    @property
    def programs(self) -> Programs:
        """Return the server's programs, found once."""
        if self._programs is None:
            self._programs = find_programs(self.path)
        return self._programs

    @property
    def password(self) -> str:
        """Return the password that network connections need."""
        return (self.path / "password").read_text(encoding="ascii").strip()

    def prepare(self) -> None:
        """Make the folder and, the first time, the data in it: whole or not at all."""
        try:
            self.path.mkdir(parents=True, exist_ok=True, mode=0o700)
        except OSError as error:
            raise ConfigError(
                f"cannot make the database folder {self.path}: {error.strerror}; "
                "choose another data folder"
            ) from error
        closed = closed_parent(self.path) if runs_as_root() else None
        if closed is not None:
            raise ConfigError(
                f"as root the database runs as another user, which cannot enter {closed}; "
                "choose a data folder outside it, such as /var/lib/fks-desk"
            )
        self._give_away(self.path)
        version = self.data / "PG_VERSION"
        if not version.exists():
            self._initialise()
            return
        found = version.read_text(encoding="ascii").strip()
        if found != str(MAJOR):
            raise ConfigError(
                f"the database folder {self.data} was made by PostgreSQL {found}, "
                f"this desk brings {MAJOR}; restore a backup into a new data folder"
            )

    def write_settings(self, settings: Mapping[str, str], *, use_socket: bool) -> None:
        """Write the settings of the next start and turn over a log that has grown large."""
        if use_socket:
            place = {
                "listen_addresses": "",
                "unix_socket_directories": str(self._socket_folder()),
                "unix_socket_permissions": "0700",
                "port": str(SOCKET_PORT),
            }
        else:
            place = {
                "listen_addresses": "127.0.0.1",
                "unix_socket_directories": "",
                "port": str(_free_port(self._last_port())),
            }
        lines = (f"{name} = '{_quoted(value)}'\n" for name, value in {**settings, **place}.items())
        self._settings_file.write_text("".join(lines), encoding="utf-8")
        self._give_away(self._settings_file)
        if self.log_file.exists() and self.log_file.stat().st_size > LARGEST_LOG:
            self.log_file.replace(self.log_file.with_suffix(".log.1"))

    def log_size(self) -> int:
        """Return how long the log is now, as a mark for `log_since`."""
        return self.log_file.stat().st_size if self.log_file.exists() else 0

    def log_since(self, mark: int) -> str:
        """Return what the server said after the mark."""
        if not self.log_file.exists():
            return ""
        with self.log_file.open("rb") as lines:
            lines.seek(mark)
            return lines.read().decode("utf-8", errors="replace")

    def _initialise(self) -> None:
        fresh = self.path / "data.new"
        shutil.rmtree(fresh, ignore_errors=True)
        password = self.path / "password"
        password.touch(mode=0o600)
        password.write_text(secrets.token_hex(24), encoding="ascii")
        self._give_away(password)
        arguments = [
            *("-D", str(fresh), "-U", OWNER, f"--pwfile={password}"),
            *("--encoding=UTF8", "--locale=C", "--locale-provider=builtin"),
            *("--builtin-locale=C.UTF-8", "--data-checksums", "--no-instructions"),
            *("--auth-local=trust", "--auth-host=scram-sha-256"),
        ]
        try:
            self.programs.run("initdb", arguments, cwd=self.path, timeout_s=120)
        except StorageError:
            shutil.rmtree(fresh, ignore_errors=True)
            raise
        with (fresh / "postgresql.conf").open("a", encoding="utf-8") as settings:
            settings.write("\ninclude 'fks.conf'\n")
        fresh.rename(self.data)

    def _give_away(self, path: Path) -> None:
        """Hand a path to the user that the server runs as."""
        user = self.programs.user
        if user is not None:
            shutil.chown(path, user, user)

    def _socket_folder(self) -> Path:
        """Return a closed folder whose socket path the system accepts."""
        path = self.path / f".s.PGSQL.{SOCKET_PORT}"
        # Server and client both read a comma or a quote as the end of a path.
        is_plain = not set(str(path)) & set(",\"'")
        if is_plain and len(os.fsencode(path)) <= LONGEST_SOCKET_PATH:
            return self.path
        name = hashlib.sha256(os.fsencode(self.path)).hexdigest()[:16]
        short = Path(tempfile.gettempdir()) / f"fks-{name}"
        try:
            short.mkdir(mode=0o700)
        except FileExistsError:
            # Never handed over then: somebody else may have put it there, or a link.
            found, wanted = short.lstat(), self.path.stat()
            if short.is_symlink() or found.st_uid != wanted.st_uid or found.st_mode & 0o077:
                raise ConfigError(
                    f"{short} belongs to somebody else, so the database's socket is not safe "
                    f"there; choose a shorter data folder than {self.path}"
                ) from None
        else:
            self._give_away(short)
        return short

    def _last_port(self) -> int:
        """Return the port of the last start, so that a restart is found where it was."""
        try:
            lines = self._settings_file.read_text(encoding="utf-8").splitlines()
        except FileNotFoundError:
            return 0
        ports = [line.split("'")[1] for line in lines if line.startswith("port = ")]
        return int(ports[0]) if ports and ports[0].isdigit() else 0


def is_for_room(error: StorageError, said: str = "") -> bool:
    """Tell whether the server did not start because its disk is full."""
    return "No space left on device" in f"{said}\n{error.message}"


def explained(error: StorageError, folder: Path, said: str = "") -> StorageError:
    """Return a failure of the server as one sentence with what to do."""
    text = f"{said}\n{error.message}"
    if is_for_room(error, said):
        return StorageError(
            f"the disk that holds {folder} is full, so the database cannot start; "
            "free some space and start again (never delete files inside that folder)"
        )
    if "invalid checksum" in text or "could not locate a valid checkpoint" in text:
        return StorageError(
            f"the database files in {folder} are damaged; restore a backup with "
            "`fks-desk db restore`"
        )
    if "Permission denied" in text:
        return StorageError(f"the database may not write to {folder}; check who owns that folder")
    last = next((line for line in reversed(text.splitlines()) if "FATAL" in line), None)
    reason = last.partition("FATAL:")[2].strip() if last else error.message.splitlines()[-1]
    return StorageError(f"the embedded database did not start: {reason}", folder=str(folder))


def _quoted(value: str) -> str:
    """Return a value as a quoted string of postgresql.conf holds it."""
    return value.replace("\\", "\\\\").replace("'", "''")


def _free_port(wanted: int) -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        try:
            probe.bind(("127.0.0.1", wanted))
        except OSError:
            probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
