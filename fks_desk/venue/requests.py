"""Remember every signed request, so that tests can count what was sent per intent."""

from __future__ import annotations

from collections import deque
from pathlib import Path

import msgspec

_KEPT = 20_000
_FILE = "requests.jsonl"


class RequestEntry(msgspec.Struct, frozen=True, kw_only=True):
    """Hold one signed request as it arrived, before anything was done about it."""

    moment_ms: int
    method: str
    path: str
    client_id: str = ""
    order_id: str = ""


class RequestLog:
    """Keep the newest requests in memory and all that change something on the disk."""

    def __init__(self, folder: Path) -> None:
        self._file = (folder / _FILE).open("ab")
        self.entries: deque[RequestEntry] = deque(maxlen=_KEPT)

    def note(self, entry: RequestEntry) -> None:
        """Write the request down; a killed venue keeps the line."""
        self.entries.append(entry)
        if entry.method != "GET":
            self._file.write(msgspec.json.encode(entry) + b"\n")
            self._file.flush()

    def close(self) -> None:
        """Close the file."""
        self._file.close()
