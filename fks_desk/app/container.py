"""Run the database as a container, and know where it is."""

from __future__ import annotations

import logging
import os
import secrets
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import quote

from fks_desk.adapters.secrets.store import open_secrets
from fks_desk.app.folders import Folders
from fks_desk.core.errors import ConfigError, SecretError

log = logging.getLogger(__name__)

WORD = "container"  # what the setting database.url says to mean this one
PROJECT = "fks-desk"
COMPOSE_FILE = "docker-compose.db.yml"
PASSWORD_VARIABLE = "FKS_CONTAINER_PASSWORD"  # noqa: S105  a name, not a password
PORT_VARIABLE = "FKS_CONTAINER_PORT"
_SECRET = "database/container"  # noqa: S105  a name, not a password
_PORT = "54330"
_PACKAGE = Path(__file__).resolve().parents[1]
_START_WITHIN_S = 600.0  # the first start downloads the image


def compose_file() -> Path:
    """Return the description of the container: the installed one, else the checkout's."""
    for folder in (_PACKAGE / "_resources", _PACKAGE.parent):
        if (folder / COMPOSE_FILE).is_file():
            return folder / COMPOSE_FILE
    raise ConfigError(f"{COMPOSE_FILE} is missing from this installation; install the desk again")


def container_url(folders: Folders) -> str:
    """Return the container's URL with its password: for a driver, never for a log."""
    port = os.environ.get(PORT_VARIABLE, _PORT)
    password = quote(container_password(folders), safe="")
    return f"postgresql://fks:{password}@127.0.0.1:{port}/fks"


def container_password(folders: Folders) -> str:
    """Return the password from the environment or the keyring, making one at first."""
    given = os.environ.get(PASSWORD_VARIABLE)
    if given:
        return given
    try:
        store = open_secrets(folder=folders.root)
        known = store.get(_SECRET)
        if known is None:
            known = secrets.token_urlsafe(24)
            store.put(_SECRET, known)
    except SecretError as error:
        raise ConfigError(
            f"the container's password has no safe place on this machine; set {PASSWORD_VARIABLE} "
            f"and keep it ({error.message})"
        ) from error
    return known


def start_container(folders: Folders) -> None:
    """Make the container run; block until the program that starts it is done."""
    command = [*compose_program(), "-p", PROJECT, "-f", str(compose_file()), "up", "-d"]
    environment = {**os.environ, PASSWORD_VARIABLE: container_password(folders)}
    try:
        done = subprocess.run(  # noqa: S603  a fixed command of ours
            command,
            env=environment,
            capture_output=True,
            text=True,
            timeout=_START_WITHIN_S,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise ConfigError(
            f"the container did not start within {_START_WITHIN_S / 60:.0f} minutes; "
            "look at it with your container program"
        ) from error
    if done.returncode:
        said = (done.stderr or done.stdout).strip().rpartition("\n")[2]
        raise ConfigError(f"the container does not start: {said or 'no reason was given'}")


def compose_program() -> Sequence[str]:
    """Return the program that starts containers from a description, or raise `ConfigError`."""
    docker = shutil.which("docker")
    if docker is not None and _answers([docker, "compose", "version"]):
        return [docker, "compose"]
    alone = shutil.which("docker-compose") or shutil.which("podman-compose")
    if alone is not None:
        return [alone]
    raise ConfigError(
        "neither `docker compose` nor `docker-compose` is installed; install one of them, or "
        "name a PostgreSQL server in FKS_DATABASE__URL"
    )


def _answers(command: Sequence[str]) -> bool:
    try:
        done = subprocess.run(command, capture_output=True, timeout=30, check=False)  # noqa: S603  a fixed command of ours
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0
