"""A replay is a desk of its own that shares nothing with this one."""

from __future__ import annotations

import pytest

from fks_desk.adapters.files.recordings import PACKED
from fks_desk.app.folders import Folders
from fks_desk.app.replay_desk import ReplayDesk
from fks_desk.core.errors import DataError
from fks_desk.core.recordings import ReplayRecording


@pytest.fixture
def started():
    return []


@pytest.fixture
def desk(tmp_path, started):
    def launch(words, environment):
        started.append((list(words), environment))

    return ReplayDesk(folders=Folders(root=tmp_path), launch=launch)


async def test_a_recording_opens_with_a_data_folder_and_database_of_its_own(
    desk, started, tmp_path, monkeypatch
):
    monkeypatch.setenv("FKS_DATABASE__URL", "postgresql://elsewhere")
    path = tmp_path / f"a{PACKED}"
    path.touch()
    await desk.replay(ReplayRecording(path=str(path), speed=5))

    words, environment = started[0]
    assert words[1:] == ["-m", "fks_desk", "demo", "--replay", str(path), "--speed", "5"]
    assert environment["FKS_DATA_FOLDER"] == str(tmp_path / "replays")
    assert "FKS_DATABASE__URL" not in environment


async def test_nothing_but_a_recording_is_started(desk, started, tmp_path):
    with pytest.raises(DataError, match="is no recording"):
        await desk.replay(ReplayRecording(path=str(tmp_path / "a.csv")))

    assert started == []


def test_a_replay_cannot_stand_still():
    with pytest.raises(ValueError, match="speed above zero"):
        ReplayRecording(path="a", speed=0)
