"""Play recorded sessions of real exchanges: what came over REST and over the socket, in order."""

from __future__ import annotations

import gzip
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_HTTP = re.compile(r"^(https?://\S+) -> ([\d.]+): (.*)$")
_FRAME = re.compile(r"^([\d.]+): (.*)$")


@dataclass(frozen=True)
class Received:
    """Hold one answer (with its address) or one frame (without)."""

    moment: float
    text: str
    url: str = ""


def session(folder: Path, name: str) -> list[Received]:
    """Return all of one exchange's session, by the time at which it was received."""
    found = []
    for file in sorted((folder / "wire" / "cryptofeed").glob(f"{name}.*.gz")):
        with gzip.open(file, "rt") as lines:
            found += list(_read(lines))
    return sorted(found, key=lambda one: one.moment)


def _read(lines: Iterator[str]) -> Iterator[Received]:
    for line in lines:
        if answered := _HTTP.match(line):
            yield Received(moment=float(answered[2]), text=answered[3], url=answered[1])
        elif framed := _FRAME.match(line):
            yield Received(moment=float(framed[1]), text=framed[2])
