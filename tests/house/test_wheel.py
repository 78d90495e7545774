"""The wheel carries what the desk needs beside its code."""

from __future__ import annotations

import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.slow
def test_the_wheel_carries_migrations_and_documents(tmp_path):
    # Built from a copy: building leaves folders behind.
    source = tmp_path / "source"
    for name in ("fks_desk", "alembic", "resources", "packaging"):
        shutil.copytree(ROOT / name, source / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "README.md", "docker-compose.db.yml"):
        shutil.copy(ROOT / name, source / name)
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps"]
    subprocess.run([*command, "--no-build-isolation", "-w", str(tmp_path), str(source)], check=True)

    (wheel,) = tmp_path.glob("*.whl")
    names = set(zipfile.ZipFile(wheel).namelist())
    assert "fks_desk/_alembic/env.py" in names
    assert any(name.startswith("fks_desk/_alembic/versions/0001") for name in names)
    assert "fks_desk/_resources/docs/house.md" in names
    assert "fks_desk/_resources/docker-compose.db.yml" in names
