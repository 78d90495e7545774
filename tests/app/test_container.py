"""Start the database container with whatever program this machine has for it."""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
from pathlib import Path

import pytest

from fks_desk.app import container
from fks_desk.app.container import (
    compose_file,
    compose_program,
    container_password,
    container_url,
    start_container,
)
from fks_desk.app.folders import Folders
from fks_desk.core.errors import ConfigError


@pytest.fixture
def folders(tmp_path):
    made = Folders(root=tmp_path / "desk")
    made.make()
    return made


@pytest.fixture
def programs(tmp_path, monkeypatch):
    """Return what puts a program of a few lines on an otherwise empty path."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))

    def add(name, script):
        file = folder / name
        file.write_text(f"#!/bin/sh\n{script}\n")
        file.chmod(file.stat().st_mode | stat.S_IXUSR)

    return add


def test_the_container_is_reached_on_this_machine_with_a_password_from_the_environment(
    folders, monkeypatch
):
    monkeypatch.setenv("FKS_CONTAINER_PASSWORD", "s3 cret/")
    monkeypatch.setenv("FKS_CONTAINER_PORT", "6000")

    assert container_url(folders) == "postgresql://fks:s3%20cret%2F@127.0.0.1:6000/fks"


def test_without_a_keyring_the_password_must_be_given(folders, monkeypatch):
    monkeypatch.delenv("FKS_CONTAINER_PASSWORD", raising=False)
    monkeypatch.setattr("fks_desk.adapters.secrets.store.usable_backend", lambda: None)

    with pytest.raises(ConfigError, match="FKS_CONTAINER_PASSWORD"):
        container_password(folders)


def test_a_keyring_gets_a_password_once(folders, monkeypatch):
    kept = {}

    class Keyring:
        get = kept.get
        put = kept.__setitem__

    monkeypatch.delenv("FKS_CONTAINER_PASSWORD", raising=False)
    monkeypatch.setattr(container, "open_secrets", lambda folder: Keyring)

    first, again = container_password(folders), container_password(folders)

    assert first == again
    assert len(first) >= 24


def test_the_plugin_is_preferred_and_the_old_program_will_do(programs):
    with pytest.raises(ConfigError, match="neither"):
        compose_program()

    programs("docker-compose", "exit 0")
    programs("docker", "exit 1")
    assert Path(compose_program()[0]).name == "docker-compose"
    programs("docker", "exit 0")
    assert list(compose_program())[1:] == ["compose"]


def test_the_container_is_started_with_our_description_and_its_password(
    folders, programs, tmp_path, monkeypatch
):
    monkeypatch.setenv("FKS_CONTAINER_PASSWORD", "word")
    programs(
        "docker-compose",
        f'echo "$@" "$FKS_CONTAINER_PASSWORD" > {tmp_path}/said',
    )

    start_container(folders)

    said = (tmp_path / "said").read_text().strip()
    assert said == f"-p fks-desk -f {compose_file()} up -d word"


def test_what_the_program_complains_of_is_told(folders, programs, monkeypatch):
    monkeypatch.setenv("FKS_CONTAINER_PASSWORD", "word")
    programs("docker-compose", 'echo "first" >&2; echo "no daemon" >&2; exit 1')

    with pytest.raises(ConfigError, match="does not start: no daemon"):
        start_container(folders)


@pytest.mark.skipif(shutil.which("docker-compose") is None, reason="needs docker-compose")
def test_the_description_is_one_that_the_program_understands():
    done = subprocess.run(
        ["docker-compose", "-f", str(compose_file()), "config"],
        env={**os.environ, "FKS_CONTAINER_PASSWORD": "word"},
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stderr
    assert "127.0.0.1:54330:5432" in done.stdout
    assert "timescale/timescaledb-ha:pg17" in done.stdout
    without = {name: value for name, value in os.environ.items() if not name.startswith("FKS_")}
    refused = subprocess.run(
        ["docker-compose", "-f", str(compose_file()), "config"],
        env=without,
        capture_output=True,
        text=True,
        check=False,
    )
    assert refused.returncode != 0
