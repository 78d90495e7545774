"""Run commands in this process, on a real database that stays up for the whole run."""

from __future__ import annotations

import gzip
import shutil
import subprocess
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
from typer.testing import CliRunner, Result

from fks_desk.adapters.storage.embedded import EmbeddedServer
from fks_desk.app.cli.main import app

Run = Callable[..., Result]

START = datetime(2024, 3, 1, tzinfo=UTC)


@pytest.fixture(scope="session")
def data_folder(shared_root: Path) -> Iterator[Path]:
    """Return a data folder whose server a guest keeps busy, so that no command stops it."""
    folder = shared_root / "desk"
    folder.mkdir(mode=0o711)
    server = EmbeddedServer(folder / "postgres", settings={"fsync": "off"})
    server.start()
    with psycopg.connect(server.url):
        yield folder
    server.stop()


@pytest.fixture
def fks(data_folder: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Return what runs one command line on the shared data folder."""
    monkeypatch.setenv("FKS_DATA_FOLDER", str(data_folder))
    monkeypatch.delenv("FKS_DATABASE__URL", raising=False)
    runner = CliRunner()

    def run(*words: object, **environment: str) -> Result:
        result = runner.invoke(app, [str(word) for word in words], env=environment)
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        return result

    return run


@pytest.fixture
def candles(tmp_path: Path) -> Callable[..., Path]:
    """Return what writes a small csv of candles; a row of None is a bar that is missing."""

    def write(
        name: str = "BTCUSDT-5m.csv",
        rows: Sequence[Any] = tuple(range(100, 150)),
        *,
        start: datetime = START,
        minutes: int = 5,
    ) -> Path:
        lines = ["timestamp,open,high,low,close,volume"]
        for place, row in enumerate(rows):
            moment = int((start + place * timedelta(minutes=minutes)).timestamp() * 1000)
            if isinstance(row, str):
                lines.append(row.replace("TIME", str(moment)))
            elif row is not None:
                lines.append(f"{moment},{row},{row + 2},{row - 2},{row + 1}.25,0.125")
        path = tmp_path / name
        text = "\n".join(lines) + "\n"
        path.write_bytes(gzip.compress(text.encode()) if name.endswith(".gz") else text.encode())
        return path

    return write


def sentence(result: Result) -> str:
    """Return the one sentence on stderr, without notes of what takes long."""
    said = [line for line in result.stderr.splitlines() if not line.endswith(" ...")]
    assert len(said) == 1, result.stderr
    return said[0].removeprefix("fks-desk: ")


@pytest.fixture(name="sentence")
def _sentence() -> Callable[[Result], str]:
    return sentence


@pytest.fixture(name="fill_disk")
def _fill_disk() -> Callable[..., None]:
    return fill_disk


@contextmanager
def small_disk(place: Path, size: str) -> Iterator[None]:
    """Lend a disk of its own at the place, or skip where none can be made."""
    place.mkdir()
    words = ["mount", "-t", "tmpfs", "-o", f"size={size},mode=711", "tmpfs", str(place)]
    if shutil.which("mount") is None:
        pytest.skip("a small disk is made by mount")
    if subprocess.run(words, check=False, capture_output=True).returncode:
        pytest.skip("a small disk can be made by root only")
    try:
        yield
    finally:
        subprocess.run(["umount", str(place)], check=True)


def fill_disk(place: Path, *, leave: int = 0) -> None:
    """Write a filler until so many bytes are left."""
    block = b"\0" * 4096
    with (place / "filler").open("wb", buffering=0) as filler, suppress(OSError):
        while shutil.disk_usage(place).free > leave:
            filler.write(block)


@pytest.fixture
def full_disk(own_root: Path) -> Iterator[Path]:
    """Return a folder on a full disk, beside an older file."""
    place = own_root / "disk"
    with small_disk(place, "64k"):
        (place / "older.csv").write_text("older\n")
        fill_disk(place)
        yield place


@pytest.fixture
def roomy_disk(own_root: Path) -> Iterator[Path]:
    """Return a folder on a disk that an embedded database just fits on."""
    place = own_root / "disk"
    with small_disk(place, "220m"):
        yield place
