"""Give the tests of the application a data folder that the database's user can reach."""

from __future__ import annotations

import os
import shutil
import tempfile
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest


def make_root() -> Path:
    """Make a fresh folder outside pytest's own, whose parents are closed to other users."""
    root = Path(tempfile.gettempdir()) / f"fks-app-{os.getpid()}-{uuid.uuid4().hex[:6]}"
    root.mkdir(mode=0o711)
    root.chmod(0o711)
    return root


@pytest.fixture(scope="session")
def shared_root() -> Iterator[Path]:
    """Return a folder that all tests of this run share."""
    root = make_root()
    yield root
    shutil.rmtree(root, ignore_errors=True)


@pytest.fixture
def own_root() -> Iterator[Path]:
    """Return a folder of one test's own."""
    root = make_root()
    yield root
    shutil.rmtree(root, ignore_errors=True)
