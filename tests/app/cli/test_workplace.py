from __future__ import annotations

import asyncio
import logging

import pytest

from fks_desk.adapters.storage.embedded import EmbeddedServer
from fks_desk.app.cli.workplace import opened_database, reached_server, run, workplace
from fks_desk.core.errors import ConfigError, StorageUnavailable


@pytest.fixture
def desk(data_folder, monkeypatch):
    monkeypatch.setenv("FKS_DATA_FOLDER", str(data_folder))
    monkeypatch.delenv("FKS_DATABASE__URL", raising=False)
    return data_folder


def test_a_workplace_logs_into_its_folder_and_lets_go_of_the_log(desk):
    handlers = list(logging.getLogger().handlers)

    with workplace() as place:
        logging.getLogger("fks_desk.app.test").info("a line of this test")

    assert "a line of this test" in (place.folders.logs / "app.log").read_text()
    assert logging.getLogger().handlers == handlers


def test_settings_that_cannot_be_read_end_the_command_at_once(desk, own_root, monkeypatch):
    monkeypatch.setenv("FKS_DATA_FOLDER", str(own_root))
    (own_root / "settings.toml").write_text("[database\n")

    with pytest.raises(ConfigError, match="not readable as TOML"), workplace():
        pass


def test_a_coroutine_runs_on_a_selector_loop():
    async def kind():
        return type(asyncio.get_running_loop())

    assert issubclass(run(kind()), asyncio.SelectorEventLoop)


def test_the_database_is_lent_and_taken_back(desk):
    async def instruments(place):
        async with opened_database(place) as database:
            return await database.stores.instruments.instruments()

    with workplace() as place:
        assert isinstance(run(instruments(place)), list)


def test_a_server_that_was_busy_is_left_running(desk):
    with workplace() as place, reached_server(place) as url:
        assert url.startswith("postgresql://")

    assert EmbeddedServer(desk / "postgres").status().is_running


def test_a_server_that_does_not_answer_is_named_without_its_password(desk, monkeypatch):
    monkeypatch.setenv("FKS_DATABASE__URL", "postgresql://me:hidden@127.0.0.1:1/none")

    async def reach(place):
        async with opened_database(place):
            pass

    with workplace() as place, pytest.raises(StorageUnavailable) as error:
        run(reach(place))

    assert "postgresql://me:***@127.0.0.1:1/none does not answer" in error.value.message
