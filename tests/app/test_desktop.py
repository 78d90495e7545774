"""Start the window where it cannot start: one sentence, an exit code, nothing half-written."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.app.cli.conftest import fill_disk, small_disk
from tests.fakes.sitting import open_folder

pytestmark = [pytest.mark.gui, pytest.mark.slow]

OPEN = ("-m", "fks_desk", "demo", "--seconds", "5")
NOWHERE = "postgresql://nobody:hunter2@127.0.0.1:1/none"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """Hold how a start ended."""

    code: int
    said: str
    picture: Path

    @property
    def sentence(self) -> str:
        """Return the one line that was said, or fail if there were more."""
        lines = self.said.strip().splitlines()
        assert len(lines) == 1, self.said
        return lines[0].removeprefix("fks-desk: ")


Start = Callable[..., Ended]


@pytest.fixture
def start(tmp_path: Path) -> Start:
    """Return what opens the window without a display on a data folder."""

    def run(root: Path, *words: str, **settings: str) -> Ended:
        picture = tmp_path / "picture.png"
        kept = {name: value for name, value in os.environ.items() if not name.startswith("FKS_")}
        done = subprocess.run(
            [sys.executable, *OPEN, "--screenshot", str(picture), *words],
            env={**kept, "FKS_DATA_FOLDER": str(root), "QT_QPA_PLATFORM": "offscreen", **settings},
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        return Ended(code=done.returncode, said=done.stderr, picture=picture)

    return run


def test_unreadable_settings_name_the_file_the_line_and_the_remedy(
    start: Start, tmp_path: Path
) -> None:
    (tmp_path / "settings.toml").write_text("theme = = dark\n")
    ended = start(tmp_path)

    assert ended.code == 2
    assert "settings.toml is not readable as TOML" in ended.sentence
    assert "line 1" in ended.sentence
    assert "Mend the line, or move the file away" in ended.sentence
    assert list((tmp_path / "venues").iterdir()) == []
    assert not ended.picture.exists()


def test_a_wrong_value_names_the_setting_and_what_was_there(start: Start, tmp_path: Path) -> None:
    ended = start(tmp_path, FKS_DEMO__CASH="plenty")

    assert ended.code == 2
    assert ended.sentence.startswith("the setting demo.cash cannot be used")
    assert "was 'plenty'" in ended.sentence


def test_a_database_that_does_not_answer_is_named_without_its_password(
    start: Start, tmp_path: Path
) -> None:
    ended = start(tmp_path, FKS_DATABASE__URL=NOWHERE)

    assert ended.code == 1
    assert "nobody:***@127.0.0.1:1/none does not answer; start that server" in ended.sentence
    assert "hunter2" not in ended.said
    assert not ended.picture.exists()
    assert not (tmp_path / "venues" / "demo" / "venue.json").exists()


def test_a_url_that_is_none_says_how_one_is_written(start: Start, tmp_path: Path) -> None:
    ended = start(tmp_path, FKS_DATABASE__URL="nonsense")

    assert ended.code == 2
    assert ended.sentence.endswith("write postgresql://user:password@host:5432/name")


def test_a_data_folder_that_is_a_file_is_refused(start: Start, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    ended = start(tmp_path / "file")

    assert ended.code == 2
    assert "is a file, not a folder for data" in ended.sentence
    assert "choose another with FKS_DATA_FOLDER" in ended.sentence


def test_a_full_disk_is_found_before_anything_is_written(start: Start) -> None:
    with open_folder() as root, small_disk(root / "disk", "1m"):
        fill_disk(root / "disk")
        ended = start(root / "disk" / "desk")
        left = [path for path in (root / "disk" / "desk").rglob("*") if path.is_file()]

    assert ended.code == 2
    assert "No space left on device" in ended.sentence
    assert left == []


def test_a_disk_too_small_for_the_database_says_what_to_free(start: Start) -> None:
    with open_folder() as root, small_disk(root / "disk", "1m"):
        ended = start(root / "disk" / "desk")
        has_database = (root / "disk" / "desk" / "postgres" / "data").exists()

    assert ended.code == 1
    assert "is full, so the database cannot start; free some space" in ended.sentence
    assert not has_database


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (None, "there is no file"),
        ("timestamp,open,high,low,close,volume\n1709251200000,abc,1,1,1,1\n", "line 2"),
        ("timestamp,open,high,low,close,volume\n1709251200000,2,1,3,2,1\n", "line 2"),
        ("timestamp,open,high,low,close,volume\n", "has no rows below its header"),
    ],
    ids=["missing", "no number", "high below low", "empty"],
)
def test_a_file_that_cannot_be_replayed_says_which_line_and_why(
    start: Start, tmp_path: Path, content: str | None, words: str
) -> None:
    file = tmp_path / "BTCUSDT-5m.csv"
    if content is not None:
        file.write_text(content)
    with open_folder() as root:
        ended = start(root, "--replay", str(file))

    assert ended.code == 2
    assert words in ended.sentence
    assert not ended.picture.exists()
