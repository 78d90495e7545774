"""Run the desk's own PostgreSQL in a folder of the user's."""

from __future__ import annotations

import hashlib
import logging
import os
import secrets
import shutil
import socket
import tempfile
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import psutil
import psycopg

from fks_desk.adapters.storage.binaries import (
    IS_WINDOWS,
    MAJOR,
    Programs,
    closed_parent,
    find_programs,
    runs_as_root,
)
from fks_desk.adapters.storage.postmaster import (
    PID_FILE,
    PidFile,
    is_server_of,
    read_pid_file,
    servers_of,
)
from fks_desk.core.errors import ConfigError, StorageError

log = logging.getLogger(__name__)

OWNER = "fks"
DATABASE = "fks"
SOCKET_PORT = 5432
LONGEST_SOCKET_PATH = 103  # the shortest limit among the systems we run on
LARGEST_LOG = 5_000_000

# Durable by default: nothing here may weaken fsync or synchronous_commit.
SETTINGS: Mapping[str, str] = {
    "max_connections": "60",
    "shared_buffers": "128MB",
    "maintenance_work_mem": "128MB",
    "max_wal_size": "1GB",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "jit": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_min_messages": "warning",
    "idle_in_transaction_session_timeout": "60s",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerStatus:
    """Say whether the server runs, under which process and where it listens."""

    is_running: bool
    pid: int | None
    url: str | None


class EmbeddedServer:
    """Start, find and stop the PostgreSQL of one folder.

    The server is a process group of its own: it outlives a crash of the desk and
    the next start finds it running. It listens on a Unix socket in a closed folder,
    or on a free loopback port with a password where there are no such sockets.
    Every method blocks; on a loop call them in a thread.
    """

    def __init__(
        self,
        folder: Path,
        *,
        settings: Mapping[str, str] | None = None,
        use_socket: bool = not IS_WINDOWS,
        start_timeout_s: float = 60.0,
    ) -> None:
        self._folder = folder.absolute()
        self._data = self._folder / "data"
        self._settings = {**SETTINGS, **(settings or {})}
        self._use_socket = use_socket
        self._start_timeout_s = start_timeout_s
        self._programs: Programs | None = None

    @property
    def folder(self) -> Path:
        """Return the folder that holds everything of this server."""
        return self._folder

    @property
    def log_file(self) -> Path:
        """Return the server's own log."""
        return self._folder / "server.log"

    @property
    def pid(self) -> int | None:
        """Return the server's process, or None if it does not run."""
        return self.status().pid

    @property
    def url(self) -> str:
        """Return where the running server can be reached.

        Raises `StorageError` if it does not run.
        """
        status = self.status()
        if status.url is None:
            raise StorageError("the embedded database does not run; start it first")
        return status.url

    def start(self) -> bool:
        """Make the server run and return True, or False if it ran already.

        Raises `ConfigError` when the folder cannot be used and `StorageError` when
        the server does not come up.
        """
        if self._answers():
            return False
        self._prepare_folder()
        self._initialise()
        if self._wait_for_leftovers():
            return False
        self._write_settings()
        self._launch()
        self._ensure_database()
        return True

    def stop(self, *, only_if_idle: bool = False, timeout_s: float = 30.0) -> bool:
        """Stop the server and return True, or False if it does not run or others use it."""
        running = self._running()
        if running is None or (only_if_idle and self._other_clients() > 0):
            return False
        arguments = ["stop", "-D", str(self._data), "-m", "fast", "-w", "-t", f"{timeout_s:.0f}"]
        try:
            self._tools().run("pg_ctl", arguments, cwd=self._folder, timeout_s=timeout_s + 5)
        except StorageError as error:
            # Without a clean end the next start recovers from the write-ahead log.
            log.warning("the embedded database is ended at once: %s", error)
            _kill(running.pid)
        if running.socket_folder and Path(running.socket_folder) != self._folder:
            with suppress(OSError):  # an emptied folder in the temporary directory is no harm
                Path(running.socket_folder).rmdir()
        return True

    def has_process(self) -> bool:
        """Tell whether the server's process is there, be it ready or not."""
        return self._running() is not None

    def status(self) -> ServerStatus:
        """Say whether the server runs."""
        running = self._running()
        if running is None or not running.is_ready:
            return ServerStatus(is_running=False, pid=None, url=None)
        return ServerStatus(is_running=True, pid=running.pid, url=self._url_of(running))

    # --- finding it -----------------------------------------------------------------

    def _running(self) -> PidFile | None:
        found = read_pid_file(self._data)
        return found if found is not None and is_server_of(found.pid, self._data) else None

    def _answers(self) -> bool:
        """Tell whether a client gets in; a server that was just killed is seen a moment longer."""
        running = self._running()
        if running is None or not running.is_ready:
            return False
        try:
            psycopg.connect(self._url_of(running), connect_timeout=5).close()
        except psycopg.OperationalError:
            return False
        return True

    def _url_of(self, running: PidFile, database: str = DATABASE) -> str:
        if running.socket_folder:
            host = quote(running.socket_folder, safe="")
            return f"postgresql://{OWNER}@/{database}?host={host}&port={running.port}"
        return f"postgresql://{OWNER}:{self._password()}@{running.host}:{running.port}/{database}"

    def _other_clients(self) -> int:
        query = (
            "SELECT count(*) FROM pg_stat_activity "
            "WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()"
        )
        try:
            with psycopg.connect(self.url, connect_timeout=5) as connection:
                row = connection.execute(query).fetchone()
        except (psycopg.Error, StorageError):
            return 0
        return int(row[0]) if row else 0

    # --- the folder -----------------------------------------------------------------

    def _tools(self) -> Programs:
        if self._programs is None:
            self._programs = find_programs(self._folder)
        return self._programs

    def _prepare_folder(self) -> None:
        try:
            self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        except OSError as error:
            raise ConfigError(
                f"cannot make the database folder {self._folder}: {error.strerror}; "
                "choose another data folder"
            ) from error
        closed = closed_parent(self._folder) if runs_as_root() else None
        if closed is not None:
            raise ConfigError(
                f"as root the database runs as another user, which cannot enter {closed}; "
                "choose a data folder outside it, such as /var/lib/fks-desk"
            )
        self._give_away(self._folder)

    def _give_away(self, path: Path) -> None:
        """Hand a path to the user that the server runs as."""
        user = self._tools().user
        if user is not None:
            shutil.chown(path, user, user)

    def _initialise(self) -> None:
        """Make the data folder, whole or not at all."""
        version = self._data / "PG_VERSION"
        if version.exists():
            found = version.read_text(encoding="ascii").strip()
            if found != str(MAJOR):
                raise ConfigError(
                    f"the database folder {self._data} was made by PostgreSQL {found}, "
                    f"this desk brings {MAJOR}; restore a backup into a new data folder"
                )
            return
        fresh = self._folder / "data.new"
        shutil.rmtree(fresh, ignore_errors=True)
        password = self._folder / "password"
        password.write_text(secrets.token_hex(24), encoding="ascii")
        password.chmod(0o600)
        self._give_away(password)
        arguments = [
            *("-D", str(fresh), "-U", OWNER, f"--pwfile={password}"),
            *("--encoding=UTF8", "--locale=C", "--locale-provider=builtin"),
            *("--builtin-locale=C.UTF-8", "--data-checksums", "--no-instructions"),
            *("--auth-local=trust", "--auth-host=scram-sha-256"),
        ]
        try:
            self._tools().run("initdb", arguments, cwd=self._folder, timeout_s=120)
        except StorageError as error:
            shutil.rmtree(fresh, ignore_errors=True)
            raise _explained(error, self._folder) from error
        with (fresh / "postgresql.conf").open("a", encoding="utf-8") as settings:
            settings.write("\ninclude 'fks.conf'\n")
        fresh.rename(self._data)

    def _wait_for_leftovers(self) -> bool:
        """Return True if a server answers after all, or False once none is left here.

        A pid file that names a living stranger or nothing is removed then: PostgreSQL
        itself deals with a dead pid, but anything else it must refuse.
        """
        deadline = time.monotonic() + self._start_timeout_s
        while any(True for _ in servers_of(self._data)):
            if self._answers():
                return True
            if time.monotonic() > deadline:
                raise StorageError(
                    f"processes of an ended database still work in {self._data}; "
                    "end them or restart the computer"
                )
            time.sleep(0.05)
        found = read_pid_file(self._data)
        if found is None:
            (self._data / PID_FILE).unlink(missing_ok=True)
        elif psutil.pid_exists(found.pid):
            log.info("the pid file names process %d, which is not our server", found.pid)
            (self._data / PID_FILE).unlink(missing_ok=True)
            if found.socket_folder:
                name = f".s.PGSQL.{found.port}.lock"
                (Path(found.socket_folder) / name).unlink(missing_ok=True)
        return False

    def _write_settings(self) -> None:
        settings = dict(self._settings)
        if self._use_socket:
            settings |= {
                "listen_addresses": "",
                "unix_socket_directories": str(self._socket_folder()),
                "unix_socket_permissions": "0700",
                "port": str(SOCKET_PORT),
            }
        else:
            settings |= {
                "listen_addresses": "127.0.0.1",
                "unix_socket_directories": "",
                "port": str(_free_port(self._last_port())),
            }
        lines = (
            f"{name} = '{value.replace(chr(39), chr(39) * 2)}'" for name, value in settings.items()
        )
        path = self._data / "fks.conf"
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
        self._give_away(path)

    def _socket_folder(self) -> Path:
        """Return a closed folder whose socket path the system accepts."""
        path = self._folder / f".s.PGSQL.{SOCKET_PORT}"
        # Server and client both read a comma or a quote as the end of a path.
        is_plain = not set(str(path)) & set(",\"'")
        if is_plain and len(os.fsencode(path)) <= LONGEST_SOCKET_PATH:
            return self._folder
        name = hashlib.sha256(os.fsencode(self._folder)).hexdigest()[:16]
        short = Path(tempfile.gettempdir()) / f"fks-{name}"
        short.mkdir(mode=0o700, exist_ok=True)
        self._give_away(short)
        owner, wanted = short.lstat(), self._folder.stat()
        if owner.st_uid != wanted.st_uid or owner.st_mode & 0o077:
            raise ConfigError(
                f"{short} belongs to somebody else, so the database's socket is not safe there; "
                f"choose a shorter data folder than {self._folder}"
            )
        return short

    def _last_port(self) -> int:
        """Return the port of the last start, so that a restart is found where it was."""
        try:
            lines = (self._data / "fks.conf").read_text(encoding="utf-8").splitlines()
        except FileNotFoundError:
            return 0
        ports = [line.split("'")[1] for line in lines if line.startswith("port = ")]
        return int(ports[0]) if ports and ports[0].isdigit() else 0

    def _password(self) -> str:
        return (self._folder / "password").read_text(encoding="ascii").strip()

    # --- running it -----------------------------------------------------------------

    def _launch(self) -> None:
        if self.log_file.exists() and self.log_file.stat().st_size > LARGEST_LOG:
            self.log_file.replace(self.log_file.with_suffix(".log.1"))
        mark = self.log_file.stat().st_size if self.log_file.exists() else 0
        wait = f"{self._start_timeout_s:.0f}"
        arguments = ["start", "-D", str(self._data), "-l", str(self.log_file), "-w", "-t", wait]
        try:
            self._tools().run(
                "pg_ctl", arguments, cwd=self._folder, timeout_s=self._start_timeout_s + 5
            )
        except StorageError as error:
            with self.log_file.open("rb") as lines:
                lines.seek(mark)
                said = lines.read().decode("utf-8", errors="replace")
            raise _explained(error, self._folder, said) from error

    def _ensure_database(self) -> None:
        running = self._running()
        if running is None:
            raise StorageError("the embedded database ended right after its start; see its log")
        url = self._url_of(running, "postgres")
        with psycopg.connect(url, autocommit=True, connect_timeout=10) as connection:
            known = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE])
            if known.fetchone() is None:
                connection.execute(f"CREATE DATABASE {DATABASE}")


def _free_port(wanted: int) -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        try:
            probe.bind(("127.0.0.1", wanted))
        except OSError:
            probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _kill(pid: int) -> None:
    try:
        process = psutil.Process(pid)
        process.kill()
        process.wait(10)
    except psutil.Error:
        log.debug("process %d ended by itself", pid)


def _explained(error: StorageError, folder: Path, said: str = "") -> StorageError:
    """Return the failure as one sentence with what to do."""
    text = f"{said}\n{error.message}"
    if "No space left on device" in text:
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
