"""Accounts are kept from a command line too; a key comes in unseen, never as an argument."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import keyring
import pytest
from typer.testing import CliRunner

from fks_desk.app.cli.main import app
from tests.app.accounts.conftest import KEY, SECRET, stand_in
from tests.fakes.keyrings import Memory, Plain


@pytest.fixture
def ring() -> Iterator[Memory]:
    before, made = keyring.get_keyring(), Memory()
    keyring.set_keyring(made)
    yield made
    keyring.set_keyring(before)


@pytest.fixture
def accounts(own_root, monkeypatch) -> Callable[..., Any]:
    monkeypatch.setenv("FKS_DATA_FOLDER", str(own_root))

    def run(*words: str, typed: str = "", **environment: str) -> Any:
        return CliRunner().invoke(app, ["accounts", *words], input=typed, env=environment)

    return run


def test_an_account_is_added_listed_chosen_and_removed(accounts, ring):
    added = accounts("add", "main", "--mode", "live", typed=f"{KEY}\n{SECRET}\n")
    used = accounts("use", "main")
    listed = json.loads(accounts("list", "--json").stdout)
    removed = accounts("remove", "main")

    assert added.stdout == "added main: live at binance\n"
    assert "clear the clipboard" in added.stderr
    assert "next start" in used.stdout
    assert [row["name"] for row in listed if row["chosen"]] == ["main"]
    assert removed.stdout == "removed main\n"
    assert ring.rows == {}
    assert "* demo" in accounts("list").stdout.replace("  ", " ")


def test_no_output_and_no_file_holds_the_key(accounts, ring, own_root):
    said = accounts("add", "main", "--mode", "live", typed=f"{KEY}\n{SECRET}\n")
    told = accounts("list")
    files = b"".join(one.read_bytes() for one in own_root.rglob("*") if one.is_file())

    for secret in (KEY, SECRET):
        assert secret not in said.output + told.output
        assert secret.encode() not in files


def test_a_key_that_is_missing_is_asked_for_in_words(accounts, ring):
    ended = accounts("add", "main", "--mode", "testnet", typed=f"{KEY}\n")

    assert ended.exit_code == 2
    assert "API secret is missing" in ended.stderr


def test_a_paper_account_needs_no_key(accounts, ring):
    assert accounts("add", "sheet", "--mode", "paper").exit_code == 0


def test_a_machine_without_a_keyring_takes_the_passphrase_from_stdin_or_the_environment(accounts):
    before = keyring.get_keyring()
    keyring.set_keyring(Plain())
    try:
        words = ("add", "main", "--mode", "live")
        ended = accounts(*words, typed=f"{KEY}\n{SECRET}\nlong enough\n")
        removed = accounts("remove", "main", FKS_PASSPHRASE="long enough")
    finally:
        keyring.set_keyring(before)

    assert ended.exit_code == 0, ended.output
    assert "secrets.sealed" in ended.stderr
    assert "readable by every program" in removed.stderr
    assert removed.exit_code == 0


def test_a_key_is_tested_at_the_exchange(accounts, ring, tmp_path):
    with stand_in(tmp_path / "venue") as venue:
        place = {"FKS_ACCOUNT__STAND_IN": f"http://127.0.0.1:{venue.port}"}
        typed = f"{venue.api_key}\n{venue.secret}\n"
        assert accounts("add", "main", "--mode", "live", typed=typed, **place).exit_code == 0
        tested = accounts("test", "main", **place)

    assert f"trades for the account {venue.uid}" in tested.stdout


def test_an_account_nobody_has_is_named(accounts, ring):
    ended = accounts("test", "other")

    assert ended.exit_code == 2
    assert "'other'" in ended.stderr
