"""Run the desk's own PostgreSQL in a folder of the user's."""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import psutil
import psycopg

from fks_desk.adapters.storage.binaries import IS_WINDOWS
from fks_desk.adapters.storage.postmaster import (
    PID_FILE,
    PidFile,
    is_server_of,
    read_pid_file,
    servers_of,
)
from fks_desk.adapters.storage.reserve import RESERVE_BYTES, Reserve
from fks_desk.adapters.storage.server_folder import (
    OWNER,
    ServerFolder,
    explained,
    is_for_room,
)
from fks_desk.core.errors import StorageError

log = logging.getLogger(__name__)

_GONE_WITHIN_S = 1.0
_LOOK_AGAIN_S = 0.05

DATABASE = "fks"

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
        reserve_bytes: int = RESERVE_BYTES,
    ) -> None:
        self._home = ServerFolder(folder)
        self._data = self._home.data
        self._settings = {**SETTINGS, **(settings or {})}
        self._use_socket = use_socket
        self._start_timeout_s = start_timeout_s
        self._reserve = Reserve(folder, self._home.data, reserve_bytes)

    @property
    def folder(self) -> Path:
        """Return the folder that holds everything of this server."""
        return self._home.path

    @property
    def log_file(self) -> Path:
        """Return the server's own log."""
        return self._home.log_file

    @property
    def has_reserve(self) -> bool:
        """Tell whether room is kept back for the day on which the disk is full."""
        return self._reserve.is_held

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

        On a full disk the room that was kept back is given up, once. Raises `ConfigError`
        when the folder cannot be used and `StorageError` when the server does not come up.
        """
        if self._answers():
            return False
        is_started = self._started()
        self._reserve.hold()
        return is_started

    def _started(self) -> bool:
        mark = self._home.log_size()
        try:
            self._home.prepare()
            if self._wait_for_leftovers():
                return False
            self._home.write_settings(self._settings, use_socket=self._use_socket)
            mark = self._home.log_size()
            self._control("start", "-l", str(self.log_file), timeout_s=self._start_timeout_s)
        except (OSError, StorageError) as error:
            failure = error if isinstance(error, StorageError) else StorageError(str(error))
            said = self._home.log_since(mark)
            if is_for_room(failure, said) and self._reserve.give_up():
                log.warning("the database's disk is full: the room kept back for that was given up")
                return self._started()
            raise explained(failure, self.folder, said) from error
        self._ensure_database()
        return True

    def stop(self, *, only_if_idle: bool = False, timeout_s: float = 30.0) -> bool:
        """Stop the server and return True, or False if it does not run or others use it."""
        running = self._running()
        if running is None or (only_if_idle and self._is_in_use()):
            return False
        try:
            self._control("stop", "-m", "fast", timeout_s=timeout_s)
        except StorageError as error:
            # Without a clean end the next start recovers from the write-ahead log.
            log.warning("the embedded database is ended at once: %s", error)
            _kill(running.pid)
        if running.socket_folder and Path(running.socket_folder) != self.folder:
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
        return (
            f"postgresql://{OWNER}:{self._home.password}@{running.host}:{running.port}/{database}"
        )

    def _is_in_use(self) -> bool:
        """Tell whether others are connected; our own may take a moment to be seen as gone."""
        deadline = time.monotonic() + _GONE_WITHIN_S
        while names := self._other_clients():
            if time.monotonic() > deadline:
                log.info("the embedded database goes on for %s", ", ".join(names))
                return True
            time.sleep(_LOOK_AGAIN_S)
        return False

    def _other_clients(self) -> Sequence[str]:
        query = (
            "SELECT coalesce(nullif(application_name, ''), 'client ' || pid) "
            "FROM pg_stat_activity "
            "WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()"
        )
        try:
            with psycopg.connect(self.url, connect_timeout=5) as connection:
                return [str(name) for (name,) in connection.execute(query)]
        except (psycopg.Error, StorageError):
            return []

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

    # --- running it -----------------------------------------------------------------

    def _control(self, verb: str, *arguments: str, timeout_s: float) -> None:
        wait = ["-w", "-t", f"{timeout_s:.0f}"]
        self._home.programs.run(
            "pg_ctl",
            [verb, "-D", str(self._data), *wait, *arguments],
            cwd=self.folder,
            timeout_s=timeout_s + 5,
        )

    def _ensure_database(self) -> None:
        running = self._running()
        if running is None:
            raise StorageError("the embedded database ended right after its start; see its log")
        url = self._url_of(running, "postgres")
        with psycopg.connect(url, autocommit=True, connect_timeout=10) as connection:
            known = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE])
            if known.fetchone() is None:
                connection.execute(f"CREATE DATABASE {DATABASE}")


def _kill(pid: int) -> None:
    try:
        process = psutil.Process(pid)
        process.kill()
        process.wait(10)
    except psutil.Error:
        log.debug("process %d ended by itself", pid)
