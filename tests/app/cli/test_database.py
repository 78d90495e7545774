from __future__ import annotations

import json
import uuid
from urllib.parse import urlsplit

import psycopg
import pytest

from fks_desk.adapters.storage.embedded import EmbeddedServer


@pytest.fixture
def filled(fks, candles):
    assert fks("import", candles("NEARUSDT-5m.csv")).exit_code == 0


def status(fks, **environment):
    result = fks("db", "status", "--json", **environment)
    assert result.exit_code == 0, result.stderr
    return json.loads(result.stdout)


def backed_up(fks, folder):
    result = fks("db", "backup", "--to", folder, "--json")
    assert result.exit_code == 0, result.stderr
    return json.loads(result.stdout)


def test_the_status_counts_rows_and_names_the_revision(fks, filled):
    report = status(fks)

    assert report["embedded"] is True
    assert report["revision"] == report["newest_revision"]
    assert report["rows"]["ohlcv_data"] >= 50
    assert "vector" in report["extensions"]


def test_the_status_for_a_person_leaves_empty_tables_out(fks, filled):
    result = fks("db", "status")

    assert "ohlcv_data" in result.stdout
    assert "market_trades" not in result.stdout


def test_a_backup_goes_to_the_data_folder_when_none_is_named(fks, filled, data_folder):
    result = fks("db", "backup")

    assert result.exit_code == 0
    assert str(data_folder / "backups") in result.stdout


def test_a_backup_fills_an_empty_database_again(fks, filled, tmp_path, own_root):
    made = backed_up(fks, tmp_path)

    result = fks("db", "restore", made["folder"], FKS_DATA_FOLDER=str(own_root / "desk"))

    assert result.exit_code == 0, result.stderr
    assert status(fks, FKS_DATA_FOLDER=str(own_root / "desk"))["rows"] == made["tables"]


def test_rows_are_replaced_only_when_asked_and_copied_first(
    fks, sentence, candles, filled, tmp_path, own_root
):
    elsewhere = {"FKS_DATA_FOLDER": str(own_root / "desk")}
    made = backed_up(fks, tmp_path)
    fks("import", candles("UNIUSDT-5m.csv"), **elsewhere)

    refused = fks("db", "restore", made["folder"], **elsewhere)
    replaced = fks("db", "restore", made["folder"], "--replace", **elsewhere)

    assert refused.exit_code == 2
    assert "holds rows already" in sentence(refused)
    assert replaced.exit_code == 0
    assert status(fks, **elsewhere)["rows"] == made["tables"]
    assert len(list((own_root / "desk" / "backups").iterdir())) == 1


def test_nothing_is_restored_under_a_running_desk(fks, sentence, filled, tmp_path):
    made = backed_up(fks, tmp_path)

    result = fks("db", "restore", made["folder"], "--replace")

    assert result.exit_code == 2
    assert "in use by 1 other" in sentence(result)
    assert status(fks)["rows"]["ohlcv_data"] >= 50


def test_a_damaged_backup_is_named_before_anything_is_touched(fks, sentence, filled, tmp_path):
    folder = backed_up(fks, tmp_path)["folder"]
    file = next(path for path in (tmp_path / folder).iterdir() if path.name.startswith("ohlcv"))
    file.write_bytes(file.read_bytes()[:-20])

    result = fks("db", "restore", folder, "--replace")

    assert result.exit_code == 1
    assert f"{file.name} is damaged" in sentence(result)


def test_a_folder_that_is_no_backup_is_one_sentence(fks, sentence, tmp_path):
    result = fks("db", "restore", tmp_path)

    assert result.exit_code == 1
    assert "is no backup" in sentence(result)


def test_the_url_leads_to_a_server_that_goes_on_until_it_is_stopped(fks, own_root):
    elsewhere = {"FKS_DATA_FOLDER": str(own_root / "desk")}

    url = fks("db", "url", **elsewhere).stdout.strip()

    with psycopg.connect(url) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)
    assert fks("db", "stop", **elsewhere).stdout == "the embedded database is stopped\n"
    assert fks("db", "stop", **elsewhere).stdout == "the embedded database did not run\n"


def test_a_server_in_use_is_not_stopped(fks, sentence, data_folder):
    result = fks("db", "stop")

    assert result.exit_code == 2
    assert "in use" in sentence(result)
    assert EmbeddedServer(data_folder / "postgres").status().is_running


def test_a_server_of_somebody_else_is_not_stopped(fks, sentence):
    result = fks("db", "stop", FKS_DATABASE__URL="postgresql://me@127.0.0.1:1/x")

    assert result.exit_code == 2
    assert "not ours to stop" in sentence(result)


def test_an_idle_server_is_stopped_after_the_command(fks, own_root):
    folder = own_root / "desk"

    assert status(fks, FKS_DATA_FOLDER=str(folder))["revision"] is None
    assert not EmbeddedServer(folder / "postgres").status().is_running


def test_a_backup_onto_a_full_disk_leaves_nothing_behind(fks, sentence, filled, full_disk):
    result = fks("db", "backup", "--to", full_disk)

    assert result.exit_code == 1
    assert "could not be written" in sentence(result)
    assert sorted(path.name for path in full_disk.iterdir()) == ["filler", "older.csv"]


@pytest.fixture
def empty_url(data_folder):
    """Return an empty database on the server that the tests share."""
    server = EmbeddedServer(data_folder / "postgres").url
    name = f"m{uuid.uuid4().hex[:12]}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
    yield urlsplit(server)._replace(path=f"/{name}").geturl()
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


def test_the_desk_moves_to_another_server_and_back(fks, candles, own_root, empty_url):
    home = {"FKS_DATA_FOLDER": str(own_root / "desk")}
    fks("import", candles("LTCUSDT-5m.csv"), **home)
    before = status(fks, **home)["rows"]

    there = fks("db", "move", "--to", empty_url, "--json", **home)
    again = fks("db", "move", "--to", empty_url, **home)
    back = fks("db", "move", "--to", "embedded", "--replace", **home, FKS_DATABASE__URL=empty_url)

    assert there.exit_code == 0, there.stderr
    assert json.loads(there.stdout)["tables"]["ohlcv_data"] == before["ohlcv_data"]
    assert "moving: ohlcv_data" in there.stderr
    assert again.exit_code == 2
    assert "holds rows already" in again.stderr
    assert back.exit_code == 0, back.stderr
    assert "each compared" in back.stdout
    assert "embedded database from now on" in back.stderr
    assert status(fks, **home)["rows"] == before


def test_a_container_needs_a_program_to_start_it(fks, monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))

    result = fks("db", "up", FKS_CONTAINER_PASSWORD="word")

    assert result.exit_code == 2
    assert "docker-compose" in result.stderr
