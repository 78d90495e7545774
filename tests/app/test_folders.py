from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from fks_desk.app.folders import Folders, default_root
from fks_desk.core.errors import ConfigError


def mode(path):
    return stat.S_IMODE(path.stat().st_mode)


def test_every_folder_is_made_for_the_user_alone(tmp_path):
    folders = Folders(root=tmp_path / "desk")

    folders.make()

    for folder in (
        folders.venues, folders.layouts, folders.logs, folders.models, folders.exports,
        folders.backups,
    ):  # fmt: skip
        assert folder.parent == folders.root
        assert mode(folder) == 0o700
    assert mode(folders.root) == (0o711 if os.geteuid() == 0 else 0o700)


def test_the_database_makes_its_own_folder(tmp_path):
    folders = Folders(root=tmp_path / "desk")

    folders.make()

    assert not folders.database.exists()
    assert folders.database.parent == folders.root


def test_making_twice_changes_nothing_and_leaves_no_probe(tmp_path):
    folders = Folders(root=tmp_path / "desk")
    folders.make()
    (folders.layouts / "mine.json").write_text("{}")
    before = sorted(folders.root.rglob("*"))

    folders.make()

    assert sorted(folders.root.rglob("*")) == before


def test_a_place_that_cannot_be_a_folder_is_one_sentence_with_a_way_out(tmp_path):
    (tmp_path / "file").write_text("")

    with pytest.raises(ConfigError, match="choose another with FKS_DATA_FOLDER") as error:
        Folders(root=tmp_path / "file" / "desk").make()

    assert "Not a directory" in error.value.message


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_place_without_the_right_to_write_is_one_sentence(tmp_path):
    tmp_path.chmod(0o500)

    with pytest.raises(ConfigError, match="Permission denied"):
        Folders(root=tmp_path / "desk").make()


def test_the_variable_names_the_root(monkeypatch, tmp_path):
    monkeypatch.setenv("FKS_DATA_FOLDER", str(tmp_path / "here"))

    assert default_root() == tmp_path / "here"


def test_the_variable_may_start_at_home_or_here(monkeypatch, tmp_path):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)

    monkeypatch.setenv("FKS_DATA_FOLDER", "~/desk")
    assert default_root() == tmp_path / "desk"
    monkeypatch.setenv("FKS_DATA_FOLDER", "desk")
    assert default_root() == tmp_path / "desk"


def test_without_the_variable_the_system_s_place_is_used(monkeypatch):
    monkeypatch.delenv("FKS_DATA_FOLDER", raising=False)

    assert default_root().name == "fks-desk"
    assert default_root().is_absolute()


def test_root_s_desk_stays_out_of_the_home_that_others_cannot_enter(monkeypatch):
    monkeypatch.delenv("FKS_DATA_FOLDER", raising=False)
    monkeypatch.setattr(os, "geteuid", lambda: 0)

    assert default_root() == Path("/var/lib/fks-desk")
