"""Give every test a real PostgreSQL, an offscreen window and a quiet log."""

from __future__ import annotations

import logging
import os
import shutil
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest
from hypothesis import settings as hypothesis_settings

from fks_desk.adapters.storage.embedded import EmbeddedServer
from fks_desk.adapters.storage.migrate import migrate
from fks_desk.core.clock import SystemClock

# Read by Qt when its first module is imported, hence before any test is collected.
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

# The same examples on every run; time is not what these tests are about.
hypothesis_settings.register_profile("desk", deadline=None, derandomize=True)
hypothesis_settings.load_profile("desk")

TEMPLATE = "fks_template"
# The suite does not test power cuts with these; `tests/faults` starts its own server.
UNSAFE_BUT_FAST = {
    "fsync": "off",
    "full_page_writes": "off",
    "shared_buffers": "48MB",
    "max_connections": "100",
}
MARKER = "allow_warnings: the test provokes log records of WARNING or above"


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", MARKER)


@pytest.fixture
def allow_warnings() -> None:
    """Let the test provoke log records of WARNING or above."""


@pytest.fixture(autouse=True)
def _quiet_log(request: pytest.FixtureRequest, caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """Fail a test that logs a warning nobody asked for."""
    yield
    allowed = request.node.get_closest_marker("allow_warnings") is not None
    if allowed or "allow_warnings" in request.fixturenames:
        return
    records = [*caplog.get_records("setup"), *caplog.get_records("call")]
    loud = [
        f"{record.levelname} {record.name}: {record.getMessage()}"
        for record in records
        if record.levelno >= logging.WARNING
    ]

    assert not loud, "unexpected log records: " + "; ".join(loud)


@pytest.fixture(scope="session")
def real_data() -> Path:
    """Return the folder of real market files, or skip when there is none."""
    folder = os.environ.get("FKS_TEST_DATA")
    if not folder or not Path(folder).is_dir():
        pytest.skip("FKS_TEST_DATA names no folder of real data")
    return Path(folder)


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """Return the URL of an embedded PostgreSQL that this run's workers share."""
    run = os.environ.get("PYTEST_XDIST_TESTRUNUID", uuid.uuid4().hex)
    # Not under pytest's own folder: as root the server runs as another user, which
    # must be able to enter every parent.
    home = Path(tempfile.gettempdir()) / f"fks-tests-{run[:12]}"
    home.mkdir(exist_ok=True)
    home.chmod(0o755)
    server = EmbeddedServer(home / "server", settings=UNSAFE_BUT_FAST)
    me = home / f"user-{os.getpid()}"
    with _locked(home):
        me.touch()
        server.start()
        _ensure_template(server.url)
    yield server.url
    with _locked(home):
        me.unlink()
        is_last = not list(home.glob("user-*"))
        if is_last:
            server.stop()
    if is_last:
        shutil.rmtree(home, ignore_errors=True)


@pytest.fixture
def database_url(postgres_url: str, _janitor: Callable[[str], None]) -> Iterator[str]:
    """Return the URL of a fresh, migrated database."""
    name = f"t{uuid.uuid4().hex[:12]}"
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE {TEMPLATE} STRATEGY file_copy")
    yield urlsplit(postgres_url)._replace(path=f"/{name}").geturl()
    _janitor(name)


@pytest.fixture(scope="session")
def _janitor(postgres_url: str) -> Iterator[Callable[[str], None]]:
    """Drop databases beside the tests: each takes a tenth of a second of mere waiting."""

    def drop(name: str) -> None:
        with psycopg.connect(postgres_url, autocommit=True) as connection:
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)")

    with ThreadPoolExecutor(1) as pool:
        yield lambda name: pool.submit(drop, name) and None
        # What is left goes with the server.
        pool.shutdown(cancel_futures=True)


@contextmanager
def _locked(home: Path) -> Iterator[None]:
    """Keep the workers of one run apart while they start and stop their server."""
    lock = home / "lock"
    deadline = time.monotonic() + 120
    while True:
        try:
            lock.touch(exist_ok=False)
            break
        except FileExistsError:
            assert time.monotonic() < deadline, f"{lock} is held by a worker that died"
            time.sleep(0.05)
    try:
        yield
    finally:
        lock.unlink()


def _ensure_template(url: str) -> None:
    """Make the migrated database that every test's database is a copy of."""
    with psycopg.connect(url, autocommit=True) as connection:
        known = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [TEMPLATE])
        if known.fetchone() is None:
            connection.execute(f"CREATE DATABASE {TEMPLATE}")
            template = urlsplit(url)._replace(path=f"/{TEMPLATE}").geturl()
            migrate(template, backups=None, clock=SystemClock())
