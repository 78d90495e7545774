"""Let helpers step back behind what a person is waiting for."""

from __future__ import annotations

import os
import sys

_STEP = 5


def step_back() -> None:
    """Give way to the window, the engine and the database when the machine is busy.

    For the processes that warm up or count in the background. Windows has no such
    call in the standard library; there every process is equal.
    """
    if sys.platform != "win32":
        os.nice(_STEP)
