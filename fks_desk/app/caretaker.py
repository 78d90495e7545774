"""Let a venue know which desk cares for it, and whether that desk still lives.

A killed desk leaves its venue behind, and the next desk takes it over; so the venue
must not ask after the process that started it.
"""

from __future__ import annotations

import contextlib
import json
import os
from pathlib import Path

import psutil

CARETAKER_FILE = "desk.json"


def take_care(folder: Path) -> None:
    """Write down that this process cares for the folder's venue from now on."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = folder / f"{CARETAKER_FILE}.new"
    draft.write_text(json.dumps({"pid": os.getpid(), "began": psutil.Process().create_time()}))
    draft.replace(folder / CARETAKER_FILE)


def is_cared_for(folder: Path) -> bool:
    """Tell whether the desk that was written down last is alive."""
    try:
        known = json.loads((folder / CARETAKER_FILE).read_text())
        pid, began = int(known["pid"]), float(known["began"])
    except (OSError, ValueError, TypeError, KeyError):
        return False
    # The number alone may belong to somebody else by now.
    with contextlib.suppress(psutil.Error):
        process = psutil.Process(pid)
        return process.create_time() == began and process.status() != psutil.STATUS_ZOMBIE
    return False
