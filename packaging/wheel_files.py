"""Put the migrations and the resources into the wheel, inside the package."""

from __future__ import annotations

import shutil
from pathlib import Path

from setuptools.command.build_py import build_py

# The root folders keep their plain names in a checkout; as top-level packages they
# would hide the libraries of those names.
FOLDERS = {"alembic": "_alembic", "resources": "_resources"}
FILES = {"docker-compose.db.yml": "_resources"}


class BuildPy(build_py):
    """Copy the folders after the package's own files; an editable install needs no copy."""

    def run(self) -> None:
        """Build as usual, then add the folders."""
        super().run()
        if self.editable_mode:
            return
        for source, target in FOLDERS.items():
            shutil.copytree(
                Path(source),
                Path(self.build_lib) / "fks_desk" / target,
                dirs_exist_ok=True,
                ignore=shutil.ignore_patterns("__pycache__", "*.png"),
            )
        for source, target in FILES.items():
            shutil.copy(source, Path(self.build_lib) / "fks_desk" / target)
