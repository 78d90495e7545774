"""Open a second desk, in a window and a data folder of its own, that replays a recording."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from fks_desk.adapters.files.recordings import is_recording
from fks_desk.app.folders import Folders
from fks_desk.core.errors import DataError
from fks_desk.core.recordings import ReplayRecording

log = logging.getLogger(__name__)

Launch = Callable[[Sequence[str], Mapping[str, str]], object]


def _launch(words: Sequence[str], environment: Mapping[str, str]) -> object:
    # A session of its own: the replay's window stays when this desk closes.
    return subprocess.Popen(  # noqa: S603  our own program
        list(words),
        env=dict(environment),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplayDesk:
    """Start replays beside this desk; neither can touch the other's rows or orders."""

    folders: Folders
    launch: Launch = _launch

    async def replay(self, command: ReplayRecording) -> None:
        """Open the recording in a desk of its own, or raise `DataError` if it is none."""
        path = Path(command.path)
        if not is_recording(path):
            raise DataError(f"{path} is no recording; choose one in the recorder")
        words = [sys.executable, "-m", "fks_desk", "demo", "--replay", str(path)]
        environment = {**os.environ, "FKS_DATA_FOLDER": str(self.folders.replays)}
        # The replay has a database of its own, whatever this desk's settings name.
        environment.pop("FKS_DATABASE__URL", None)
        self.launch([*words, "--speed", f"{command.speed:g}"], environment)
        log.info("replaying %s in a desk of its own", path)
