import json
import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fks_desk.core.errors import ConfigError
from fks_desk.ui.shell.layouts import LAST, Layout, LayoutFolder


@pytest.fixture
def folder(tmp_path):
    return LayoutFolder(tmp_path / "layouts")


@given(
    docks=st.text(alphabet=st.characters(codec="utf-8"), max_size=200),
    theme=st.text(alphabet=st.characters(codec="utf-8"), max_size=20),
)
def test_what_is_saved_comes_back(tmp_path_factory, docks, theme):
    folder = LayoutFolder(tmp_path_factory.mktemp("layouts"))
    layout = Layout(docks=docks, geometry="AAAA", theme=theme)
    folder.save("trading day", layout)

    assert folder.load("trading day") == layout


def test_names_leave_out_the_automatic_layout(folder):
    for name in ("b", "a", LAST):
        folder.save(name, Layout(docks="x"))

    assert folder.names() == ["a", "b"]


def test_a_folder_that_is_not_there_has_no_layouts(folder):
    assert folder.names() == []
    assert folder.load("a") is None


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b'{"docks": 7}',
        b'{"docks": "x", "extra": 1}',
        b'{"docks": "x", "version": 99}',
        b"\xff\xfe\x00",
        b"x" * 2_000_000,
    ],
)
def test_a_damaged_file_is_one_clear_sentence(folder, tmp_path, content):
    folder.save("day", Layout(docks="x"))
    (tmp_path / "layouts" / "day.json").write_bytes(content)
    with pytest.raises(ConfigError) as caught:
        folder.load("day")

    assert caught.value.message


@pytest.mark.parametrize("name", ["", "../up", "a/b", "a" * 61, ".hidden", "nul\0"])
def test_a_name_cannot_leave_the_folder(folder, name):
    with pytest.raises(ConfigError, match="letters, digits"):
        folder.save(name, Layout(docks="x"))


def test_a_failed_write_keeps_the_old_file_and_leaves_nothing_beside_it(
    folder, tmp_path, monkeypatch
):
    folder.save("day", Layout(docks="old"))

    def full(_handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(ConfigError, match="No space left on device"):
        folder.save("day", Layout(docks="new"))

    assert [path.name for path in (tmp_path / "layouts").iterdir()] == ["day.json"]
    assert json.loads((tmp_path / "layouts" / "day.json").read_text())["docks"] == "old"
