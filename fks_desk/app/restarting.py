"""Begin anew in place of this process, with the account that is chosen by now."""

from __future__ import annotations

import os
import subprocess
import sys

RESTART = 75  # the exit code of a desk that is to begin anew
_COMMAND = (sys.executable, "-m", "fks_desk")


def restart() -> None:
    """Start the desk; where the system can, this process becomes it."""
    if sys.platform == "win32":
        subprocess.Popen(_COMMAND)  # noqa: S603  a fixed command of ours
    else:
        os.execv(sys.executable, _COMMAND)  # noqa: S606  likewise
