"""Hold one life of a scratch desk as a process: start it, tell it what to do, wait, kill it."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from typing import Any

from fks_desk.app.drill.scratch import HISTORY, Line
from fks_desk.app.folders import Folders
from fks_desk.core.errors import TaskError

# Vectors of words: a sentence model takes longer to load than such a life lasts.
_QUICK = {"FKS_ASSISTANT__EMBEDDINGS": "words"}
_LOOK_S = 0.02
_DEAD_WITHIN_S = 10.0
_WORDS_KEPT = 1_500

Look = Callable[[], None]


class DeskProcess:
    """Hold one life of the desk on a data folder.

    Every wait calls `look` again and again, which may raise to give up. Nothing of
    the user's own settings reaches the process: its world is made up. A humble one
    takes only the time that others leave.
    """

    def __init__(
        self,
        folders: Folders,
        *,
        seed: int = 0,
        strike: str = "",
        environment: Mapping[str, str] | None = None,
        is_humble: bool = False,
        look: Look = lambda: None,
    ) -> None:
        self._folders = folders
        self._look = look
        self._read = self._size()
        self._lines: list[Line] = []
        self.began = time.monotonic()
        inherited = {name: value for name, value in os.environ.items() if name[:4] != "FKS_"}
        errors = (folders.root / "stderr.txt").open("ab")
        with errors:
            self.process = subprocess.Popen(  # noqa: S603  our own program
                [
                    sys.executable, "-m", "fks_desk.app.drill.desk", str(folders.root),
                    "--seed", str(seed), "--strike", strike, *(["--humble"] if is_humble else []),
                ],
                stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=errors, text=True,
                env={**inherited, **_QUICK, **(environment or {})},
            )  # fmt: skip

    def ask(self, word: str) -> None:
        """Tell the desk to `trade`, `settle`, `strike` or `quit`."""
        if self.process.stdin is not None:
            self.process.stdin.write(f"{word}\n")
            self.process.stdin.flush()

    def wait_for(
        self, what: str, *, timeout_s: float = 60.0, after: int = 0, **fields: Any
    ) -> float:
        """Return the seconds since the start at which the history told it."""

        def told() -> bool:
            wanted = {"what": what, **fields}.items()
            return any(wanted <= line.items() for line in self.lines()[after:])

        self.wait_until(told, f"{what} {fields}", timeout_s)
        return time.monotonic() - self.began

    def wait_until(self, is_so: Callable[[], bool], what: str, timeout_s: float = 60.0) -> None:
        """Wait; a desk that ends meanwhile or takes too long raises `TaskError` with its words."""
        deadline = time.monotonic() + timeout_s
        while not is_so():
            self._look()
            ended = self.process.poll()
            if ended is not None:
                raise TaskError(f"the desk ended with {ended} before {what}: {self._words()}")
            if time.monotonic() >= deadline:
                raise TaskError(f"no {what} in {timeout_s} s: {self._words()}")
            time.sleep(_LOOK_S)

    def lines(self) -> list[Line]:
        """Return what this life has written down so far."""
        with contextlib.suppress(FileNotFoundError):
            data = (self._folders.root / HISTORY).read_bytes()[self._read :]
            whole = data[: data.rfind(b"\n") + 1]
            self._read += len(whole)
            self._lines += [json.loads(line) for line in whole.splitlines()]
        return self._lines

    def kill(self) -> None:
        """End the process as a power cut would, unless it is gone already."""
        self.process.kill()
        self._forget()

    def wait_dead(self, timeout_s: float = 60.0) -> int:
        """Wait for the process to end by itself and return its exit code."""
        deadline = time.monotonic() + timeout_s
        while (code := self.process.poll()) is None:
            self._look()
            if time.monotonic() >= deadline:
                raise TaskError(f"the desk still runs after {timeout_s} s: {self._words()}")
            time.sleep(_LOOK_S)
        self._forget()
        return code

    def quit(self, timeout_s: float = 60.0) -> tuple[int, float]:
        """End the desk in order; return its exit code and the seconds it took."""
        began = time.monotonic()
        self.ask("quit")
        return self.wait_dead(timeout_s), time.monotonic() - began

    def _size(self) -> int:
        path = self._folders.root / HISTORY
        return path.stat().st_size if path.exists() else 0

    def _forget(self) -> None:
        self.process.wait(_DEAD_WITHIN_S)
        if self.process.stdin is not None:
            with contextlib.suppress(BrokenPipeError):
                self.process.stdin.close()

    def _words(self) -> str:
        told = [str(dict(line)) for line in self.lines()[-5:]]
        errors = (self._folders.root / "stderr.txt").read_text(errors="replace")[-_WORDS_KEPT:]
        return "\n".join([*told, errors])
