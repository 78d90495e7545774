"""Read database URLs as people write them."""

from __future__ import annotations

import pytest

from fks_desk.adapters.storage.urls import for_psycopg, for_sqlalchemy, shown
from fks_desk.core.errors import ConfigError


@pytest.mark.parametrize("name", ["postgres", "postgresql", "postgresql+psycopg"])
def test_every_spelling_of_the_name_is_taken(name: str) -> None:
    url = f"{name}://user:pass@host:5433/desk"

    assert for_psycopg(url) == "postgresql://user:pass@host:5433/desk"
    assert for_sqlalchemy(url).drivername == "postgresql+psycopg"


def test_a_socket_folder_stays_as_it_is() -> None:
    url = "postgresql://fks@/fks?host=%2Ftmp%2Fa%20b&port=5432"

    assert for_psycopg(url) == url
    assert for_sqlalchemy(url).query["host"] == "/tmp/a b"


@pytest.mark.parametrize(
    ("url", "wanted"),
    [
        ("postgresql://user:pass@host/desk", "postgresql://user:***@host/desk"),
        ("postgresql://user:p%40ss@host/desk", "postgresql://user:***@host/desk"),
        ("postgresql://user@host/desk", "postgresql://user@host/desk"),
        ("postgresql://host:5432/desk", "postgresql://host:5432/desk"),
        ("postgresql://fks@/fks?host=%2Ftmp", "postgresql://fks@/fks?host=%2Ftmp"),
    ],
)
def test_a_password_is_not_shown(url: str, wanted: str) -> None:
    assert shown(url) == wanted


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("mysql://user@host/desk", "must be PostgreSQL, was mysql"),
        ("not a url", "is not readable"),
        ("postgresql://user@host:port:port/desk?x=1", "is not readable"),
        ("", "is not readable"),
    ],
)
def test_any_other_url_is_refused(url: str, words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        for_psycopg(url)
