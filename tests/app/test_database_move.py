"""The task queue and the optimiser's studies move with the desk."""

from __future__ import annotations

import uuid
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import optuna
import psycopg
import pytest

from fks_desk.adapters.storage.restore import restore_database
from fks_desk.app.database_move import SCHEMAS, move_desk, next_step, reached_target
from fks_desk.app.folders import Folders
from fks_desk.backtest.study_schema import SCHEMA, prepare_studies, study_storage
from fks_desk.core.clock import SystemClock
from fks_desk.core.job import Job, Queue
from fks_desk.core.messages import StartTask
from fks_desk.tasks.board import TaskBoard
from fks_desk.tasks.schema import prepare_queue


@pytest.fixture
def other_url(postgres_url):
    name = f"m{uuid.uuid4().hex[:12]}"
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
    yield urlsplit(postgres_url)._replace(path=f"/{name}").geturl()
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


def move(source, target, replace_into=None):
    return move_desk(
        source,
        target,
        clock=SystemClock(),
        progress=lambda *_line: None,
        replace_into=replace_into,
    )


@asynccontextmanager
async def board_on(url):
    async def run(_context, _arguments):
        return {}

    board = TaskBoard(
        conninfo=url,
        desk="here",
        jobs=[Job(name=name, title=name, queue=Queue.LOW, run=run) for name in ("one", "two")],
        clock=SystemClock(),
        publish=lambda _event: None,
    )
    await board.open()
    try:
        yield board
    finally:
        await board.close()


@contextmanager
def study_on(url):
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    storage = optuna.storages.RDBStorage(study_storage(url))
    yield optuna.create_study(
        study_name="ema", storage=storage, load_if_exists=True, direction="maximize"
    )
    storage.remove_session()
    storage.engine.dispose()


def outcomes(study):
    return [(one.number, one.value, one.params) for one in study.trials]


def search(study, trials):
    study.optimize(lambda trial: -((trial.suggest_float("x", -5, 5) - 1) ** 2), n_trials=trials)


async def test_tasks_move_and_the_queue_goes_on_there(database_url, other_url):
    async with board_on(database_url) as board:
        first = await board.start(StartTask(job="one"))

    moved = move(database_url, other_url)

    counts = {table.name: table.rows for table in moved.tables}
    assert counts["procrastinate_jobs"] >= 1
    assert counts["runs"] == 1
    async with board_on(other_url) as board:
        second = await board.start(StartTask(job="two"))
        tasks = [record.task for record in await board.tasks()]
    assert second > first
    assert set(tasks) == {first, second}


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
def test_studies_move_and_go_on_there(database_url, other_url):
    with psycopg.connect(database_url) as connection:
        connection.execute(f"CREATE SCHEMA {SCHEMA}")
    with study_on(database_url) as study:
        search(study, 5)
        before = outcomes(study)

    moved = move(database_url, other_url)

    assert {table.name: table.rows for table in moved.tables}["trials"] == 5
    with study_on(other_url) as study:
        assert outcomes(study) == before
        search(study, 2)
        assert [one.number for one in study.trials] == list(range(7))


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
async def test_what_a_move_replaced_comes_back_with_its_tasks_and_studies(
    database_url, other_url, tmp_path
):
    move(database_url, other_url)
    async with board_on(other_url) as board:
        task = await board.start(StartTask(job="one"))
    with psycopg.connect(other_url) as connection:
        connection.execute(f"CREATE SCHEMA {SCHEMA}")
    with study_on(other_url) as study:
        search(study, 3)
        before = outcomes(study)
    with psycopg.connect(other_url) as connection:
        connection.execute("INSERT INTO configs VALUES ('only', 1, NULL, '{}', 'there', now())")
    move(database_url, other_url, replace_into=tmp_path)
    (kept,) = tmp_path.iterdir()

    restore_database(other_url, kept, clock=SystemClock(), schemas=SCHEMAS)

    async with board_on(other_url) as board:
        assert [record.task for record in await board.tasks()] == [task]
    with study_on(other_url) as study:
        assert outcomes(study) == before
        search(study, 1)
        assert [one.number for one in study.trials] == list(range(4))


def test_preparing_twice_changes_nothing(other_url):
    with psycopg.connect(other_url) as connection:
        connection.execute(f"CREATE SCHEMA {SCHEMA}")
    for _ in range(2):
        prepare_queue(other_url)
        prepare_studies(other_url)


def test_a_place_is_named_by_a_word_or_a_url(tmp_path, monkeypatch):
    folders = Folders(root=tmp_path)
    monkeypatch.setenv("FKS_CONTAINER_PASSWORD", "word")

    with reached_target("container", folders) as target:
        assert target.startswith("postgresql://fks:word@127.0.0.1:")
    with reached_target("postgresql://a@b/c", folders) as target:
        assert target == "postgresql://a@b/c"


def test_after_a_move_the_next_step_is_named():
    file = Path("settings.toml")

    assert 'url = "container" under [database]' in next_step("container", file)
    assert "embedded database from now on" in next_step("embedded", file)
    assert "FKS_DATABASE__URL to the URL" in next_step("postgresql://a@b/c", file)
