"""Place streams on connections, so many on each and no more."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from itertools import count

STREAMS_EACH = 1000  # Binance ends a connection that asks for more than 1,024


@dataclass(eq=False, slots=True, kw_only=True)
class Line:
    """Hold what one connection carries; each connection has an address of its own."""

    group: str
    address: int
    names: set[str] = field(default_factory=set)
    wanted: list[str] = field(default_factory=list)

    @property
    def title(self) -> str:
        """Return the line's name for logs."""
        return f"{self.group} {self.address}"


class Lines:
    """Find room for each stream on a line of its group."""

    def __init__(self, *, streams_each: int = STREAMS_EACH) -> None:
        self._each = streams_each
        self._groups: dict[str, list[Line]] = defaultdict(list)
        self._line_of: dict[str, Line] = {}
        self._addresses = count()

    @property
    def all(self) -> list[Line]:
        """Return every line."""
        return [line for lines in self._groups.values() for line in lines]

    def place(self, name: str, group: str) -> Line:
        """Return the line of a stream, giving it one with room."""
        known = self._line_of.get(name)
        if known is not None:
            return known
        lines = self._groups[group]
        line = next((one for one in lines if len(one.names) < self._each), None)
        if line is None:
            line = Line(group=group, address=self.new_address())
            lines.append(line)
        line.names.add(name)
        self._line_of[name] = line
        return line

    def new_address(self) -> int:
        """Return an address that no connection had before."""
        return next(self._addresses)

    def leave(self, name: str) -> Line | None:
        """Take a stream off its line and return the line."""
        line = self._line_of.pop(name, None)
        if line is not None:
            line.names.discard(name)
        return line
