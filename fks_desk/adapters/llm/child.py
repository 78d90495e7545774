"""Start the model process with as little as possible, so that the desk can import this."""

from __future__ import annotations

import importlib
import signal
from multiprocessing.connection import Connection

from fks_desk.core.priority import step_back


def main(pipe: Connection) -> None:
    """Serve a language model until the pipe ends."""
    # Ctrl+C in a terminal reaches every process; the desk decides when we end.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    step_back()
    importlib.import_module("fks_desk.adapters.llm.serve").serve(pipe)
