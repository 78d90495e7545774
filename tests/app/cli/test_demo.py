"""Without a display the desk takes its picture at the size of a desk."""

from __future__ import annotations

import os

import pytest
from typer.testing import CliRunner

from fks_desk.app.cli import demo as demo_module
from fks_desk.app.cli.main import app


@pytest.fixture
def opened(monkeypatch):
    """Return what the desk was opened with, on a machine without a display."""
    seen = []

    def open_desk(screenshot, seconds, size, replayed, *, is_paper):
        seen.append((screenshot.name, size, os.environ["QT_QPA_PLATFORM"]))
        return 0

    for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(demo_module, "open_desk", open_desk)
    yield seen
    os.environ.pop("QT_QPA_PLATFORM", None)


@pytest.mark.skipif("sys.platform in {'win32', 'darwin'}", reason="there is always a display")
@pytest.mark.parametrize(
    ("words", "size"), [([], (1600, 1000)), (["--size", "1366x768"], (1366, 768))]
)
def test_a_picture_without_a_display_has_room_for_every_pane(opened, words, size):
    result = CliRunner().invoke(app, ["demo", *words])

    assert result.exit_code == 0
    assert opened == [("fks-desk.png", size, "offscreen")]


@pytest.mark.parametrize("text", ["big", "1366", "x768", "1366x"])
def test_a_size_that_is_none_says_how_one_is_written(opened, text):
    result = CliRunner().invoke(app, ["demo", "--size", text])

    assert result.exit_code == 2
    assert "a size is written like 1366x768" in result.stderr
    assert opened == []


def test_a_picture_that_has_no_place_is_refused_before_anything_is_done(opened, tmp_path):
    wanted = tmp_path / "nowhere" / "desk.png"

    result = CliRunner().invoke(app, ["demo", "--screenshot", str(wanted)])

    assert result.exit_code == 2
    assert f"there is no folder {wanted.parent}" in result.stderr
    assert opened == []
