"""Know the newest revision without the tool that migrates."""

from __future__ import annotations

import subprocess
import sys

import psycopg
import pytest

from fks_desk.adapters.storage.migrate import newest_revision
from fks_desk.adapters.storage.revision import is_newest, migrations_folder
from fks_desk.core.errors import StorageUnavailable


def test_a_file_is_called_by_the_revision_inside_it() -> None:
    files = sorted((migrations_folder() / "versions").glob("[0-9]*_*.py"))

    assert files[-1].name[:4] == newest_revision()
    assert all(f'revision = "{file.name[:4]}"' in file.read_text() for file in files)


def test_a_migrated_database_is_at_the_newest(database_url: str) -> None:
    assert is_newest(database_url)


@pytest.mark.parametrize("change", ["DROP TABLE alembic_version", "DELETE FROM alembic_version"])
def test_a_database_without_a_revision_is_not(database_url: str, change: str) -> None:
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute(change.encode())

    assert not is_newest(database_url)


def test_a_database_of_another_desk_is_not(database_url: str) -> None:
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")

    assert not is_newest(database_url)


def test_no_server_is_said_as_everywhere() -> None:
    with pytest.raises(StorageUnavailable, match="does not answer"):
        is_newest("postgresql://nobody@127.0.0.1:1/nothing")


def test_the_engine_loads_no_migration_tool() -> None:
    code = "import sys, fks_desk.app.engine; print('alembic' in sys.modules or 'sqlalchemy' in "
    done = subprocess.run(
        [sys.executable, "-c", f"{code} sys.modules)"], check=True, capture_output=True, text=True
    )

    assert done.stdout.strip() == "False"
